import { KEY_KEPT_MS } from '../domain/acceptance.ts';
import type { Clock, Ledger } from '../ports.ts';
import type { FiguresLedger } from '../ports/figures-ledger.ts';

const KEYS_BATCH = 1_000;
/** A pass deletes no more than this many batches; the next one goes on. */
const BATCHES_PER_PASS = 10;

export interface PruneKeysDeps {
  readonly ledger: Pick<Ledger, 'pruneKeys'>;
  readonly clock: Pick<Clock, 'now'>;
}

/** Forgets the answers of idempotency keys that are over their time; gives back how many. */
export async function pruneKeys({ ledger, clock }: PruneKeysDeps, signal: AbortSignal): Promise<number> {
  const before = new Date(clock.now() - KEY_KEPT_MS).toISOString();
  let pruned = 0;
  for (let batches = 0; batches < BATCHES_PER_PASS && !signal.aborted; batches += 1) {
    const count = await ledger.pruneKeys({ before, limit: KEYS_BATCH });
    pruned += count;
    if (count < KEYS_BATCH) break;
  }
  return pruned;
}

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
const FIGURES_BATCH = 5_000;

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
      limit: FIGURES_BATCH,
    });
    if (pruned < FIGURES_BATCH) dueAt = now + PRUNE_EVERY_MS;
    return pruned;
  };
}
