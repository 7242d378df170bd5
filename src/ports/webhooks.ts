import type {
  DeliveryBacklog,
  DeliveryClaim,
  DeliveryFilter,
  DeliveryRun,
  DeliverySaved,
  DeliveryWrite,
  DeliveryCounts,
  EndpointHealth,
  LoggedDelivery,
} from '../domain/delivery.ts';
import type { DeliveryId } from '../domain/ids.ts';
import type { Page } from '../domain/listing.ts';
import type { AlertLedger } from './alert-ledger.ts';

interface DeliveryOrder {
  readonly actor: string;
  readonly reason: string;
  readonly at: string;
}

/**
 * Webhook deliveries. They are written by what they tell of (saveRound, beginHold, endHold, beginAlert, endAlert), in the same commit; from
 * there on each row is its own place in the queue.
 */
export interface WebhookLedger extends AlertLedger {
  /** Leases deliveries that are due, longest due first; none that is leased already. */
  claimDeliveries(claim: DeliveryClaim): Promise<readonly DeliveryRun[]>;
  /** Ends the lease of a run that made no attempt; nothing happens when the run no longer has it. */
  releaseDelivery(run: DeliveryRun): Promise<void>;
  saveDeliveryAttempt(write: DeliveryWrite): Promise<DeliverySaved>;
  getDelivery(id: DeliveryId): Promise<LoggedDelivery | undefined>;
  /** Newest first. An unreadable cursor throws {@link InvalidCursorError}. */
  listDeliveries(
    filter: DeliveryFilter,
    page: { limit: number; cursor?: string },
  ): Promise<Page<LoggedDelivery>>;
  /** Sends it again with a full budget, whatever has become of it, and enables its endpoint; audited. */
  replayDelivery(
    id: DeliveryId,
    request: { actor: string; reason: string; at: string },
  ): Promise<LoggedDelivery | undefined>;
  /** Makes all that waits due, and enables the endpoints; audited, unless nothing waits. Gives back what waited. */
  sendDeliveriesNow(request: DeliveryOrder): Promise<DeliveryBacklog>;
  /** Sends WEBHOOK_URL a test event; audited. Undefined: there is no WEBHOOK_URL. */
  sendTestDelivery(request: DeliveryOrder): Promise<LoggedDelivery | undefined>;
  /** Whether WEBHOOK_URL is set. */
  readonly hasWebhook: boolean;
  /** WEBHOOK_URL and the callbacks that have failed: disabled ones first, then failing ones. */
  listEndpoints(limit: number): Promise<readonly EndpointHealth[]>;
  deliveryBacklog(): Promise<DeliveryBacklog>;
  deliveryCounts(): Promise<DeliveryCounts>;
}
