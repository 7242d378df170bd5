import type { Clock } from '../ports.ts';
import type { DeliveryLedger } from '../ports/delivery-ledger.ts';
import type { DeliveryQueue } from '../ports/notifications.ts';

export interface RelayDeps {
  readonly ledger: Pick<DeliveryLedger, 'unqueuedDeliveries' | 'markDeliveriesQueued'>;
  readonly queue: Pick<DeliveryQueue, 'add'>;
  readonly clock: Clock;
}

/**
 * Puts what waits in the ledger into the queue. The only way there: whatever writes a notification only writes a row,
 * so that nothing is lost with the process that wrote it, and whoever finds one lost only says so in the row. Any
 * number of relays may run: a job is added once under its name.
 */
export interface Relay {
  /** Carries all there are now; gives back how many. */
  carry(signal: AbortSignal): Promise<number>;
}

const BATCH = 200;

export function createRelay({ ledger, queue, clock }: RelayDeps): Relay {
  return {
    async carry(signal) {
      let carried = 0;
      while (!signal.aborted) {
        const batch = await ledger.unqueuedDeliveries(BATCH);
        const now = clock.now();
        await queue.add(
          batch.map(({ deliveryId, replays, nextAttemptAt }) => ({
            deliveryId,
            replays,
            delayMs: Date.parse(nextAttemptAt) - now,
          })),
        );
        await ledger.markDeliveriesQueued(
          batch.map(({ deliveryId, replays }) => ({ deliveryId, replays })),
          new Date(now).toISOString(),
        );
        carried += batch.length;
        if (batch.length < BATCH) break;
      }
      return carried;
    },
  };
}
