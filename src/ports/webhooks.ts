import type {
  DeliveryBacklog,
  DeliveryClaim,
  DeliveryFilter,
  DeliveryRun,
  DeliverySaved,
  DeliveryWrite,
  DisabledEndpoint,
  LoggedDelivery,
} from '../domain/delivery.ts';
import type { DeliveryId } from '../domain/ids.ts';
import type { Page } from '../domain/listing.ts';

/**
 * Webhook deliveries. They are written by what they tell of (saveRound, beginHold, endHold), in the same commit; from
 * there on each row is its own place in the queue.
 */
export interface WebhookLedger {
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
  /** The endpoints that are sent nothing any more, the last one to be disabled first. */
  disabledEndpoints(limit: number): Promise<readonly DisabledEndpoint[]>;
  deliveryBacklog(): Promise<DeliveryBacklog>;
}
