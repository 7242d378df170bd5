import { sql } from 'kysely';
import type { Acceptance, NewOnboarding } from '../../domain/acceptance.ts';
import type { Onboarding } from '../../domain/onboarding.ts';
import type { LedgerDatabase } from '../database/database.ts';
import { isToBeMadeAgain } from '../../domain/connection.ts';
import { isDraining, isOpenRow } from './conditions.ts';
import { holderOf } from './read.ts';
import { startLostOver } from './start-lost-over.ts';
import { onboardingColumns, type OnboardingRow, toOnboarding } from './rows.ts';

type NewRow = Pick<OnboardingRow, 'id' | 'status'>;
type HeldRow = OnboardingRow & { lifted: boolean };

/** A name that is neither free nor held was cancelled between two statements; twice in a row is unheard of. */
const PASSES_MAX = 5;

/**
 * Records the requests, or finds who holds their names. New rows, the plain case, cost one statement for all;
 * the names that were taken cost one more. Each statement stands alone: a crash between them leaves rows that
 * the same call, repeated, answers as existing. Of two requests for one name in the same call the first wins.
 */
export async function accept(
  db: LedgerDatabase,
  requests: readonly NewOnboarding[],
): Promise<readonly Acceptance[]> {
  const created = new Map<string, NewRow>();
  const held = new Map<string, HeldRow>();
  let pending = inNameOrder(requests);
  for (let pass = 0; pending.length > 0; pass += 1) {
    if (pass === PASSES_MAX)
      throw new Error(`The ledger could settle no name for ${pending.length} requests.`);
    for (const row of await insertNew(db, pending)) created.set(row.id, row);
    pending = pending.filter((request) => !created.has(request.id));
    for (const row of await liftHeld(db, pending)) held.set(nameKey(row.region, row.source_name), row);
    pending = pending.filter((request) => !held.has(keyOf(request)));
  }
  const remade = await makeAgain(db, requests, held);
  return requests.map((request) => {
    const again = remade.get(keyOf(request));
    return again?.account === request.account
      ? { kind: 'accepted', onboarding: again }
      : answer(request, created.get(request.id), held.get(keyOf(request)));
  });
}

/** Two callers that insert the same names in the same order wait for one another and never in a circle. */
function inNameOrder(requests: readonly NewOnboarding[]): readonly NewOnboarding[] {
  const keyed = requests.map((request) => ({ request, key: keyOf(request) }));
  keyed.sort((a, b) => (a.key < b.key ? -1 : a.key > b.key ? 1 : 0));
  return keyed.map(({ request }) => request);
}

const keyOf = (request: NewOnboarding): string => nameKey(request.region, request.sourceName);
const nameKey = (region: string, sourceName: string): string => `${region} ${sourceName}`;

/** Of those that are there now. Nothing else comes back: a new row holds what its request says, except in a drained Region. */
async function insertNew(db: LedgerDatabase, requests: readonly NewOnboarding[]): Promise<readonly NewRow[]> {
  const { rows } = await sql<NewRow>`
    insert into onboarding.onboardings
      (id, region, source_name, account, customer_id, lane, status, metadata, callback_url, created_at, updated_at)
    select id, region, "sourceName", account, "customerId", lane, case when ${isDraining} then 'accepted' else status end,
      metadata, "callbackUrl", "createdAt", "createdAt"
    from jsonb_to_recordset(${JSON.stringify(requests)}::jsonb) as o
      (id text, region text, "sourceName" text, account text, "customerId" text, lane text, status text, metadata jsonb,
       "callbackUrl" text, "createdAt" timestamptz)
    on conflict (region, source_name) where status <> 'cancelled' do nothing
    returning id, status`.execute(db);
  return rows;
}

/**
 * Finds the rows that hold the names of these requests, and moves open bulk ones to the live lane where the
 * same account asks for it. Rows are locked in the order of their ids, as everywhere, so that no circle of waits arises.
 *
 * Each name and id is looked up by itself, in its index, and nothing else is asked in the same breath: the planner of a
 * table that was never analyzed takes 20,000 open bulk rows for two, and would compare each of them with each request.
 */
