import type { WaitingDelivery } from '../domain/delivery.ts';
import type { DeliveryId } from '../domain/ids.ts';
import type { Clock } from '../ports.ts';
import type { DeliveryLedger } from '../ports/delivery-ledger.ts';
import type { DeliveryQueue } from '../ports/notifications.ts';

export interface DeliveryRescueDeps {
  readonly ledger: Pick<DeliveryLedger, 'overdueDeliveries' | 'unqueueDeliveries' | 'unqueueNextDeliveries'>;
  readonly deliveries: Pick<DeliveryQueue, 'presence'>;
  readonly clock: Pick<Clock, 'now'>;
}

/** A job whose time has come is taken within moments, unless all places are taken. */
const OVERDUE_MS = 60_000;
const BATCH = 500;
/** What is overdue beyond that waits for the next pass. */
const BATCHES_PER_PASS = 20;

/**
 * Finds the notifications whose job is gone, or finished with the row still waiting, and says so in the row: the relay
 * then carries them anew. When the queue has lost its data that is all of them. Gives back how many there were.
 */
export async function rescueDeliveries(
  deps: DeliveryRescueDeps,
  queueLost: boolean,
  signal: AbortSignal,
): Promise<number> {
  return queueLost ? rescueAll(deps, signal) : rescueOverdue(deps, signal);
}

async function rescueAll({ ledger }: DeliveryRescueDeps, signal: AbortSignal): Promise<number> {
  let rescued = 0;
  let after: DeliveryId | undefined;
  while (!signal.aborted) {
    // By keyset, because the relay queues them again meanwhile.
    const ids = await ledger.unqueueNextDeliveries({
      limit: BATCH,
      ...(after === undefined ? {} : { after }),
    });
    rescued += ids.length;
    after = ids.at(-1);
    if (ids.length < BATCH) break;
  }
  return rescued;
}

async function rescueOverdue(
  { ledger, deliveries, clock }: DeliveryRescueDeps,
  signal: AbortSignal,
): Promise<number> {
  const dueBefore = new Date(clock.now() - OVERDUE_MS).toISOString();
  let rescued = 0;
  let after: WaitingDelivery | undefined;
  for (let batches = 0; batches < BATCHES_PER_PASS && !signal.aborted; batches += 1) {
    const rows = await ledger.overdueDeliveries({
      dueBefore,
      limit: BATCH,
      ...(after === undefined ? {} : { after }),
    });
    if (rows.length === 0) break;
    const presences = await deliveries.presence(rows);
    const lost = rows.filter((_, index) => presences[index] === 'absent' || presences[index] === 'finished');
    rescued += await ledger.unqueueDeliveries(lost);
    after = rows.at(-1);
    if (rows.length < BATCH) break;
  }
  return rescued;
}
