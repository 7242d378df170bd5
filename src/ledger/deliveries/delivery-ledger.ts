import type { Clock } from '../../ports.ts';
import type { DeliveryLedger } from '../../ports/delivery-ledger.ts';
import type { LedgerDatabase } from '../database.ts';
import {
  markDeliveriesQueued,
  overdueDeliveries,
  unqueuedDeliveries,
  unqueueDeliveries,
  unqueueNextDeliveries,
} from './carry.ts';
import { deliveryBacklog, getDelivery, listDeliveries, loadDelivery } from './read-deliveries.ts';
import { disabledEndpoints } from './endpoints.ts';
import { replayDelivery } from './replay-delivery.ts';
import { saveDeliveryAttempt } from './save-attempt.ts';

/** The part of the port that is about notifications, every call bounded as the caller says. */
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
): DeliveryLedger {
  return {
    unqueuedDeliveries: (limit) => bounded(() => unqueuedDeliveries(db, limit)),
    markDeliveriesQueued: (refs, at) => bounded(() => markDeliveriesQueued(db, refs, at)),
    unqueueDeliveries: (refs) => bounded(() => unqueueDeliveries(db, refs)),
    unqueueNextDeliveries: (query) => bounded(() => unqueueNextDeliveries(db, query)),
    overdueDeliveries: (query) => bounded(() => overdueDeliveries(db, query)),
    loadDelivery: (id) => bounded(() => loadDelivery(db, id, webhookUrl)),
    saveDeliveryAttempt: (write) => bounded(() => saveDeliveryAttempt(db, write, webhookUrl)),
    getDelivery: (id) => bounded(() => getDelivery(db, id)),
    listDeliveries: (filter, page) => bounded(() => listDeliveries(db, filter, page)),
    replayDelivery: (id, request) => bounded(() => replayDelivery(db, id, { ...request, webhookUrl })),
    disabledEndpoints: (limit) => bounded(() => disabledEndpoints(db, limit)),
    deliveryBacklog: () => bounded(() => deliveryBacklog(db, new Date(clock.now()).toISOString())),
  };
}
