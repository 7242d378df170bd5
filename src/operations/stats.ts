import type { RegionQueueCounts } from '../domain/job.ts';
import type { LedgerCounts } from '../domain/listing.ts';
import type { Region } from '../domain/region.ts';
import { QueueUnavailableError } from '../domain/unavailable.ts';
import type { JobQueue, Ledger } from '../ports.ts';

export interface StatsDeps {
  readonly ledger: Pick<Ledger, 'counts'>;
  readonly queue: Pick<JobQueue, 'counts'>;
  readonly regions: readonly Region[];
}

/** Counts from the ledger, and per Region what the queue holds; `queue` is null while Redis does not answer. */
export interface Stats {
  readonly ledger: LedgerCounts;
  readonly regions: readonly { region: Region; queue: RegionQueueCounts | null }[];
}

export async function readStats({ ledger, queue, regions }: StatsDeps): Promise<Stats> {
  const [counts, ...queues] = await Promise.all([
    ledger.counts(),
    ...regions.map(async (region) => ({ region, queue: await orNull(queue.counts(region)) })),
  ]);
  return { ledger: counts, regions: queues };
}

async function orNull(counts: Promise<RegionQueueCounts>): Promise<RegionQueueCounts | null> {
  try {
    return await counts;
  } catch (error) {
    if (error instanceof QueueUnavailableError) return null;
    throw error;
  }
}
