import { type RawBuilder, sql } from 'kysely';
import type { OnboardingId } from '../../domain/ids.ts';
import type { OpenOnboarding, OpenQuery } from '../../domain/listing.ts';
import type { Onboarding } from '../../domain/onboarding.ts';
import type { Region } from '../../domain/region.ts';
import type { LedgerDatabase } from '../database/database.ts';
import { comesAfter, isOneOf, isOpenRow } from './conditions.ts';

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

/**
 * Accepted rows, live lane first, then oldest first, without those of Regions that are being drained: of these there may
 * be millions, and none of them is looked at. So the Regions that have accepted rows are found one by one in their
 * index, and each is asked for its first rows.
 */
export async function acceptedBatch(
  db: LedgerDatabase,
  { untouchedSince, limit, after, lane }: OpenQuery,
): Promise<readonly OpenOnboarding[]> {
  const conditions: readonly RawBuilder<unknown>[] = [
    sql`o.status = 'accepted'`,
    sql`o.region = p.region`,
    ...(untouchedSince === undefined ? [] : [sql`o.updated_at <= ${untouchedSince}::timestamptz`]),
    ...(lane === undefined ? [] : [sql`o.lane = ${lane}`]),
    ...(after === undefined ? [] : [comesAfter(after, lane)]),
  ];
  const { rows } = await sql<OpenRow>`
    with recursive places as (
      select (select min(o.region) from onboarding.onboardings o where o.status = 'accepted') as region
      union all
      select (select min(o.region) from onboarding.onboardings o where o.status = 'accepted' and o.region > p.region)
      from places p where p.region is not null
    )
    select o.* from places p cross join lateral (
      select o.id, o.region, o.lane, o.replays, o.status, o.next_attempt_at as "nextAttemptAt"
      from onboarding.onboardings o where ${sql.join(conditions, sql` and `)}
      order by o.lane desc, o.id limit ${limit}
    ) o
    where p.region not in (select h.region from onboarding.holds h where h.kind = 'drain' and h.ended_at is null)
    order by o.lane desc, o.id limit ${limit}`.execute(db);
  return rows;
}

type OpenRow = Pick<Onboarding, keyof OpenOnboarding>;
