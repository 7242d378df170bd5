import type {
  DeliveryBacklog,
  DeliveryFilter,
  DeliveryRef,
  DeliveryRun,
  DeliverySaved,
  DeliveryWrite,
  DisabledEndpoint,
  LoggedDelivery,
  WaitingDelivery,
} from '../domain/delivery.ts';
import type { DeliveryId } from '../domain/ids.ts';
import type { Page } from '../domain/listing.ts';

/**
 * Notifications. They are written by what they tell of (saveRound, beginHold, endHold), in the same commit; from there
 * on each is a row that waits, and the queue only carries it.
 */
export interface DeliveryLedger {
  /** Those that no job carries, oldest first. */
  unqueuedDeliveries(limit: number): Promise<readonly WaitingDelivery[]>;
  markDeliveriesQueued(refs: readonly DeliveryRef[], at: string): Promise<void>;
  /** Notes that no job carries them any more; gives back how many there were. */
  unqueueDeliveries(refs: readonly DeliveryRef[]): Promise<number>;
  /** The same for all that wait, so many at a time, by their ids in order; gives back the ids. */
  unqueueNextDeliveries(query: { limit: number; after?: DeliveryId }): Promise<readonly DeliveryId[]>;
  /** Those whose time came at or before `dueBefore` and that a job should carry, longest due first, by keyset. */
  overdueDeliveries(query: {
    dueBefore: string;
    limit: number;
    after?: WaitingDelivery;
  }): Promise<readonly WaitingDelivery[]>;
  loadDelivery(id: DeliveryId): Promise<DeliveryRun | undefined>;
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
