import type { z } from 'zod';
import type { LoggedDelivery } from '../domain/delivery.ts';
import type { DeliverySchema } from './schemas-deliveries.ts';

/** A delivery as callers see it: its attempts one by one, in place of their count. */
export function deliveryView({
  log,
  errorCode: error,
  ...delivery
}: LoggedDelivery): z.infer<typeof DeliverySchema> {
  return {
    ...delivery,
    error,
    attempts: log.map(({ errorCode, ...attempt }) => ({ ...attempt, error: errorCode })),
  };
}
