import { sql } from 'kysely';
import type { ReplayId } from '../../domain/ids.ts';
import type { LedgerDatabase } from '../database/database.ts';

/**
 * So many new ones a process takes at once, and more the next time: processes that look at the same time share them. It
 * may hold any number, since holding costs next to nothing, and most of them may only wait for their ends.
 */
const TAKEN_MAX = 20;

/** A batch that is not reported, or members that are still to have their turn. */
const CAN_BE_QUEUED = sql<boolean>`(moving > 0 or (status = 'running' and moved_through < matched))`;

/**
 * By the clock of the database, so that two machines never disagree about whose lease has run out. One that is still
 * good for half of its time is left as it is: a turn that finds nothing to do writes nothing. What can be queued is taken
 * before what only waits, perhaps for as long as a Region is paused.
 */
export async function leaseReplays(
  db: LedgerDatabase,
  holder: string,
  leaseMs: number,
): Promise<readonly ReplayId[]> {
  // Both skip locked rows: no process waits for a lease, so no two can wait for each other.
  await sql`
    with renewed as (
      select id from onboarding.replays
      where is_open and leased_by = ${holder} and leased_until <= now() + ${leaseMs} / 2 * interval '1 millisecond'
      for update skip locked
    ), taken as (
      select id from onboarding.replays
      where is_open and (leased_by is null or (leased_by <> ${holder} and leased_until <= now()))
      order by ${CAN_BE_QUEUED} desc, id limit ${TAKEN_MAX} for update skip locked
    )
    update onboarding.replays set leased_by = ${holder}, leased_until = now() + ${leaseMs} * interval '1 millisecond'
    where id in (select id from renewed union all select id from taken)`.execute(db);
  const rows = await db
    .selectFrom('replays')
    .select('id')
    .where('is_open', '=', sql.lit(true))
    .where('leased_by', '=', holder)
    .where('leased_until', '>', sql<string>`now()`)
    .orderBy('id')
    .execute();
  return rows.map(({ id }) => id);
}

/**
 * One that has a rate is among them once the rate allows one member. `paced_from` is moved on by every batch, so any process that
 * has waited longest is first, and however many there are, each has its turn.
 */
export async function replaysToQueue(
  db: LedgerDatabase,
  holder: string,
  limit: number,
): Promise<readonly ReplayId[]> {
  const rows = await db
    .selectFrom('replays')
    .select('id')
    .where('is_open', '=', sql.lit(true))
    .where('leased_by', '=', holder)
    .where('leased_until', '>', sql<string>`now()`)
    .where(CAN_BE_QUEUED)
    .where(
      sql<boolean>`(moving > 0 or rate_per_second is null or paced_from <= now() - interval '1 second' / rate_per_second)`,
    )
    .orderBy('paced_from')
    .orderBy('id')
    .limit(limit)
    .execute();
  return rows.map(({ id }) => id);
}

export async function releaseReplays(db: LedgerDatabase, holder: string): Promise<void> {
  await db
    .updateTable('replays')
    .set({ leased_by: null, leased_until: null })
    .where('is_open', '=', sql.lit(true))
    .where('leased_by', '=', holder)
    .execute();
}
