import { sql } from 'kysely';
import {
  keptFilter,
  type NewReplay,
  type Replay,
  type ReplayFilter,
  type ReplayPreview,
} from '../../domain/replay.ts';
import type { KeyedReplay, ReplayKey } from '../../domain/acceptance.ts';
import type { AttemptOutcomeKind } from '../../domain/outcome-kind.ts';
import type { LedgerDatabase } from '../database/database.ts';
import { lastingHolds } from '../holds.ts';
import { recordAudit } from '../audit/record-audit.ts';
import { keepAnswers, keptAnswers, lockKeys, repetition } from '../onboardings/idempotency-keys.ts';
import { matching } from '../onboardings/conditions.ts';
import { ONBOARDING_COLUMNS, toOnboarding } from '../onboardings/rows.ts';
import { storable } from '../database/values.ts';
import { auditedReplay, REPLAY, withWaiting } from './replay-tables.ts';

const SAMPLE = 10;

const failedOnes = (filter: ReplayFilter) => ({ ...filter, status: 'failed' as const });

export async function previewReplay(db: LedgerDatabase, filter: ReplayFilter): Promise<ReplayPreview> {
  const matched = db.selectFrom('onboardings').where((eb) => eb.and(matching(eb, failedOnes(filter))));
  const holds = await lastingHolds(db);
  const isPaused = (region: string): boolean =>
    holds.some((hold) => hold.kind === 'operator' && hold.region === region);
  const groups = await matched
    .select(['error_code', 'error_kind', 'region'])
    .select((eb) => eb.fn.countAll<number>().as('count'))
    .groupBy(['error_code', 'error_kind', 'region'])
    .orderBy('count', 'desc')
    // What has failed has an error.
    .$narrowType<{ error_code: string; error_kind: AttemptOutcomeKind }>()
    .execute();
  const sample = await matched.select(ONBOARDING_COLUMNS).orderBy('id', 'desc').limit(SAMPLE).execute();
  const byErrorCode = new Map<string, { errorCode: string; kind: AttemptOutcomeKind; count: number }>();
  const byRegion = new Map<string, number>();
  for (const { error_code: errorCode, error_kind: kind, region, count } of groups) {
    const counted = byErrorCode.get(errorCode) ?? { errorCode, kind, count: 0 };
    byErrorCode.set(errorCode, { ...counted, count: counted.count + count });
    byRegion.set(region, (byRegion.get(region) ?? 0) + count);
  }
  return {
    matched: groups.reduce((sum, { count }) => sum + count, 0),
    byErrorCode: [...byErrorCode.values()].sort((a, b) => b.count - a.count),
    byRegion: [...byRegion]
      .map(([region, count]) => ({ region, count, paused: isPaused(region) }))
      .sort((a, b) => b.count - a.count),
    sample: sample.map(toOnboarding),
  };
}

export async function createReplay(db: LedgerDatabase, replay: NewReplay): Promise<Replay | undefined> {
  return db.transaction().execute((transaction) => create(transaction, replay));
}

/** The replay and the answer that is kept, in one transaction; see src/ledger/onboardings/accept-keyed.ts. */
export async function createReplayKeyed(
  db: LedgerDatabase,
  replay: NewReplay,
  { key, fingerprint, answer }: ReplayKey,
): Promise<KeyedReplay> {
  // Whatever the default is: after the lock, the next statement must see what its last holder wrote.
  const transactions = db.transaction().setIsolationLevel('read committed');
  return transactions.execute(async (transaction) => {
    const call = { key, fingerprint, at: replay.createdAt };
    if (!(await lockKeys(transaction, [key])).has(key)) return { kind: 'atWork' };
    const kept = (await keptAnswers(transaction, [call])).get(key);
    if (kept !== undefined) return repetition(call, kept);
    const created = await create(transaction, replay);
    const first = answer(created);
    await keepAnswers(transaction, [{ ...call, answer: first }]);
    return { kind: 'first', replay: created, answer: first };
  });
}

/** Where its members are, so that its page can tell which of these Regions are paused. */
async function regionsOf(db: LedgerDatabase, filter: ReplayFilter): Promise<readonly string[]> {
  const rows = await db
    .selectFrom('onboardings')
    .select('region')
    .distinct()
    .where((of) => of.and(matching(of, failedOnes(filter))))
    .execute();
  return rows.map(({ region }) => region);
}

/** The members go from table to table: none of them comes into this process. */
async function create(
  transaction: LedgerDatabase,
  { id, filter, ratePerSecond, reason, actor, createdAt }: NewReplay,
): Promise<Replay | undefined> {
  const { numInsertedOrUpdatedRows } = await transaction
    .insertInto('replay_members')
    .columns(['replay_id', 'number', 'onboarding_id', 'replays'])
    .expression((eb) =>
      eb
        .selectFrom('onboardings')
        .select((of) => [
          of.val<string>(id).as('replay_id'),
          sql<number>`row_number() over (order by id)`.as('number'),
          'id',
          'replays',
        ])
        .where((of) => of.and(matching(of, failedOnes(filter)))),
    )
    .executeTakeFirstOrThrow();
  const matched = Number(numInsertedOrUpdatedRows);
  if (matched === 0) return undefined;
  const regions = await regionsOf(transaction, filter);
  const kept = JSON.parse(storable(JSON.stringify(keptFilter(filter)))) as ReplayFilter;
  const row = await transaction
    .insertInto('replays')
    .values({
      id,
      actor,
      reason: storable(reason),
      filter: JSON.stringify(kept),
      rate_per_second: ratePerSecond,
      matched,
      regions,
      created_at: createdAt,
      updated_at: createdAt,
    })
    .returning(REPLAY)
    .executeTakeFirstOrThrow();
  const replay = withWaiting(row);
  await recordAudit(transaction, {
    at: createdAt,
    actor,
    action: 'startReplay',
    subject: id,
    reason,
    before: null,
    after: auditedReplay(replay),
  });
  return replay;
}
