import type { Service } from '../src/compose.ts';
import { LedgerUnavailableError, QueueUnavailableError } from '../src/domain/unavailable.ts';
import type { Clock, Log } from '../src/ports.ts';
import type { Runnable } from '../src/runtime/supervisor.ts';

const AFTER_AN_OUTAGE_MS = 1_000;

/** Works replays of many off. An outage is waited out: what was begun goes on where it stood. */
export function replaysWorker(
  { replays }: Pick<Service, 'replays'>,
  { clock, log }: { clock: Clock; log: Log },
): Runnable {
  const unlessAway = async <T>(step: () => Promise<T>): Promise<T | undefined> => {
    try {
      return await step();
    } catch (error) {
      if (!(error instanceof LedgerUnavailableError || error instanceof QueueUnavailableError)) throw error;
      log.warn({ err: error }, 'replays.waiting');
      return undefined;
    }
  };
  return {
    name: 'replays',
    async run(signal) {
      try {
        while (!signal.aborted) {
          const restMs = (await unlessAway(() => replays.turn(signal))) ?? AFTER_AN_OUTAGE_MS;
          await clock.sleep(restMs, signal).catch(() => undefined);
        }
      } finally {
        await unlessAway(() => replays.release());
      }
    },
  };
}
