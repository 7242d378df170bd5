/**
 * Queues what has no job yet: rows from callers' own transactions, later rows of large imports, and rows accepted while Redis was
 * down or their Region was draining. Runs when the database notifies, and every few seconds. Concurrent runs are harmless: adding
 * a known job changes nothing, and a row is marked queued once.
 */
import { jobOf } from '../domain/job.ts';
import type { OpenOnboarding } from '../domain/listing.ts';
import type { Clock, JobQueue, Ledger, Log } from '../ports.ts';

export interface PickUpDeps {
  readonly ledger: Pick<Ledger, 'acceptedBatch' | 'markQueued' | 'takeLifts'>;
  readonly queue: Pick<JobQueue, 'add' | 'lift'>;
  readonly clock: Pick<Clock, 'now' | 'sleep'>;
  readonly log: Log;
}

export interface PickUp {
  /**
   * Queues accepted rows, live lane first, except in draining Regions, then carries out what the SQL function asked for. Bulk rows are paced.
   * `woken`, also aborted by a stop, ends the walk early, so that the next one starts with the live lane. Resolves with whether
   * there may be more.
   */
  run(signal: AbortSignal, woken: AbortSignal): Promise<boolean>;
}

const BATCH = 500;

/** 2,000 bulk rows a second: many times what any quota lets through. */
const BULK_BATCH_EVERY_MS = 250;
/** After so many batches a walk starts over, whatever was added in the meantime. */
const BATCHES_MAX = 20;

export function createPickUp(deps: PickUpDeps): PickUp {
  const pace = createBulkPace(deps.clock);
  return {
    async run(signal, woken) {
      const { queued, more } = await queueAccepted(deps, pace, { signal, woken });
      const { lifted, again } = await carryOutLifts(deps, signal);
      if (queued + lifted + again > 0) deps.log.debug({ queued, lifted, again }, 'maintenance.picked_up');
      return more || again > 0;
    },
  };
}

/** When the next bulk rows may go; lasts from one walk to the next, however often walks are woken. */
interface BulkPace {
  /** In milliseconds; 0: now. */
  dueIn(): number;
  /** So many went at an instant. */
  took(rows: number, at: number): void;
}

function createBulkPace(clock: Pick<Clock, 'now'>): BulkPace {
  let nextAt = -Infinity;
  return {
    dueIn() {
      const left = nextAt - clock.now();
      // More than a batch costs: the clock was set back.
      return left > BULK_BATCH_EVERY_MS ? 0 : Math.max(0, left);
    },
    took(rows, at) {
      if (rows > 0) nextAt = at + (rows / BATCH) * BULK_BATCH_EVERY_MS;
    },
  };
}

/** While bulk rows are not due, a walk takes live ones alone. */
async function queueAccepted(
  { ledger, queue, clock }: PickUpDeps,
  pace: BulkPace,
  { signal, woken }: { signal: AbortSignal; woken: AbortSignal },
): Promise<{ queued: number; more: boolean }> {
  let queued = 0;
  let after: OpenOnboarding | undefined;
  for (let batches = 0; batches < BATCHES_MAX; batches += 1) {
    const startedAt = clock.now();
    const isBulkDue = pace.dueIn() === 0;
    const rows = await ledger.acceptedBatch({
      limit: BATCH,
      ...(after === undefined ? {} : { after }),
      ...(isBulkDue ? {} : { lane: 'live' }),
    });
    pace.took(rows.filter(({ lane }) => lane === 'bulk').length, startedAt);
    if (rows.length > 0) {
      await queue.add(rows.map(jobOf));
      await ledger.markQueued(rows, new Date(clock.now()).toISOString());
    }
    queued += rows.length;
    after = rows.at(-1) ?? after;
    const isFull = rows.length === BATCH;
    if (!isFull && isBulkDue) return { queued, more: false };
    const mayHoldLive = isFull && after?.lane === 'live';
    await clock.sleep(mayHoldLive ? 0 : pace.dueIn(), woken).catch(() => undefined);
    if (signal.aborted || woken.aborted) break;
  }
  return { queued, more: true };
}

async function carryOutLifts(
  { ledger, queue, clock }: PickUpDeps,
  signal: AbortSignal,
): Promise<{ lifted: number; again: number }> {
  let [lifted, again] = [0, 0];
  while (!signal.aborted) {
    const { taken, moved, again: lost } = await ledger.takeLifts(new Date(clock.now()).toISOString(), BATCH);
    // A lift that Redis did not hear of is provisioned all the same, only not sooner.
    for (const ref of moved) await queue.lift(ref);
    lifted += moved.length;
    again += lost;
    if (taken < BATCH) break;
  }
  return { lifted, again };
}
