import { sql } from 'kysely';
import type { ReplayId } from '../../domain/ids.ts';
import type { ReplaySettled } from '../../domain/replay.ts';
import type { LedgerDatabase } from '../database/database.ts';
import { REPLAY, withWaiting } from './replay-tables.ts';

/** Of how many members in a row those that are still at work are looked for at once. */
const SPAN = 20_000;

/** The member's state says how it ended, and the counts follow in the same commit: whatever dies, each counts once. */
export async function settleReplay(
  db: LedgerDatabase,
  id: ReplayId,
  { holder, after, limit, at }: { holder: string; after: number; limit: number; at: string },
): Promise<ReplaySettled | undefined> {
  return db.transaction().execute(async (transaction) => {
    const replay = await transaction
      .selectFrom('replays')
      .select('carried_through')
      .where('id', '=', id)
      .where('is_open', '=', sql.lit(true))
      .where('leased_by', '=', holder)
      .forUpdate()
      .executeTakeFirst();
    if (replay === undefined) return undefined;
    const through = replay.carried_through;
    const found = await settle(transaction, id, { after, to: Math.min(after + SPAN, through), limit, at });
    return { ...found, isEnd: found.through >= through, over: await endIfOver(transaction, id, at) };
  });
}

/**
 * Members that are at a later replay by now have ended too: who replayed them found them ended, and the audit says
 * how. One whose row was deleted will never end otherwise. The index holds the queued ones alone, so the cost follows what is still at work.
 */
async function settle(
  db: LedgerDatabase,
  id: ReplayId,
  { after, to, limit, at }: { after: number; to: number; limit: number; at: string },
): Promise<Omit<ReplaySettled, 'isEnd' | 'over'>> {
  const { rows } = await sql<{ looked: number; settled: number; last: number | null }>`
    with looked as (
      select number, onboarding_id, replays + 1 as replay from onboarding.replay_members
      where replay_id = ${id} and state = 'queued' and number > ${after} and number <= ${to}
      order by number limit ${limit}
    ), ended as (
      select l.number, case when o.id is null then 'cancelled' when o.replays = l.replay then o.status else coalesce(
        (select a.before ->> 'status' from onboarding.audit a
         where a.subject = o.id and a.action = 'replay' and (a.before ->> 'replays')::integer = l.replay
         order by a.id limit 1), 'failed') end as state
      from looked l left join onboarding.onboardings o on o.id = l.onboarding_id
      where o.id is null or o.replays > l.replay or o.completed_at is not null
    ), settled as (
      update onboarding.replay_members m set state = ended.state from ended
      where m.replay_id = ${id} and m.number = ended.number
      returning m.state
    ), counted as (
      select count(*) as settled,
        count(*) filter (where state = 'provisioned') as provisioned,
        count(*) filter (where state = 'failed') as failed,
        count(*) filter (where state = 'cancelled') as cancelled
      from settled
    ), noted as (
      update onboarding.replays p set updated_at = ${at}::timestamptz, provisioned = p.provisioned + counted.provisioned,
        failed = p.failed + counted.failed, cancelled = p.cancelled + counted.cancelled
      from counted where p.id = ${id} and counted.settled > 0
    )
    select (select count(*) from looked) as looked, counted.settled, (select max(number) from looked) as last
    from counted`.execute(db);
  const { looked, settled, last } = rows[0] ?? { looked: 0, settled: 0, last: null };
  return { looked, settled, through: looked === limit && last !== null ? last : to };
}

/** Nothing is left to do when all have had their turn, or never will, and all that were queued have ended. */
async function endIfOver(db: LedgerDatabase, id: ReplayId, at: string): Promise<ReplaySettled['over']> {
  const row = await db
    .updateTable('replays')
    .set((eb) => ({
      is_open: false,
      leased_by: null,
      leased_until: null,
      status: sql`case when status = 'running' then 'completed' else status end`,
      updated_at: at,
      ended_at: eb.fn.coalesce('ended_at', sql<string>`${at}::timestamptz`),
    }))
    .where('id', '=', id)
    .where('moving', '=', 0)
    .where(sql<boolean>`provisioned + failed + cancelled = queued`)
    .where((eb) => eb.or([eb('status', '=', 'cancelled'), sql<boolean>`queued + skipped = matched`]))
    .returning(REPLAY)
    .executeTakeFirst();
  return row && withWaiting(row);
}
