import { sql } from 'kysely';
import type { ReplayId } from '../../domain/ids.ts';
import type { LedgerDatabase } from '../database.ts';

/** One process works at no more than this many at once; others may take the rest. */
const LEASES_MAX = 20;

/**
 * By the clock of the database, so that two machines never disagree about whose lease has run out. One that is still
 * good for half of its time is left as it is: a turn that finds nothing to do writes nothing.
 */
export async function leaseReplays(
  db: LedgerDatabase,
  holder: string,
  leaseMs: number,
): Promise<readonly ReplayId[]> {
  await sql`
    update onboarding.replays set leased_by = ${holder}, leased_until = now() + ${leaseMs} * interval '1 millisecond'
    where id in (
      select id from onboarding.replays
      where is_open and (leased_by is null or leased_until <= now()
        or (leased_by = ${holder} and leased_until <= now() + ${leaseMs} / 2 * interval '1 millisecond'))
      order by id limit ${LEASES_MAX} for update skip locked)`.execute(db);
  const rows = await db
    .selectFrom('replays')
    .select('id')
    .where('is_open', '=', sql.lit(true))
    .where('leased_by', '=', holder)
    .where('leased_until', '>', sql<string>`now()`)
    .orderBy('id')
    .limit(LEASES_MAX)
    .execute();
  return rows.map(({ id }) => id as ReplayId);
}

export async function releaseReplays(db: LedgerDatabase, holder: string): Promise<void> {
  await db
    .updateTable('replays')
    .set({ leased_by: null, leased_until: null })
    .where('is_open', '=', sql.lit(true))
    .where('leased_by', '=', holder)
    .execute();
}
