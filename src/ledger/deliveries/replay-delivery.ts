import type { DeliveryBacklog, LoggedDelivery } from '../../domain/delivery.ts';
import type { DeliveryId } from '../../domain/ids.ts';
import { recordAudit } from '../audit/record-audit.ts';
import type { LedgerDatabase } from '../database/database.ts';
import { enableAllEndpoints, enableEndpoint } from './endpoints.ts';
import { deliveryBacklog, getDelivery } from './read-deliveries.ts';
import { addressOf, type Receivers } from './receivers.ts';
import { recordNews } from './record-events.ts';

/**
 * Sends a delivery again, whatever has become of it, with the same id and a full budget, and enables its endpoint.
 * A run of the replay before has lost its lease, and its result is kept as an attempt alone.
 */
export async function replayDelivery(
  db: LedgerDatabase,
  id: DeliveryId,
  request: { actor: string; reason: string; at: string; receivers: Receivers },
): Promise<LoggedDelivery | undefined> {
  const { actor, reason, at, receivers } = request;
  return db.transaction().execute(async (transaction) => {
    const before = await transaction
      .selectFrom('deliveries')
      .select(['status', 'error_code', 'attempts', 'replays', 'destination', 'callback_url'])
      .where('id', '=', id)
      .forUpdate()
      .executeTakeFirst();
    if (before === undefined) return undefined;
    await transaction
      .updateTable('deliveries')
      .set({
        status: 'waiting',
        error_code: null,
        replays: before.replays + 1,
        tries: 0,
        began_at: at,
        next_attempt_at: at,
        leased_until: null,
        delivered_at: null,
        updated_at: at,
      })
      .where('id', '=', id)
      .execute();
    const url = addressOf(before, receivers);
    if (url !== undefined) await enableEndpoint(transaction, url);
    const { status, error_code: errorCode, attempts, replays } = before;
    await recordAudit(transaction, {
      at,
      actor,
      action: 'replayDelivery',
      subject: id,
      reason,
      before: { status, errorCode, attempts, replays },
      after: { status: 'waiting', errorCode: null, attempts, replays: replays + 1 },
    });
    return getDelivery(transaction, id);
  });
}

interface Order {
  readonly actor: string;
  readonly reason: string;
  readonly at: string;
}

/** Makes every waiting delivery due, and enables the endpoints; gives back what waited before. */
export async function sendDeliveriesNow(
  db: LedgerDatabase,
  { actor, reason, at }: Order,
): Promise<DeliveryBacklog> {
  return db.transaction().execute(async (transaction) => {
    const backlog = await deliveryBacklog(transaction, Date.parse(at));
    if (backlog.waiting === 0) return backlog;
    const { waiting, due } = backlog;
    await transaction
      .updateTable('deliveries')
      .set({ next_attempt_at: at, updated_at: at })
      .where('status', '=', 'waiting')
      .where('next_attempt_at', '>', at)
      .execute();
    await enableAllEndpoints(transaction);
    await recordAudit(transaction, {
      at,
      actor,
      action: 'sendDeliveries',
      subject: 'deliveries',
      reason,
      before: { waiting, due },
      after: { waiting, due: waiting },
    });
    return backlog;
  });
}

/** Writes a test event for WEBHOOK_URL. */
export async function sendTestDelivery(
  db: LedgerDatabase,
  { actor, reason, at }: Order,
): Promise<LoggedDelivery | undefined> {
  return db.transaction().execute(async (transaction) => {
    const id = await recordNews(transaction, { type: 'webhook.test', data: { sentBy: actor }, at });
    const after = { status: 'waiting', errorCode: null, attempts: 0, replays: 0 } as const;
    await recordAudit(transaction, {
      at,
      actor,
      action: 'testDelivery',
      subject: id,
      reason,
      before: null,
      after,
    });
    return getDelivery(transaction, id);
  });
}