async function liftHeld(db: LedgerDatabase, requests: readonly NewOnboarding[]): Promise<readonly HeldRow[]> {
  if (requests.length === 0) return [];
  const { rows } = await sql<HeldRow>`
    with request as materialized (
      select * from jsonb_to_recordset(${JSON.stringify(requests)}::jsonb) as request
        (region text, "sourceName" text, account text, lane text, "createdAt" timestamptz)
    ), wanted as (
      select o.id from request r cross join lateral (${holderOf(sql.raw('o.id, o.account, o.lane, o.status'))}) o
      where r.lane = 'live' and o.account = r.account and o.lane = 'bulk' and ${isOpenRow}
    ), waiting as (
      select o.id, o.lane, o.status from onboarding.onboardings o
      where o.id = any (array(select id from wanted))
      order by o.id for update of o
    ), lifted as (
      update onboarding.onboardings o set lane = 'live',
        updated_at = (select max("createdAt") from request)
      where o.id = any (array(select o.id from waiting o where o.lane = 'bulk' and ${isOpenRow}))
      returning ${onboardingColumns}
    )
    select o.*, true as lifted from lifted o
    union all
    select o.*, false as lifted from request r cross join lateral (${holderOf(onboardingColumns)}) o
    where o.id not in (select id from lifted)`.execute(db);
  return rows;
}

/**
 * Starts those over whose source was lost, or must be by now, where its own account asks for it again: same id, next replay
 * number. A row is judged as it is once it is locked.
 */
async function makeAgain(
  db: LedgerDatabase,
  requests: readonly NewOnboarding[],
  held: ReadonlyMap<string, HeldRow>,
): Promise<ReadonlyMap<string, Onboarding>> {
  const wanted = requests.filter((request) => {
    const row = held.get(keyOf(request));
    if (row === undefined || row.account !== request.account) return false;
    return isToBeMadeAgain(toOnboarding(row), Date.parse(request.createdAt));
  });
  const [first] = wanted;
  if (first === undefined) return new Map();
  const idsOf = (asked: readonly NewOnboarding[]): readonly string[] =>
    asked.flatMap((request) => held.get(keyOf(request))?.id ?? []);
  const remade = await startLostOver(db, idsOf(wanted), {
    at: first.createdAt,
    status: first.status,
    live: idsOf(wanted.filter(({ lane }) => lane === 'live')),
  });
  return new Map(remade.map((onboarding) => [nameKey(onboarding.region, onboarding.sourceName), onboarding]));
}

function answer(request: NewOnboarding, created: NewRow | undefined, held: HeldRow | undefined): Acceptance {
  if (held === undefined) {
    if (created === undefined) throw new Error('The ledger answered neither a new row nor a held one.');
    return { kind: 'accepted', onboarding: asRecorded(request, created) };
  }
  // A second request of the same call may have lifted what the first one made: both then show the later row.
  const onboarding = toOnboarding(held);
  // A row with the request's own id is from the same call, whose first answer was lost on the way.
  if (created !== undefined || held.id === request.id) return { kind: 'accepted', onboarding };
  if (held.account !== request.account) return { kind: 'taken', onboarding };
  return { kind: 'existing', onboarding, lifted: request.lane === 'live' && held.lifted };
}

/** The row as the table's defaults make it. Written out: a spread costs more than all the rest, a million times. */
function asRecorded(request: NewOnboarding, { status }: NewRow): Onboarding {
  return {
    id: request.id,
    customerId: request.customerId,
    account: request.account,
    region: request.region,
    sourceName: request.sourceName,
    lane: request.lane,
    status,
    outcome: null,
    eventSourceArn: null,
    arnOrigin: null,
    awsState: null,
    expiresAt: null,
    expiresAtOrigin: null,
    connection: null,
    connectedAt: null,
    checkedAt: null,
    nextCheckAt: null,
    checkError: null,
    error: null,
    attempts: 0,
    replays: 0,
    renewals: 0,
    nextAttemptAt: null,
    metadata: request.metadata,
    callbackUrl: request.callbackUrl,
    createdAt: request.createdAt,
    updatedAt: request.createdAt,
    completedAt: null,
  };
}
