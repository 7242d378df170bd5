import type { DeliveryBacklog, LoggedDelivery } from '../domain/delivery.ts';
import type { DeliveryId } from '../domain/ids.ts';
import type { OperatorRequest } from '../domain/operator-request.ts';
import type { OperatorDeps } from './operator-deps.ts';

/**
 * Sends a webhook again, with the same id: one that was given up, one that waits for a later attempt, and also
 * one that was delivered, since a receiver may have lost it. Its endpoint is enabled again. Undefined: there is none.
 */
export async function replayDelivery(
  id: DeliveryId,
  { actor, reason, dryRun }: OperatorRequest,
  { ledger, clock, log }: DeliveryDeps,
): Promise<LoggedDelivery | undefined> {
  if (dryRun) return ledger.getDelivery(id);
  const at = new Date(clock.now()).toISOString();
  const delivery = await ledger.replayDelivery(id, { actor, reason, at });
  if (delivery !== undefined) log.info({ delivery_id: id, actor }, 'delivery.replayed');
  return delivery;
}

type DeliveryDeps = Pick<OperatorDeps, 'ledger' | 'clock' | 'log'>;

/** Makes every waiting webhook due now, whatever its backoff. Gives back what waited, and how many of it were due. */
export async function sendDeliveriesNow(
  { actor, reason, dryRun }: OperatorRequest,
  { ledger, clock, log }: DeliveryDeps,
): Promise<Pick<DeliveryBacklog, 'waiting' | 'due'>> {
  const at = new Date(clock.now()).toISOString();
  const { waiting, due } = dryRun
    ? await ledger.deliveryBacklog()
    : await ledger.sendDeliveriesNow({ actor, reason, at });
  if (!dryRun && waiting > 0) log.info({ actor, waiting, due }, 'deliveries.sent_now');
  return { waiting, due };
}

export type SentTest =
  | { readonly kind: 'sent'; readonly delivery: LoggedDelivery }
  | { readonly kind: 'wouldSend' }
  | { readonly kind: 'noWebhookUrl' };

/** Sends WEBHOOK_URL an event that is only a test, signed and retried like any other. */
export async function sendTestDelivery(
  { actor, reason, dryRun }: OperatorRequest,
  { ledger, clock, log }: DeliveryDeps,
): Promise<SentTest> {
  if (dryRun) return { kind: ledger.hasWebhook ? 'wouldSend' : 'noWebhookUrl' };
  const at = new Date(clock.now()).toISOString();
  const delivery = await ledger.sendTestDelivery({ actor, reason, at });
  if (delivery === undefined) return { kind: 'noWebhookUrl' };
  log.info({ delivery_id: delivery.id, actor }, 'delivery.test_sent');
  return { kind: 'sent', delivery };
}
