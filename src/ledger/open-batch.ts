import type { OnboardingId } from '../domain/ids.ts';
import type { OpenOnboarding, OpenQuery } from '../domain/listing.ts';
import type { Region } from '../domain/region.ts';
import { comesAfter } from './comes-after.ts';
import type { LedgerDatabase } from './database.ts';
import { isOneOf, isOpenRow } from './open-statuses.ts';

/**
 * Rows last touched at or before `untouchedSince`, live lane first, then oldest first. Walks the partial index
 * of open rows, so its cost follows what is open and not what the ledger holds.
 */
export async function openBatch(
  db: LedgerDatabase,
  {
    statuses,
    untouchedSince,
    limit,
    after,
    lane,
  }: OpenQuery & { readonly statuses: readonly ('queued' | 'retrying')[] },
): Promise<readonly OpenOnboarding[]> {
  if (statuses.length === 0) return [];
  let query = db
    .selectFrom('onboardings as o')
    .select(['id', 'region', 'lane', 'replays', 'status', 'next_attempt_at'])
    // Implied by the next condition; it is what the partial index of all open rows asks for.
    .where(isOpenRow)
    .where(isOneOf(statuses))
    .orderBy('lane', 'desc')
    .orderBy('id')
    .limit(limit);
  if (untouchedSince !== undefined) query = query.where('updated_at', '<=', untouchedSince);
  if (lane !== undefined) query = query.where('lane', '=', lane);
  if (after !== undefined) query = query.where(comesAfter(after, lane));
  const rows = await query.execute();
  return rows.map((row) => ({
    id: row.id as OnboardingId,
    region: row.region as Region,
    lane: row.lane,
    replays: row.replays,
    status: row.status,
    nextAttemptAt: row.next_attempt_at,
  }));
}
