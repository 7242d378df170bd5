import type { LedgerCounts } from '../../domain/listing.ts';
import { LANES, STATUSES, type Lane, type Status } from '../../domain/onboarding.ts';
import type { LedgerDatabase } from '../database/database.ts';

/** Every onboarding once, under its present status and error, from the counts that are kept. */
export async function counts(db: LedgerDatabase): Promise<LedgerCounts> {
  const rows = await db
    .selectFrom('present_counts')
    .select(['region', 'lane', 'status', 'error_code', 'count'])
    .execute();
  const byStatus = zeroes(STATUSES);
  const byLane = zeroes(LANES);
  const byRegion = new Map<string, Record<Status, number>>();
  const byErrorCode = new Map<string, number>();
  for (const { region, lane, status, error_code: errorCode, count } of rows) {
    byStatus[status] += count;
    byLane[lane] += count;
    const inRegion = byRegion.get(region) ?? zeroes(STATUSES);
    inRegion[status] += count;
    byRegion.set(region, inRegion);
    if (errorCode !== '') byErrorCode.set(errorCode, (byErrorCode.get(errorCode) ?? 0) + count);
  }
  return {
    byStatus,
    byLane,
    byRegion: [...byRegion]
      .map(([region, statuses]) => ({ region, byStatus: statuses }))
      .sort((a, b) => (a.region < b.region ? -1 : 1)),
    byErrorCode: [...byErrorCode]
      .map(([errorCode, count]) => ({ errorCode, count }))
      .sort((a, b) => b.count - a.count || (a.errorCode < b.errorCode ? -1 : 1)),
  };
}

function zeroes<K extends Lane | Status>(keys: readonly K[]): Record<K, number> {
  return Object.fromEntries(keys.map((key) => [key, 0])) as Record<K, number>;
}
