import { sql, type RawBuilder } from 'kysely';
import type { OpenOnboarding, OpenQuery } from '../domain/listing.ts';
import type { Onboarding } from '../domain/onboarding.ts';
import { comesAfter } from './comes-after.ts';
import type { LedgerDatabase } from './database.ts';

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
