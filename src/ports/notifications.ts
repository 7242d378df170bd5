/** The doors of notifications, beside the ledger's: the queue that carries them, and the endpoints that are told. */
import type { DeliveryJobRun, DeliveryRef, Destination } from '../domain/delivery.ts';
import type { SendResult } from '../domain/delivery-policy.ts';
import type { DeliveryId } from '../domain/ids.ts';
import type { JobPresence, JobVerdict } from '../domain/job.ts';
import type { JobConsumer } from '../ports.ts';

export type DeliveryHandler = (run: DeliveryJobRun, signal: AbortSignal) => Promise<JobVerdict>;

/** The carrier of deliveries, beside that of onboardings and with the same promises. */
export interface DeliveryQueue {
  /** Puts them into the queue; what is kept of a finished job of the same name is removed first. */
  add(deliveries: readonly (DeliveryRef & { delayMs: number })[]): Promise<void>;
  presence(refs: readonly DeliveryRef[]): Promise<readonly JobPresence[]>;
  consume(handler: DeliveryHandler): JobConsumer;
}

export interface Notifier {
  /**
   * One signed POST, bounded in time and in what is read of the answer; no redirect is followed. A `callback` goes only
   * where a callback may. What became of it is a value; an aborted signal rejects with its reason.
   */
  send(
    message: { id: DeliveryId; url: string; destination: Destination; body: string },
    signal: AbortSignal,
  ): Promise<SendResult>;
}
