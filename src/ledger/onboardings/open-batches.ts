import { type RawBuilder, sql } from 'kysely';
import type { OpenOnboarding, OpenQuery } from '../../domain/listing.ts';
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

const within = ({ untouchedSince, lane, after }: OpenQuery): RawBuilder<unknown> => sql`
  ${untouchedSince === undefined ? sql`` : sql`and o.updated_at <= ${untouchedSince}::timestamptz`}
  ${lane === undefined ? sql`` : sql`and o.lane = ${lane}`}
  ${after === undefined ? sql`` : sql`and ${comesAfter(after, lane)}`}`;
