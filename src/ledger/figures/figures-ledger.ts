import { sql } from 'kysely';
import type { FiguresLedger } from '../../ports/figures-ledger.ts';
import type { LedgerDatabase } from '../database.ts';
import { isTextIndexed } from '../search/text-index.ts';
import { counts } from './counts.ts';
import { readFailures } from './read-failures.ts';
import { readFigures } from './read-figures.ts';

/** Counts and figures of the ledger. The database keeps them up to date: src/ledger/migrations/baseline/figures.ts. */
export function createFiguresLedger(
  db: LedgerDatabase,
  bounded: <T>(call: () => Promise<T>) => Promise<T>,
): FiguresLedger {
  return {
    textIndexed: () => bounded(() => isTextIndexed(db)),
    counts: () => bounded(() => counts(db)),
    figures: (span, region) => bounded(() => readFigures(db, span, region)),
    failures: (filter, now) => bounded(() => readFailures(db, filter, now)),
    pruneFigures: (query) => bounded(() => pruneFigures(db, query)),
  };
}

/** Forgets figures that are over their time; how many. Any number of processes may prune at once. */
async function pruneFigures(
  db: LedgerDatabase,
  { minutesBefore, hoursBefore, limit }: { minutesBefore: string; hoursBefore: string; limit: number },
): Promise<number> {
  const { rows } = await sql<{ pruned: number }>`
    select onboarding.prune_figures(${minutesBefore}::timestamptz, ${hoursBefore}::timestamptz, ${limit}::integer)
      as pruned`.execute(db);
  return rows[0]?.pruned ?? 0;
}
