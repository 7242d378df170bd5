import { type RawBuilder, sql } from 'kysely';
import type { Backlog, OpenOnboarding, OpenQuery } from '../../domain/listing.ts';
import type { Status } from '../../domain/onboarding.ts';
import { OPEN_STATUSES } from '../../domain/state-machine.ts';
import type { LedgerDatabase } from '../database/database.ts';
import { comesAfter, DRAINED_REGIONS, isOpenRow } from './conditions.ts';

const COLUMNS = sql.raw('o.id, o.region, o.lane, o.replays, o.status, o.next_attempt_at as "nextAttemptAt"');

/**
 * Rows that were in the queue, live lane first, then oldest first. Walks the partial index of open rows, so its cost
 * follows what is open and not what the ledger holds.
 */
export async function openBatch(db: LedgerDatabase, query: OpenQuery): Promise<readonly OpenOnboarding[]> {
  const { rows } = await sql<OpenOnboarding>`
    select ${COLUMNS} from onboarding.onboardings o
    where ${isOpenRow} and o.status <> 'accepted' ${within(query)}
    order by o.lane desc, o.id limit ${query.limit}`.execute(db);
  return rows;
}

/**
 * Accepted rows, live lane first, then oldest first, without those of Regions that are being drained: of these there may
 * be millions, and none of them is looked at. So the Regions that have accepted rows are found one by one in their
 * index, and each is asked for its first rows.
 */
export async function acceptedBatch(
  db: LedgerDatabase,
  query: OpenQuery,
): Promise<readonly OpenOnboarding[]> {
  const { rows } = await sql<OpenOnboarding>`
    with recursive places as (
      select (select min(o.region) from onboarding.onboardings o where o.status = 'accepted') as region
      union all
      select (select min(o.region) from onboarding.onboardings o where o.status = 'accepted' and o.region > p.region)
      from places p where p.region is not null
    )
    select o.* from places p cross join lateral (
      select ${COLUMNS} from onboarding.onboardings o
      where o.status = 'accepted' and o.region = p.region ${within(query)}
      order by o.lane desc, o.id limit ${query.limit}
    ) o
    where p.region not in (${DRAINED_REGIONS})
    order by o.lane desc, o.id limit ${query.limit}`.execute(db);
  return rows;
}

/** Rows of a status that are looked at for the oldest of each Region: there may be millions. */
const OLDEST_LOOKED_AT = 10_000;

/** By Region and status, from the counts that are kept; the ages by the same indexes. @param now milliseconds since 1970 */
export async function readBacklog(db: LedgerDatabase, now: number): Promise<readonly Backlog[]> {
  const { rows } = await sql<{ region: string; status: Status; count: number; oldest: string | null }>`
    with numbers as (
      select region, status, sum(count)::bigint as count from onboarding.present_counts
      where status in (${sql.join(OPEN_STATUSES.map((status) => sql.lit(status)))})
      group by region, status having sum(count) > 0
    ), first as (
      ${sql.join(
        OPEN_STATUSES.filter((status) => status !== 'accepted').map(
          (status) => sql`(select region, status, created_at from onboarding.onboardings
            where status = ${sql.lit(status)} order by id limit ${sql.lit(OLDEST_LOOKED_AT)})`,
        ),
        sql` union all `,
      )}
    )
    select n.region, n.status, n.count, case n.status
      when 'accepted' then (select min(o.created_at) from (values ('live'), ('bulk')) l (lane) cross join lateral (
        select created_at from onboarding.onboardings
        where status = 'accepted' and region = n.region and lane = l.lane order by id limit 1) o)
      else (select min(created_at) from first f where f.region = n.region and f.status = n.status)
      end as oldest
    from numbers n`.execute(db);
  return rows.map(({ region, status, count, oldest }) => {
    return {
      region,
      status,
      count,
      oldestMs: oldest === null ? null : Math.max(0, now - Date.parse(oldest)),
    };
  });
}

const within = ({ untouchedSince, lane, after }: OpenQuery): RawBuilder<unknown> => sql`
  ${untouchedSince === undefined ? sql`` : sql`and o.updated_at <= ${untouchedSince}::timestamptz`}
  ${lane === undefined ? sql`` : sql`and o.lane = ${lane}`}
  ${after === undefined ? sql`` : sql`and ${comesAfter(after, lane)}`}`;
