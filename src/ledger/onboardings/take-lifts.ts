import { sql } from 'kysely';
import type { OnboardingId } from '../../domain/ids.ts';
import type { LiftsTaken } from '../../domain/listing.ts';
import type { Region } from '../../domain/region.ts';
import type { LedgerDatabase } from '../database/database.ts';
import { isOpenRow } from './conditions.ts';
import { startLostOver } from './start-lost-over.ts';

interface TakenRow {
  taken: readonly string[];
  id: OnboardingId | null;
  region: Region;
  replays: number;
}

/**
 * Carries out what `onboarding.accept` left in the table of lifts: waiting bulk onboardings move to the live lane, and those
 * whose source was lost start over. Several processes may do it at once: each takes other requests, and rows are locked in
 * the order of their ids.
 */
export async function takeLifts(db: LedgerDatabase, at: string, limit: number): Promise<LiftsTaken> {
  return db.transaction().execute((transaction) => take(transaction, at, limit));
}

async function take(db: LedgerDatabase, at: string, limit: number): Promise<LiftsTaken> {
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
    select array(select onboarding_id from taken) as taken, moved.id, moved.region, moved.replays
    from (select) as always left join moved on true`.execute(db);
  const taken = rows[0]?.taken ?? [];
  const again = taken.length === 0 ? [] : await startLostOver(db, taken, { at, status: 'accepted' });
  return {
    taken: taken.length,
    again: again.length,
    moved: rows.flatMap(({ id, region, replays }) =>
      id === null ? [] : [{ onboardingId: id, region, replays }],
    ),
  };
}
