/** What a delivery's way through the queue needs of the ledger: which are not there yet, and which may be lost. */
import { sql } from 'kysely';
import type { DeliveryRef, WaitingDelivery } from '../../domain/delivery.ts';
import type { DeliveryId } from '../../domain/ids.ts';
import type { LedgerDatabase } from '../database.ts';
import { oneOf } from '../one-of.ts';

/** Those that no job carries, oldest first. */
export async function unqueuedDeliveries(
  db: LedgerDatabase,
  limit: number,
): Promise<readonly WaitingDelivery[]> {
  const rows = await waiting(db).where('queued_at', 'is', null).orderBy('id').limit(limit).execute();
  return rows.map(toWaiting);
}

/** Those whose time came at or before `dueBefore` and that a job should carry, longest due first. */
export async function overdueDeliveries(
  db: LedgerDatabase,
  { dueBefore, limit, after }: { dueBefore: string; limit: number; after?: WaitingDelivery },
): Promise<readonly WaitingDelivery[]> {
  let query = waiting(db)
    .where('queued_at', 'is not', null)
    .where('next_attempt_at', '<=', dueBefore)
    .orderBy('next_attempt_at')
    .orderBy('id')
    .limit(limit);
  if (after !== undefined) {
    const { nextAttemptAt: at, deliveryId: id } = after;
    query = query.where((eb) =>
      eb.or([eb('next_attempt_at', '>', at), eb.and([eb('next_attempt_at', '=', at), eb('id', '>', id)])]),
    );
  }
  return (await query.execute()).map(toWaiting);
}

/** Notes that jobs carry them; one that was replayed meanwhile is left for the next look. */
export async function markDeliveriesQueued(
  db: LedgerDatabase,
  refs: readonly DeliveryRef[],
  at: string,
): Promise<void> {
  if (refs.length === 0) return;
  await sql`
    with carried as (
      select d.id from onboarding.deliveries d
      join jsonb_to_recordset(${JSON.stringify(refs)}::jsonb) as ref ("deliveryId" text, replays integer)
        on d.id = ref."deliveryId" and d.replays = ref.replays
      where d.status = 'waiting' order by d.id for update of d
    )
    update onboarding.deliveries d set queued_at = ${at}::timestamptz from carried where d.id = carried.id`.execute(
    db,
  );
}

/** Notes that no job carries them any more. Gives back how many there were. */
export async function unqueueDeliveries(db: LedgerDatabase, refs: readonly DeliveryRef[]): Promise<number> {
  if (refs.length === 0) return 0;
  const { numUpdatedRows } = await db
    .updateTable('deliveries')
    .set({ queued_at: null })
    .where('status', '=', 'waiting')
    .where('queued_at', 'is not', null)
    .where(
      oneOf(
        'id',
        refs.map(({ deliveryId }) => deliveryId),
      ),
    )
    .executeTakeFirstOrThrow();
  return Number(numUpdatedRows);
}

/**
 * The same for all that wait, in the order of their ids, so many at a time: with a dead endpoint there may be more
 * than one statement can do in its time. The last id stands for the place where to go on.
 */
export async function unqueueNextDeliveries(
  db: LedgerDatabase,
  { limit, after }: { limit: number; after?: DeliveryId },
): Promise<readonly DeliveryId[]> {
  const { rows } = await sql<{ id: string }>`
    with batch as (
      select d.id from onboarding.deliveries d
      where d.status = 'waiting' and d.queued_at is not null and d.id > ${after ?? ''}
      order by d.id limit ${limit} for update of d
    )
    update onboarding.deliveries d set queued_at = null from batch where d.id = batch.id
    returning d.id`.execute(db);
  return rows.map(({ id }) => id as DeliveryId).sort();
}

const waiting = (db: LedgerDatabase) =>
  db.selectFrom('deliveries').select(['id', 'replays', 'next_attempt_at']).where('status', '=', 'waiting');

function toWaiting(row: { id: string; replays: number; next_attempt_at: string | null }): WaitingDelivery {
  return { deliveryId: row.id as DeliveryId, replays: row.replays, nextAttemptAt: row.next_attempt_at ?? '' };
}
