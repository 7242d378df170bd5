/**
 * The writes of new webhook deliveries, each a part of the statement or the transaction that makes true what it tells.
 * Without a receiver nothing is written.
 */
import { randomBytes } from 'node:crypto';
import type { AlertNews } from '../../domain/alert.ts';
import type { CircuitNews, EndpointNews, TestNews } from '../../domain/delivery.ts';
import { deliveryId, type DeliveryId } from '../../domain/ids.ts';
import { storableJson } from '../../domain/json.ts';
import type { LedgerDatabase } from '../database/database.ts';
import { ONBOARDING_COLUMNS } from '../onboardings/rows.ts';

/** @param at ISO 8601: ids sort by it */
export const newDeliveryId = (at: string): DeliveryId => deliveryId(Date.parse(at), randomBytes(16));

/**
 * The insert of the webhook deliveries of onboardings that a CTE has changed, for use as a CTE itself. It is a part of the
 * function `onboarding.save_rounds` too, so a change here needs a migration that replaces that function.
 * A `callbackUrl` gets it instead of WEBHOOK_URL; where there is neither, there is nothing to write.
 * @param changed the CTE's name; it has the columns of an onboarding, `ends` as the update counted it, and of each row the
 * `event` (null: nothing is told), `event_id`, `told_at`, `late` and `hours_left`
 * @param hasWebhook SQL for whether WEBHOOK_URL is set
 */
export const toldBy = (changed: string, hasWebhook: string): string =>
  `insert into onboarding.deliveries (id, type, onboarding_id, number, late, hours_left, destination, callback_url, data,
     began_at, next_attempt_at, created_at, updated_at)
   select e.event_id, e.event, e.id, e.ends, e.late, e.hours_left,
     case when e.callback_url is null then 'webhook' else 'callback' end, e.callback_url,
     jsonb_build_object(${ONBOARDING_COLUMNS.map((column) => `'${column}', e.${column}`).join(', ')}),
     e.told_at, e.told_at, e.told_at, e.told_at
   from ${changed} e
   where e.event is not null and (e.callback_url is not null or ${hasWebhook})`;

/** Tells the operator, in the given transaction. @param at ISO 8601 */
export async function recordNews(
  db: LedgerDatabase,
  news:
    | { type: 'region.circuitOpened' | 'region.circuitClosed'; data: CircuitNews; at: string }
    | { type: 'deliveries.disabled'; data: EndpointNews; at: string }
    | { type: 'webhook.test'; data: TestNews; at: string }
    | { type: 'alert'; data: AlertNews; at: string },
): Promise<DeliveryId> {
  const { type, data, at } = news;
  const id = newDeliveryId(at);
  await db
    .insertInto('deliveries')
    .values({
      id,
      type,
      destination: type === 'alert' ? 'alert' : 'webhook',
      data: storableJson(data),
      began_at: at,
      next_attempt_at: at,
      created_at: at,
      updated_at: at,
    })
    .execute();
  return id;
}
