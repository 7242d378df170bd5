import type { Clock } from '../../ports.ts';
import type { WebhookLedger } from '../../ports/webhooks.ts';
import type { LedgerDatabase } from '../database/database.ts';
import { claimDeliveries, releaseDelivery } from './claim.ts';
import { deliveryBacklog, getDelivery, listDeliveries } from './read-deliveries.ts';
import { disabledEndpoints } from './endpoints.ts';
import { replayDelivery } from './replay-delivery.ts';
import { saveDeliveryAttempt } from './save-attempt.ts';

/** The part of the port that is about webhooks, every call bounded as the caller says. */
export function createDeliveryLedger(
  db: LedgerDatabase,
  {
    bounded,
    clock,
    webhookUrl,
  }: {
    bounded: <T>(call: () => Promise<T>) => Promise<T>;
    clock: Pick<Clock, 'now'>;
    webhookUrl: string | undefined;
  },
): WebhookLedger {
  return {
    claimDeliveries: (claim) => bounded(() => claimDeliveries(db, claim, webhookUrl)),
    releaseDelivery: (run) => bounded(() => releaseDelivery(db, run)),
    saveDeliveryAttempt: (write) => bounded(() => saveDeliveryAttempt(db, write, webhookUrl)),
    getDelivery: (id) => bounded(() => getDelivery(db, id)),
    listDeliveries: (filter, page) => bounded(() => listDeliveries(db, filter, page)),
    replayDelivery: (id, request) => bounded(() => replayDelivery(db, id, { ...request, webhookUrl })),
    disabledEndpoints: (limit) => bounded(() => disabledEndpoints(db, limit)),
    deliveryBacklog: () => bounded(() => deliveryBacklog(db, new Date(clock.now()).toISOString())),
  };
}
