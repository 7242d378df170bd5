import type { RegionQueueCounts } from '../domain/job.ts';
import type { LedgerCounts } from '../domain/listing.ts';
import { QueueUnavailableError } from '../domain/unavailable.ts';
import type { RegionRate } from '../domain/turn.ts';
import type { Ledger } from '../ports.ts';
import type { RateGate } from '../ports/rate-gate.ts';
import { readRegionStates, type RegionReads, type RegionState } from './regions.ts';

export interface StatsDeps extends RegionReads {
  readonly ledger: RegionReads['ledger'] & Pick<Ledger, 'counts' | 'textIndexed'>;
  readonly rateGate: Pick<RateGate, 'rate'>;
}

/** Counts from the ledger, and each Region's state, queue and rate; the latter two are null while Redis does not answer. */
export interface Stats {
  readonly ledger: LedgerCounts;
  readonly textIndexed: boolean;
  readonly regions: readonly (RegionState & {
    readonly queue: RegionQueueCounts | null;
    readonly rate: RegionRate | null;
  })[];
}

export async function readStats(deps: StatsDeps): Promise<Stats> {
  const [counts, textIndexed, states, queues, rates] = await Promise.all([
    deps.ledger.counts(),
    deps.ledger.textIndexed(),
    readRegionStates(deps),
    Promise.all(deps.regions.map(async (region) => orNull(deps.queue.counts(region)))),
    Promise.all(deps.regions.map(async (region) => orNull(deps.rateGate.rate(region)))),
  ]);
  const regions = states.map((state, index) => ({
    ...state,
    queue: queues[index] ?? null,
    rate: rates[index] ?? null,
  }));
  return { ledger: counts, textIndexed, regions };
}

async function orNull<T>(answer: Promise<T>): Promise<T | null> {
  try {
    return await answer;
  } catch (error) {
    if (error instanceof QueueUnavailableError) return null;
    throw error;
  }
}
