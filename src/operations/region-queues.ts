import type { RegionQueueCounts } from '../domain/job.ts';
import { orNull, readRegionStates, type RegionReads, type RegionState } from './regions.ts';

/** A Region's state and its queue; `queue` is null while Redis does not answer. */
export type RegionQueue = RegionState & { readonly queue: RegionQueueCounts | null };

/** In the order of the configuration. @throws LedgerUnavailableError */
export async function readRegionQueues(deps: RegionReads): Promise<readonly RegionQueue[]> {
  const [states, queues] = await Promise.all([
    readRegionStates(deps),
    Promise.all(deps.regions.map(async (region) => orNull(deps.queue.counts(region)))),
  ]);
  return states.map((state, index) => ({ ...state, queue: queues[index] ?? null }));
}
