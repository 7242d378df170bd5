import { KEY_KEPT_MS } from '../domain/keyed-call.ts';
import type { Clock, Ledger } from '../ports.ts';

const BATCH = 1_000;
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
    const count = await ledger.pruneKeys({ before, limit: BATCH });
    pruned += count;
    if (count < BATCH) break;
  }
  return pruned;
}
