import type { RegionQueueCounts } from '../domain/job.ts';
import type { LedgerCounts } from '../domain/listing.ts';
import { QueueUnavailableError } from '../domain/unavailable.ts';
import type { Ledger } from '../ports.ts';
import { readRegionStates, type RegionReads, type RegionState } from './regions.ts';

export interface StatsDeps extends RegionReads {
  readonly ledger: RegionReads['ledger'] & Pick<Ledger, 'counts' | 'textIndexed'>;
}

/** Counts from the ledger, and each Region's state and queue; `queue` is null while Redis does not answer. */
export interface Stats {
  readonly ledger: LedgerCounts;
  readonly textIndexed: boolean;
  readonly regions: readonly (RegionState & { readonly queue: RegionQueueCounts | null })[];
}

export async function readStats(deps: StatsDeps): Promise<Stats> {
  const [counts, textIndexed, states, queues] = await Promise.all([
    deps.ledger.counts(),
    deps.ledger.textIndexed(),
    readRegionStates(deps),
    Promise.all(deps.regions.map(async (region) => orNull(deps.queue.counts(region)))),
  ]);
  const regions = states.map((state, index) => ({ ...state, queue: queues[index] ?? null }));
  return { ledger: counts, textIndexed, regions };
}

async function orNull(counts: Promise<RegionQueueCounts>): Promise<RegionQueueCounts | null> {
  try {
    return await counts;
  } catch (error) {
    if (error instanceof QueueUnavailableError) return null;
    throw error;
  }
}
