import type { Service } from '../src/compose.ts';
import { QueueUnavailableError } from '../src/domain/unavailable.ts';
import type { Clock, Log } from '../src/ports.ts';
import { StuckError, type Runnable } from '../src/runtime/supervisor.ts';

/** An operator may have given the queue to another ledger, and a Redis that lost its data knows of no claim. */
const CLAIM_EVERY_MS = 30_000;
const REDIS_AWAY_MS = 1_000;
/** What is left of the stop deadline for closing connections. */
const CLOSING_MS = 1_000;

type Served = Pick<Service, 'intakeQueue'>;

interface Surroundings {
  readonly clock: Clock;
  readonly log: Log;
  readonly stopDeadlineMs: number;
}

/** Takes in what other programs add to the intake queue, while that belongs to this ledger. */
export function intakeQueueWorker(service: Served, surroundings: Surroundings): Runnable {
  return {
    name: 'intakeQueue',
    async run(signal) {
      while (!signal.aborted) {
        const claim = await claimOf(service, surroundings.log);
        if (claim === 'ours') await serve(service, surroundings, signal);
        else await rest(claim === 'unknown' ? REDIS_AWAY_MS : CLAIM_EVERY_MS, surroundings.clock, signal);
      }
    },
  };
}

/** Returns when the signal aborts or the queue has gone to another ledger. */
async function serve(
  service: Served,
  { clock, log, stopDeadlineMs }: Surroundings,
  signal: AbortSignal,
): Promise<void> {
  const consumer = service.intakeQueue.consume();
  const stuck = new AbortController();
  const either = AbortSignal.any([signal, stuck.signal]);
  void consumer.stuck.then(() => stuck.abort());
  do await rest(CLAIM_EVERY_MS, clock, either);
  while (!either.aborted && (await claimOf(service, log)) !== 'others');
  await consumer.stop(Math.max(stopDeadlineMs - CLOSING_MS, stopDeadlineMs / 2));
  if (stuck.signal.aborted)
    throw new StuckError('The intake queue’s worker takes no jobs although some wait.');
}

async function claimOf({ intakeQueue }: Served, log: Log): Promise<'ours' | 'others' | 'unknown'> {
  try {
    const claim = await intakeQueue.claim();
    if (claim === 'ours') return 'ours';
    log.error({ ledger_id: claim.ofLedger, key: claim.key }, 'intake_queue.of_another_ledger');
    return 'others';
  } catch (error) {
    if (!(error instanceof QueueUnavailableError)) throw error;
    return 'unknown';
  }
}

async function rest(ms: number, clock: Clock, signal: AbortSignal): Promise<void> {
  await clock.sleep(ms, signal).catch(() => undefined);
}
