import { sql } from 'kysely';
import type { OnboardingId, ReplayId } from '../../domain/ids.ts';
import type { NewJob } from '../../domain/job.ts';
import type { Lane, Status } from '../../domain/onboarding.ts';
import type { Region } from '../../domain/region.ts';
import { nextStatus } from '../../domain/state-machine.ts';
import type { MovedBatch } from '../../domain/replay.ts';
import type { LedgerDatabase } from '../database/database.ts';
import { isDraining } from '../onboardings/conditions.ts';
import { startingOver } from '../onboardings/replay.ts';

interface Worked {
  readonly moving: number;
  readonly status: string;
  readonly actor: string;
  readonly reason: string;
  readonly movedThrough: number;
  readonly allowed: number;
}

const FROM = 'failed' satisfies Status;
const LANE = 'bulk' satisfies Lane;

export async function moveReplayBatch(
  db: LedgerDatabase,
  id: ReplayId,
  { holder, limit, at }: { holder: string; limit: number; at: string },
): Promise<MovedBatch | undefined> {
  return db.transaction().execute(async (transaction) => {
    const worked = await lock(transaction, id, holder);
    if (worked === undefined) return undefined;
    const isNext = worked.moving === 0 && worked.status === 'running';
    const most = Math.min(limit, worked.allowed);
    const standing = { taken: 0, moving: worked.moving };
    const batch = isNext && most > 0 ? await move(transaction, id, { ...worked, most, at }) : standing;
    return { ...batch, jobs: batch.moving === 0 ? [] : await movingJobs(transaction, id) };
  });
}

/**
 * The replay, locked for the holder of its lease. How many the rate allows follows from the time since the last ones
 * were moved, which the row holds: a restart changes nothing, and a second is the most that is made up for.
 */
async function lock(db: LedgerDatabase, id: ReplayId, holder: string): Promise<Worked | undefined> {
  const { rows } = await sql<Worked>`
    select moving, status, actor, reason, moved_through as "movedThrough", coalesce(
      floor(extract(epoch from now() - greatest(paced_from, now() - interval '1 second')) * rate_per_second),
      2147483647)::integer as allowed
    from onboarding.replays where id = ${id} and is_open and leased_by = ${holder} for update`.execute(db);
  return rows[0];
}

/**
 * Gives the next members their turn, in one statement: those that are still failed at the number at which they were
 * when the set was fixed start over, all others are skipped, as are those of a Region that is being drained. A row that
 * another transaction holds is waited for, and judged as it is then.
 */
async function move(
  db: LedgerDatabase,
  id: ReplayId,
  { most, at, actor, reason, movedThrough }: Worked & { most: number; at: string },
): Promise<Omit<MovedBatch, 'jobs'>> {
  const status = nextStatus(FROM, 'replay');
  if (status === undefined) throw new Error('A failed onboarding cannot be replayed any more.');
  const { rows } = await sql<Omit<MovedBatch, 'jobs'>>`
    with taken as (
      select number, onboarding_id, replays from onboarding.replay_members
      where replay_id = ${id} and number > ${movedThrough} and number <= ${movedThrough + most}
    ), found as (
      select o.* from onboarding.onboardings o join taken t on o.id = t.onboarding_id
      where o.status = ${sql.lit(FROM)} and o.replays = t.replays and not ${isDraining}
      order by o.id for update of o
    ), ${startingOver({ status, actor, reason, at, replayId: id, lane: LANE })},
    noted as (
      update onboarding.replay_members m set
        state = case when t.onboarding_id in (select id from restarted) then 'queued' else 'skipped' end
      from taken t where m.replay_id = ${id} and m.number = t.number
    ), counted as (
      select (select count(*) from taken) as taken, (select count(*) from restarted) as moved
    )
    update onboarding.replays p set
      moving = counted.moved, skipped = p.skipped + counted.taken - counted.moved, updated_at = ${at}::timestamptz,
      moved_through = p.moved_through + counted.taken,
      carried_through = p.carried_through + case when counted.moved = 0 then counted.taken else 0 end,
      paced_from = greatest(p.paced_from, now() - interval '1 second')
        + coalesce(counted.taken * interval '1 second' / p.rate_per_second, interval '0')
    from counted where p.id = ${id} and counted.taken > 0
    returning counted.taken, p.moving`.execute(db);
  return rows[0] ?? { taken: 0, moving: 0 };
}

/** The jobs of what was moved and not reported as queued; a row that was deleted since has none. */
async function movingJobs(db: LedgerDatabase, id: ReplayId): Promise<readonly NewJob[]> {
  const { rows } = await sql<{ onboardingId: OnboardingId; replays: number; region: Region }>`
    select o.id as "onboardingId", m.replays + 1 as replays, o.region
    from onboarding.replays p
    join onboarding.replay_members m on m.replay_id = p.id
      and m.number > p.carried_through and m.number <= p.moved_through and m.state = 'queued'
    join onboarding.onboardings o on o.id = m.onboarding_id
    where p.id = ${id} order by m.number`.execute(db);
  return rows.map((row) => ({ ...row, lane: LANE }));
}

/** Counts them as queued, once: who lost the lease, or comes a second time, finds none that are moving. */
export async function replayBatchQueued(
  db: LedgerDatabase,
  id: ReplayId,
  { holder, at }: { holder: string; at: string },
): Promise<void> {
  await sql`
    update onboarding.replays set queued = queued + moving, moving = 0, carried_through = moved_through,
      updated_at = ${at}::timestamptz
    where id = ${id} and leased_by = ${holder} and moving > 0`.execute(db);
}
