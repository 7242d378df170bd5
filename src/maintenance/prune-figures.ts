import type { Clock } from '../ports.ts';
import type { FiguresLedger } from '../ports/figures-ledger.ts';

export interface PruneFiguresDeps {
  readonly ledger: Pick<FiguresLedger, 'pruneFigures'>;
  readonly clock: Pick<Clock, 'now'>;
  /** How long figures are kept. */
  readonly retentionDays: number;
}

const DAY_MS = 86_400_000;
/** What is asked for minute by minute reaches back a day; a week gives people time to look. Hours are kept in full. */
const MINUTES_KEPT_DAYS = 8;
const PRUNE_EVERY_MS = 60_000;
const BATCH = 5_000;

/** Forgets figures that are over their time: a batch at each call, and when all are gone, again after a minute. */
export function createFiguresPruning({
  ledger,
  clock,
  retentionDays,
}: PruneFiguresDeps): () => Promise<number> {
  let dueAt = 0;
  return async () => {
    const now = clock.now();
    if (now < dueAt) return 0;
    const pruned = await ledger.pruneFigures({
      minutesBefore: new Date(now - Math.min(MINUTES_KEPT_DAYS, retentionDays) * DAY_MS).toISOString(),
      hoursBefore: new Date(now - retentionDays * DAY_MS).toISOString(),
      limit: BATCH,
    });
    if (pruned < BATCH) dueAt = now + PRUNE_EVERY_MS;
    return pruned;
  };
}
