import type { DeliveryRef } from '../domain/delivery.ts';
import { isDeliveryId } from '../domain/ids.ts';

/** Which notification a job carries; what it says and where it goes stay in the ledger. `v`: see job-data.ts. */
export interface DeliveryJobData extends DeliveryRef {
  readonly v: 1;
  /** Milliseconds since 1970 from which on the job could have run. */
  readonly readyAt: number;
}

/** Undefined for anything that this version did not write, whatever its type. */
export function readDeliveryJobData(input: unknown): DeliveryJobData | undefined {
  if (typeof input !== 'object' || input === null) return undefined;
  const { v, deliveryId, replays, readyAt } = input as Record<string, unknown>;
  if (v !== 1 || typeof deliveryId !== 'string' || !isDeliveryId(deliveryId)) return undefined;
  if (typeof replays !== 'number' || !Number.isSafeInteger(replays) || replays < 0) return undefined;
  if (typeof readyAt !== 'number' || !Number.isFinite(readyAt)) return undefined;
  return { v, deliveryId, replays, readyAt };
}
