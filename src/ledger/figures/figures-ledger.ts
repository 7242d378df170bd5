import type { FiguresLedger } from '../../ports/figures-ledger.ts';
import type { LedgerDatabase } from '../database.ts';
import { isTextIndexed } from '../search/text-index.ts';
import { counts } from './counts.ts';
import { pruneFigures } from './prune-figures.ts';
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
