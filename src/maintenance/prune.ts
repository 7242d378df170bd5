import { KEY_KEPT_MS } from '../domain/acceptance.ts';
import { firstIdAt } from '../domain/ids.ts';
import type { Clock, Ledger } from '../ports.ts';

const DAY_MS = 86_400_000;
/** What is asked for minute by minute reaches back a day; a week gives people time to look. Hours are kept in full. */
const MINUTES_KEPT_DAYS = 8;
const PRUNE_EVERY_MS = 60_000;
const BATCH = 5_000;

export interface PruningDeps {
  readonly ledger: Pick<Ledger, 'pruneKeys' | 'pruneRejects' | 'pruneFigures'>;
  readonly clock: Pick<Clock, 'now'>;
  /** How long figures and rejected rows of imports are kept. */
  readonly retentionDays: number;
}

/**
 * Forgets the answers of idempotency keys, rejected rows of imports and figures that are over their time, a batch of each
 * at each call; figures, when all are gone, again after a minute.
 */
export function createPruning({ ledger, clock, retentionDays }: PruningDeps): () => Promise<void> {
  let figuresDueAt = 0;
  return async () => {
    const now = clock.now();
    const ago = (ms: number): string => new Date(now - ms).toISOString();
    await ledger.pruneKeys({ before: ago(KEY_KEPT_MS), limit: BATCH });
    await ledger.pruneRejects({ before: firstIdAt(now - retentionDays * DAY_MS, 'imp'), limit: BATCH });
    if (now < figuresDueAt) return;
    const figures = await ledger.pruneFigures({
      minutesBefore: ago(Math.min(MINUTES_KEPT_DAYS, retentionDays) * DAY_MS),
      hoursBefore: ago(retentionDays * DAY_MS),
      limit: BATCH,
    });
    if (figures < BATCH) figuresDueAt = now + PRUNE_EVERY_MS;
  };
}
