import { sql } from 'kysely';
import type { OnboardingId } from '../../domain/ids.ts';
import type { JobRef } from '../../domain/job.ts';
import type { Region } from '../../domain/region.ts';
import type { LedgerDatabase } from '../database/database.ts';
import { isOpenRow } from './conditions.ts';

interface TakenRow {
  taken: number;
  id: OnboardingId | null;
  region: Region;
  replays: number;
}

/**
 * Carries out what `onboarding.accept` left in the table of lifts. Several processes may do it at once: each takes
 * other requests, and rows are locked in the order of their ids.
 */
export async function takeLifts(
  db: LedgerDatabase,
  at: string,
  limit: number,
): Promise<{ readonly taken: number; readonly moved: readonly JobRef[] }> {
  const { rows } = await sql<TakenRow>`
    with taken as (
      delete from onboarding.lifts where id in
        (select id from onboarding.lifts order by id limit ${limit} for update skip locked)
      returning onboarding_id
    ), waiting as (
      select o.id from onboarding.onboardings o
      where o.id in (select onboarding_id from taken) and o.lane = 'bulk' and ${isOpenRow}
      order by o.id for update of o
    ), moved as (
      update onboarding.onboardings o set lane = 'live', updated_at = ${at}::timestamptz
      from waiting where o.id = waiting.id
      returning o.id, o.region, o.replays
    )
    select (select count(*) from taken) as taken, moved.id, moved.region, moved.replays
    from (select) as always left join moved on true`.execute(db);
  return {
    taken: rows[0]?.taken ?? 0,
    moved: rows.flatMap(({ id, region, replays }) =>
      id === null ? [] : [{ onboardingId: id, region, replays }],
    ),
  };
}
