/**
 * The writes of new notifications, each a part of the statement or the transaction that makes true what it tells.
 * Nothing is written that nobody is to be told.
 */
import { randomBytes } from 'node:crypto';
import { sql, type RawBuilder } from 'kysely';
import type { CircuitNews, EndpointNews } from '../../domain/delivery.ts';
import { deliveryId, type DeliveryId } from '../../domain/ids.ts';
import type { Status } from '../../domain/onboarding.ts';
import type { LedgerDatabase } from '../database.ts';
import { onboardingColumns } from '../rows.ts';

/** @param at ISO 8601: ids sort by it */
export const newDeliveryId = (at: string): DeliveryId => deliveryId(Date.parse(at), randomBytes(16));

/** The statuses whose coming is told. */
const ENDS = ['provisioned', 'failed', 'cancelled'] as const satisfies readonly Status[];

/**
 * What an update that ends onboardings (table `o`) returns for {@link recordEnds}: the new row, `ends` counted on by
 * the update itself, and for each row the id of its notification.
 */
export function endedRow({ late, eventId }: { late: RawBuilder<unknown>; eventId: RawBuilder<unknown> }) {
  return sql`${onboardingColumns}, o.ends, ${late} as late, ${eventId} as event_id`;
}

/**
 * The insert of the notifications of all rows in a CTE that returned an {@link endedRow}, for use as a CTE itself.
 * The results of job runs are told likewise by `onboarding.save_rounds`, a function of the database: change both.
 * A `callbackUrl` is told in place of WEBHOOK_URL; where there is neither, there is nothing to write.
 * @param hasWebhook whether WEBHOOK_URL is set
 */
export function recordEnds(ended: string, hasWebhook: boolean): RawBuilder<unknown> {
  const rows = sql.ref(ended);
  return sql`
    insert into onboarding.deliveries (id, type, onboarding_id, number, late, destination, callback_url, data,
      began_at, next_attempt_at, created_at, updated_at)
    select e.event_id, 'onboarding.' || e.status, e.id, e.ends, e.late,
      case when e.callback_url is null then 'webhook' else 'callback' end, e.callback_url,
      to_jsonb(e) - 'ends' - 'late' - 'event_id', e.updated_at, e.updated_at, e.updated_at, e.updated_at
    from ${rows} e
    where e.status in (${sql.join(ENDS.map((status) => sql.lit(status)))})
      and (e.callback_url is not null or ${sql.lit(hasWebhook)})`;
}

/** Tells the operator, in the transaction that is handed in. @param at ISO 8601 */
export async function recordNews(
  db: LedgerDatabase,
  news:
    | { type: 'region.circuitOpened' | 'region.circuitClosed'; data: CircuitNews; at: string }
    | { type: 'deliveries.disabled'; data: EndpointNews; at: string },
): Promise<void> {
  const { type, data, at } = news;
  await db
    .insertInto('deliveries')
    .values({
      id: newDeliveryId(at),
      type,
      destination: 'webhook',
      data: JSON.stringify(data),
      began_at: at,
      next_attempt_at: at,
      created_at: at,
      updated_at: at,
    })
    .execute();
}
