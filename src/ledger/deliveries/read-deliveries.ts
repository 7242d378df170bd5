import { sql } from 'kysely';
import { FAILING_AFTER_FAILURES, FAILING_WITHIN_MS } from '../../domain/delivery-policy.ts';
import {
  DELIVERIES_COUNTED,
  DELIVERY_STATUSES,
  type DeliveryBacklog,
  type DeliveryCounts,
  type DeliveryFilter,
  type LoggedDelivery,
} from '../../domain/delivery.ts';
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
  const at = new Date(now).toISOString();
  const lately = new Date(now - FAILING_WITHIN_MS).toISOString();
  const { rows } = await sql<{
    waiting: number;
    due: number;
    oldest: string | null;
    failing: number;
    disabled: number;
  }>`
    select count(*) as waiting, count(*) filter (where next_attempt_at <= ${at}) as due,
      min(next_attempt_at) as oldest,
      (select count(*) from onboarding.endpoints where disabled_at is null
         and failures >= ${FAILING_AFTER_FAILURES} and last_failed_at > ${lately}) as failing,
      (select count(*) from onboarding.endpoints where disabled_at is not null) as disabled
    from onboarding.deliveries where status = 'waiting'`.execute(db);
  const { waiting = 0, due = 0, oldest = null, failing = 0, disabled = 0 } = rows[0] ?? {};
  return {
    waiting,
    due,
    oldestMs: oldest === null ? null : Math.max(0, now - Date.parse(oldest)),
    endpointsFailing: failing,
    endpointsDisabled: disabled,
  };
}

/** Each by the index on statuses, as far as it is counted. */
export async function deliveryCounts(db: LedgerDatabase): Promise<DeliveryCounts> {
  const counted = await Promise.all(
    DELIVERY_STATUSES.map(async (status) => {
      const { rows } = await sql<{ size: number }>`select count(*) as size from (
        select 1 from onboarding.deliveries where status = ${status} limit ${DELIVERIES_COUNTED + 1}) as counted`.execute(
        db,
      );
      return [status, rows[0]?.size ?? 0] as const;
    }),
  );
  return Object.fromEntries(counted) as DeliveryCounts;
}
