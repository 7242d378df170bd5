import type { LedgerCounts } from '../domain/listing.ts';
import type { RegionRate } from '../domain/job.ts';
import type { OperatorDeps } from './operator-deps.ts';
import { orNull, readRegionQueues, type RegionQueue, type RegionReads } from './regions.ts';

export type StatsReads = RegionReads & Pick<OperatorDeps, 'rateGate'>;

/** Counts from the ledger, and each Region's state, queue and rate; the latter two are null while Redis does not answer. */
export interface Stats {
  readonly ledger: LedgerCounts;
  readonly textIndexed: boolean;
  readonly regions: readonly (RegionQueue & { readonly rate: RegionRate | null })[];
}

export async function readStats(deps: StatsReads): Promise<Stats> {
  const [ledger, textIndexed, queues, rates] = await Promise.all([
    deps.ledger.counts(),
    deps.ledger.textIndexed(),
    readRegionQueues(deps),
    Promise.all(deps.regions.map(async (region) => orNull(deps.rateGate.rate(region)))),
  ]);
  const regions = queues.map((queue, index) => ({ ...queue, rate: rates[index] ?? null }));
  return { ledger, textIndexed, regions };
}
