import { type RawBuilder, sql } from 'kysely';
import type { OnboardingId } from '../../domain/ids.ts';
import type { Backlog, OpenOnboarding, OpenQuery } from '../../domain/listing.ts';
import { LANES, type Lane } from '../../domain/onboarding.ts';
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

/** Four rows, found by the same indexes. @param now milliseconds since 1970 */
export async function readBacklog(db: LedgerDatabase, now: number): Promise<Backlog> {
  const ages = async (oldest: (lane: Lane) => Promise<OnboardingId | undefined>) =>
    Object.fromEntries(
      await Promise.all(LANES.map(async (lane) => [lane, await ageOf(db, await oldest(lane), now)] as const)),
    ) as Record<Lane, number | null>;
  return {
    accepted: await ages(async (lane) => (await acceptedBatch(db, { lane, limit: 1 }))[0]?.id),
    open: await ages(async (lane) => {
      const { rows } = await sql<{ id: OnboardingId }>`
        select o.id from onboarding.onboardings o where ${isOpenRow} and o.lane = ${lane}
        order by o.lane desc, o.id limit 1`.execute(db);
      return rows[0]?.id;
    }),
  };
}

async function ageOf(db: LedgerDatabase, id: OnboardingId | undefined, now: number): Promise<number | null> {
  if (id === undefined) return null;
  const row = await db.selectFrom('onboardings').select('created_at').where('id', '=', id).executeTakeFirst();
  return row === undefined ? null : Math.max(0, now - Date.parse(row.created_at));
}

const within = ({ untouchedSince, lane, after }: OpenQuery): RawBuilder<unknown> => sql`
  ${untouchedSince === undefined ? sql`` : sql`and o.updated_at <= ${untouchedSince}::timestamptz`}
  ${lane === undefined ? sql`` : sql`and o.lane = ${lane}`}
  ${after === undefined ? sql`` : sql`and ${comesAfter(after, lane)}`}`;
