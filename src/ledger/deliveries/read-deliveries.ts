import { sql } from 'kysely';
import type { DeliveryBacklog, DeliveryFilter, LoggedDelivery } from '../../domain/delivery.ts';
import { isDeliveryId, type DeliveryId } from '../../domain/ids.ts';
import type { Page } from '../../domain/listing.ts';
import { cursorAfter, readCursor } from '../cursor.ts';
import type { LedgerDatabase } from '../database/database.ts';
import { oneOf } from '../onboardings/conditions.ts';
import { storable } from '../database/values.ts';
import { DELIVERY_COLUMNS, toDelivery, toDeliveryAttempt } from './delivery-rows.ts';

/** One page, newest first, each with its attempts. */
export async function listDeliveries(
  db: LedgerDatabase,
  { status, onboardingId, type }: DeliveryFilter,
  { limit, cursor }: { limit: number; cursor?: string },
): Promise<Page<LoggedDelivery>> {
  let query = db
    .selectFrom('deliveries')
    .select(DELIVERY_COLUMNS)
    .orderBy('id', 'desc')
    // One more than asked tells whether there is a next page.
    .limit(limit + 1);
  if (status !== undefined) query = query.where('status', '=', status);
  if (type !== undefined) query = query.where('type', '=', type);
  if (onboardingId !== undefined) query = query.where('onboarding_id', '=', storable(onboardingId));
  if (cursor !== undefined) query = query.where('id', '<', readCursor(cursor, isDeliveryId));
  const rows = await query.execute();
  const shown = rows.slice(0, limit).map(toDelivery);
  const items = await withLogs(db, shown);
  const last = shown.at(-1);
  return { items, nextCursor: rows.length > limit && last !== undefined ? cursorAfter(last.id) : null };
}

export async function getDelivery(db: LedgerDatabase, id: DeliveryId): Promise<LoggedDelivery | undefined> {
  const row = await db
    .selectFrom('deliveries')
    .select(DELIVERY_COLUMNS)
    .where('id', '=', id)
    .executeTakeFirst();
  return row === undefined ? undefined : (await withLogs(db, [toDelivery(row)]))[0];
}

async function withLogs(
  db: LedgerDatabase,
  deliveries: readonly ReturnType<typeof toDelivery>[],
): Promise<readonly LoggedDelivery[]> {
  if (deliveries.length === 0) return [];
  const rows = await db
    .selectFrom('delivery_attempts')
    .selectAll()
    .where(
      oneOf(
        'delivery_id',
        deliveries.map(({ id }) => id),
      ),
    )
    .orderBy('number')
    .execute();
  return deliveries.map((delivery) => ({
    ...delivery,
    log: rows.filter((row) => row.delivery_id === delivery.id).map(toDeliveryAttempt),
  }));
}

/** @param now milliseconds since 1970 */
export async function deliveryBacklog(db: LedgerDatabase, now: number): Promise<DeliveryBacklog> {
  const { rows } = await sql<{ waiting: number; oldest: string | null; disabled: number }>`
    select count(*) as waiting, min(next_attempt_at) as oldest,
      (select count(*) from onboarding.endpoints where disabled_at is not null) as disabled
    from onboarding.deliveries where status = 'waiting'`.execute(db);
  const { waiting = 0, oldest = null, disabled = 0 } = rows[0] ?? {};
  return {
    waiting,
    oldestMs: oldest === null ? null : Math.max(0, now - Date.parse(oldest)),
    endpointsDisabled: disabled,
  };
}
