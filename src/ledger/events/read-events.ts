import { sql } from 'kysely';
import type { EventPage, OnboardingEvent } from '../../domain/onboarding.ts';
import type { LedgerDatabase } from '../database/database.ts';
import {
  CHANGING_COLUMNS,
  columnsOf,
  KEPT_COLUMNS,
  toOnboarding,
  type OnboardingRow,
} from '../onboardings/rows.ts';

const columns = sql.raw(`${columnsOf('o', KEPT_COLUMNS)}, ${columnsOf('e', CHANGING_COLUMNS)}`);

/** Gives positions to changes that were committed, `most` of them; how many got one. */
export async function givePositions(db: LedgerDatabase, most: number): Promise<number> {
  const { rows } = await sql<{
    given: number;
  }>`select onboarding.give_positions(${most}::integer) as given`.execute(db);
  return rows[0]?.given ?? 0;
}

/** Deletes the oldest events, if they are older than `keptMs`, of at most `most` positions; how many those were. */
export async function pruneEvents(
  db: LedgerDatabase,
  { keptMs, most }: { keptMs: number; most: number },
): Promise<number> {
  const { rows } = await sql<{ pruned: number }>`
    select onboarding.prune_events(clock_timestamp() - ${keptMs} * interval '1 millisecond', ${most}::integer) as pruned`.execute(
    db,
  );
  return rows[0]?.pruned ?? 0;
}

/** The last position that was given; 0: none was. */
export async function newestPosition(db: LedgerDatabase): Promise<number> {
  const { given } = await db.selectFrom('event_positions').select('given').executeTakeFirstOrThrow();
  return given;
}

/** Changes without a position, counted up to `most`. */
export async function countChanges(db: LedgerDatabase, most: number): Promise<number> {
  const { rows } = await sql<{ count: number }>`
    select count(*) from (select from onboarding.changes limit ${most}) as waiting`.execute(db);
  return rows[0]?.count ?? 0;
}

type EventRow = { given: number; pruned: number } & (
  { position: null } | (OnboardingRow & { position: number }) | { position: number; id: null }
);

/** One statement, so that what is kept and what is read are seen at the same instant. */
export async function readEvents(db: LedgerDatabase, after: number, limit: number): Promise<EventPage> {
  const { rows } = await sql<EventRow>`
    with page as (
      select e.position, ${columns}
      from (select * from onboarding.events where position > ${after} order by position limit ${limit}) e
      left join onboarding.onboardings o on o.id = e.onboarding_id
    )
    select p.given, p.pruned, page.* from onboarding.event_positions p left join page on true
    order by page.position`.execute(db);
  const [first] = rows;
  if (first === undefined) throw new Error('The ledger has lost its row of event_positions.');
  const { given, pruned } = first;
  if (after < pruned || after > given) return { kind: 'reset', position: given };
  return { kind: 'events', events: rows.flatMap(toEvent), through: rows.at(-1)?.position ?? after };
}

/** None for a row without an onboarding: it was deleted since. */
function toEvent(row: EventRow): OnboardingEvent[] {
  if (row.position === null || row.id === null) return [];
  return [{ position: row.position, onboarding: toOnboarding(row) }];
}
