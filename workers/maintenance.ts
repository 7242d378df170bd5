import type { Service } from '../src/compose.ts';
import type { Clock, Log } from '../src/ports.ts';
import { LedgerUnavailableError, QueueUnavailableError } from '../src/domain/unavailable.ts';
import type { Runnable } from '../src/runtime/supervisor.ts';

const PASS_EVERY_MS = 5_000;

/** Looks for stranded onboardings and for what is over its time, first at the start and then every few seconds; an outage only skips passes. */
export function maintenanceWorker(
  service: Pick<Service, 'rescue' | 'pruneKeys'>,
  { clock, log }: { clock: Clock; log: Log },
): Runnable {
  return {
    name: 'maintenance',
    async run(signal) {
      while (!signal.aborted) {
        try {
          await service.rescue.pass(signal);
          await service.pruneKeys(signal);
        } catch (error) {
          if (!(error instanceof LedgerUnavailableError || error instanceof QueueUnavailableError))
            throw error;
          log.warn({ err: error }, 'maintenance.skipped');
        }
        await clock.sleep(PASS_EVERY_MS, signal).catch(() => undefined);
      }
    },
  };
}
