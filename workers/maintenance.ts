import type { Service } from '../src/compose.ts';
import type { Clock, Log } from '../src/ports.ts';
import { LedgerUnavailableError, QueueUnavailableError } from '../src/domain/unavailable.ts';
import type { Runnable } from '../src/runtime/supervisor.ts';

const PASS_EVERY_MS = 5_000;
/** However often the database calls, an outage is not run against more often than this. */
const AFTER_AN_OUTAGE_MS = 1_000;

type Maintained = Pick<Service, 'rescue' | 'prune' | 'pickUp' | 'onAccepted'>;

/**
 * Looks for stranded onboardings and for what is over its time, first at the start and then every few seconds, and beside
 * that queues what has no job yet as soon as the database says so, every few seconds in any case. An outage only skips
 * passes.
 */
export function maintenanceWorker(service: Maintained, { clock, log }: { clock: Clock; log: Log }): Runnable {
  return {
    name: 'maintenance',
    async run(signal) {
      const over = new AbortController();
      const both = AbortSignal.any([signal, over.signal]);
      const loops = [
        rescues(service, { clock, log, signal: both }),
        pickUps(service, { clock, log, signal: both }),
      ];
      try {
        await Promise.all(loops);
      } finally {
        // One that dies takes the other along, so that they are started again together.
        over.abort();
        await Promise.allSettled(loops);
      }
    },
  };
}

interface Surroundings {
  readonly clock: Clock;
  readonly log: Log;
  readonly signal: AbortSignal;
}

async function rescues({ rescue, prune }: Maintained, { clock, log, signal }: Surroundings): Promise<void> {
  while (!signal.aborted) {
    await unlessAway(async () => {
      await rescue.pass(signal);
      await prune();
    }, log);
    await clock.sleep(PASS_EVERY_MS, signal).catch(() => undefined);
  }
}

async function pickUps(
  { pickUp, onAccepted }: Maintained,
  { clock, log, signal }: Surroundings,
): Promise<void> {
  let wake = new AbortController();
  const stopListening = onAccepted(() => wake.abort());
  const stop = (): void => wake.abort();
  signal.addEventListener('abort', stop);
  try {
    while (!signal.aborted) {
      // Before the look, so that a call in the midst of it leads to another one.
      wake = new AbortController();
      const more = await unlessAway(() => pickUp.run(signal, wake.signal), log);
      if (more === 'away') await clock.sleep(AFTER_AN_OUTAGE_MS, signal).catch(() => undefined);
      else if (!more) await clock.sleep(PASS_EVERY_MS, wake.signal).catch(() => undefined);
    }
  } finally {
    signal.removeEventListener('abort', stop);
    stopListening();
  }
}

async function unlessAway<T>(
  work: () => Promise<T>,
  log: Log,
  skipped = 'maintenance.skipped',
): Promise<T | 'away'> {
  try {
    return await work();
  } catch (error) {
    if (!(error instanceof LedgerUnavailableError || error instanceof QueueUnavailableError)) throw error;
    log.warn({ err: error }, skipped);
    return 'away';
  }
}

/** Works replays of many off. An outage is waited out: what was begun continues where it stopped. */
export function replaysWorker(
  { replays }: Pick<Service, 'replays'>,
  { clock, log }: { clock: Clock; log: Log },
): Runnable {
  return {
    name: 'replays',
    async run(signal) {
      try {
        while (!signal.aborted) {
          const restMs = await unlessAway(() => replays.turn(signal), log, 'replays.waiting');
          await clock.sleep(restMs === 'away' ? AFTER_AN_OUTAGE_MS : restMs, signal).catch(() => undefined);
        }
      } finally {
        await unlessAway(() => replays.release(), log, 'replays.waiting');
      }
    },
  };
}
