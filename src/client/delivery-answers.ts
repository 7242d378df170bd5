import type { Delivery, DeliveryAttempt, DeliveryFilter } from '../domain/delivery.ts';

/** One call of an endpoint. `error`: `Http<status>`, or why there was no answer. */
export type DeliveryAttemptAnswer = Omit<DeliveryAttempt, 'errorCode'> & { readonly error: string | null };

/** A webhook delivery with every attempt. */
export type DeliveryAnswer = Omit<Delivery, 'attempts' | 'errorCode'> & {
  readonly error: string | null;
  readonly attempts: readonly DeliveryAttemptAnswer[];
};

export type DeliveriesFilter = DeliveryFilter;
