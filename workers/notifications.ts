import type { Service } from '../src/compose.ts';
import { LedgerUnavailableError, QueueUnavailableError } from '../src/domain/unavailable.ts';
import type { Clock, Log } from '../src/ports.ts';
import { aborted } from '../src/runtime/aborted.ts';
import { StuckError, type Runnable } from '../src/runtime/supervisor.ts';

/** How long a notification may lie in the ledger before it is in the queue. */
const RELAY_EVERY_MS = 500;

/** What is left of the stop deadline for closing connections after the consumer has put its jobs back. */
const CLOSING_MS = 1_000;

/**
 * Carries notifications from the ledger into the queue and calls their endpoints; at the stop unfinished calls are cut
 * and go back unspent. Throws StuckError, after the same stop, when the consumer is stuck for good.
 */
export function notificationsWorker(
  { notifications }: Pick<Service, 'notifications'>,
  { stopDeadlineMs, clock, log }: { stopDeadlineMs: number; clock: Clock; log: Log },
): Runnable {
  return {
    name: 'notifications',
    async run(signal) {
      const over = new AbortController();
      const relaying = relay(notifications, AbortSignal.any([signal, over.signal]), { clock, log });
      const consumer = notifications.consume();
      try {
        const isStuck = await Promise.race([
          consumer.stuck.then(() => true),
          aborted(signal).then(() => false),
          // Before a stop it ends only by an error.
          relaying.then(() => false),
        ]);
        if (isStuck) throw new StuckError('No notification is taken although some wait.');
      } finally {
        over.abort();
        await consumer.stop(Math.max(stopDeadlineMs - CLOSING_MS, stopDeadlineMs / 2));
      }
      await relaying;
    },
  };
}

/** An outage only skips turns. */
async function relay(
  notifications: Service['notifications'],
  signal: AbortSignal,
  { clock, log }: { clock: Clock; log: Log },
): Promise<void> {
  while (!signal.aborted) {
    try {
      await notifications.relay.carry(signal);
    } catch (error) {
      if (!(error instanceof LedgerUnavailableError || error instanceof QueueUnavailableError)) throw error;
      log.warn({ err: error }, 'notifications.not_carried');
    }
    await clock.sleep(RELAY_EVERY_MS, signal).catch(() => undefined);
  }
}
