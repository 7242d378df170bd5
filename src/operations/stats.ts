import type { LedgerCounts } from '../domain/listing.ts';
import type { Ledger } from '../ports.ts';
import { readRegionQueues, type RegionQueue } from './region-queues.ts';
import type { RegionReads } from './regions.ts';

export interface StatsDeps extends RegionReads {
  readonly ledger: RegionReads['ledger'] & Pick<Ledger, 'counts' | 'textIndexed'>;
}

/** Counts from the ledger, and each Region's state and queue. */
export interface Stats {
  readonly ledger: LedgerCounts;
  readonly textIndexed: boolean;
  readonly regions: readonly RegionQueue[];
}

export async function readStats(deps: StatsDeps): Promise<Stats> {
  const [ledger, textIndexed, regions] = await Promise.all([
    deps.ledger.counts(),
    deps.ledger.textIndexed(),
    readRegionQueues(deps),
  ]);
  return { ledger, textIndexed, regions };
}
