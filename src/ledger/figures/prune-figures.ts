import { sql } from 'kysely';
import type { LedgerDatabase } from '../database.ts';

/** Forgets figures that are over their time; how many. Any number of processes may prune at once. */
export async function pruneFigures(
  db: LedgerDatabase,
  { minutesBefore, hoursBefore, limit }: { minutesBefore: string; hoursBefore: string; limit: number },
): Promise<number> {
  const { rows } = await sql<{ pruned: number }>`
    select onboarding.prune_figures(${minutesBefore}::timestamptz, ${hoursBefore}::timestamptz, ${limit}::integer)
      as pruned`.execute(db);
  return rows[0]?.pruned ?? 0;
}
