import type { Clock } from '../../ports.ts';
import type { WebhookLedger } from '../../ports/webhooks.ts';
import type { Bounded } from '../database/calls-on.ts';
import type { LedgerDatabase } from '../database/database.ts';
import { claimDeliveries } from './claim.ts';
import { deliveryBacklog } from './read-deliveries.ts';
import type { Receivers } from './receivers.ts';
import { replayDelivery, sendTestDelivery } from './replay-delivery.ts';
import { saveDeliveryAttempt } from './save-attempt.ts';

type DeliveryCalls = Pick<
  WebhookLedger,
  | 'claimDeliveries'
  | 'saveDeliveryAttempt'
  | 'replayDelivery'
  | 'sendTestDelivery'
  | 'hasWebhook'
  | 'deliveryBacklog'
>;

/** The calls that need to know the receivers, or what time it is. */
export function deliveryCalls(
  db: LedgerDatabase,
  bounded: Bounded,
  { clock, receivers }: { clock: Pick<Clock, 'now'>; receivers: Receivers },
): DeliveryCalls {
  const hasWebhook = receivers.webhookUrl !== undefined;
  return {
    hasWebhook,
    claimDeliveries: (claim) => bounded(() => claimDeliveries(db, claim, receivers)),
    saveDeliveryAttempt: (write) => bounded(() => saveDeliveryAttempt(db, write, receivers)),
    replayDelivery: (delivery, by) => bounded(() => replayDelivery(db, delivery, { ...by, receivers })),
    sendTestDelivery: async (order) => (hasWebhook ? bounded(() => sendTestDelivery(db, order)) : undefined),
    deliveryBacklog: () => bounded(() => deliveryBacklog(db, clock.now())),
  };
}
