/** What the ledger and the sandbox hold after a run, read past the service: by SQL, and from the sandbox's own books. */
import type { Surroundings } from './surroundings.ts';

export interface Row {
  readonly id: string;
  readonly region: string;
  readonly source_name: string;
  readonly account: string;
  readonly status: string;
  readonly outcome: string | null;
  readonly error_kind: string | null;
  readonly replays: number;
  readonly attempts: number;
  /** Spent in the present replay. */
  readonly rounds: number;
  /** How often it has ended, which numbers its webhook deliveries. */
  readonly ends: number;
}

export interface AttemptRow {
  readonly onboarding_id: string;
  readonly number: number;
  readonly replay: number;
  readonly outcome: string;
  readonly request_id: string | null;
}

/** A replay of many, its counts beside what its members say. */
export interface ReplayRow {
  readonly id: string;
  readonly status: string;
  readonly matched: number;
  readonly queued: number;
  readonly skipped: number;
  readonly provisioned: number;
  readonly failed: number;
  readonly cancelled: number;
  readonly members: Readonly<Record<string, number>>;
}

/** An event that left an onboarding `accepted` although the one before had left it in another status. */
export interface StepBack {
  readonly onboarding_id: string;
  readonly before: string;
  readonly attempts: number;
}

export interface Books {
  readonly rows: readonly Row[];
  readonly stepsBack: readonly StepBack[];
  readonly replays: readonly ReplayRow[];
  /** In how many replays of many an onboarding was moved. */
  readonly moved: ReadonlyMap<string, number>;
  readonly attempts: ReadonlyMap<string, readonly AttemptRow[]>;
  /** The account that holds a name at the sandbox; DELETED records hold nothing. */
  readonly holders: ReadonlyMap<string, string>;
  /** How often a create made a source, and of how many names the sandbox says that one exists that a create made. */
  readonly applied: number;
  /** Creates of a name that came to the sandbox. */
  creates(row: Row): number;
  /** When the last of them came, in milliseconds since 1970; null: none did, or none is remembered. */
  lastCreateAt(row: Row): number | null;
}

export const keyOf = (region: string, sourceName: string): string => `${region} ${sourceName}`;

export async function readBooks({ database, sandbox }: Surroundings): Promise<Books> {
  const rows = await database.query<Row>(
    `select id, region, source_name, account, status, outcome, error ->> 'kind' as error_kind, replays, attempts, rounds, ends
       from onboarding.onboardings order by id`,
  );
  const attempts = await database.query<AttemptRow>(
    'select onboarding_id, number, replay, outcome, request_id from onboarding.attempts order by onboarding_id, number',
  );
  const stepsBack = await database.query<StepBack>(
    `select onboarding_id, before, attempts from (
       select onboarding_id, position, status, attempts,
         lag(status) over (partition by onboarding_id order by position) as before from onboarding.events
     ) as events where status = 'accepted' and before <> 'accepted' order by position`,
  );
  const replays = await database.query<ReplayRow>(
    `select id, status, matched, queued, skipped, provisioned, failed, cancelled,
       (select json_object_agg(state, count) from (select state, count(*) from onboarding.replay_members
          where replay_id = r.id group by state) as counted) as members
     from onboarding.replays r order by id`,
  );
  const moved = await database.query<{ onboarding_id: string; times: number }>(
    `select onboarding_id, count(*)::integer as times from onboarding.replay_members
     where state not in ('waiting', 'skipped') group by 1`,
  );
  const living = sandbox.books.sources().filter(({ state }) => state !== 'DELETED');
  const creates = sandbox.books.calls({ operation: 'CreatePartnerEventSource' }).counts;
  return {
    rows,
    stepsBack,
    replays,
    moved: new Map(moved.map(({ onboarding_id: id, times }) => [id, times])),
    attempts: groupedBy(attempts, (attempt) => attempt.onboarding_id),
    holders: new Map(living.map(({ region, name, account }) => [keyOf(region, name), account])),
    applied: creates.reduce((sum, { applied }) => sum + applied, 0),
    creates: ({ region, source_name: name }) => sandbox.books.calls({ region, name }).creates ?? 0,
    lastCreateAt({ region, source_name: name }) {
      const filter = { region, name, operation: 'CreatePartnerEventSource' };
      const last = sandbox.books.calls(filter).recent.at(-1);
      return last === undefined ? null : Date.parse(last.at);
    },
  };
}

export function groupedBy<T>(items: readonly T[], keyOfItem: (item: T) => string): Map<string, T[]> {
  const groups = new Map<string, T[]>();
  for (const item of items) {
    const key = keyOfItem(item);
    const group = groups.get(key);
    if (group === undefined) groups.set(key, [item]);
    else group.push(item);
  }
  return groups;
}
