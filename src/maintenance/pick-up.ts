/**
 * The pick-up of what has no job yet: an onboarding that somebody's own transaction committed, or that came in while its
 * Region was being drained. Called by the maintenance worker, as soon as the database says that there may be one, and
 * every few seconds in any case.
 *
 * It may meet a row whose job HTTP intake is just adding, or another process that picks up the same: an add of a known
 * job changes nothing, and a row is marked queued once.
 */
import type { OpenOnboarding } from '../domain/listing.ts';
import type { Clock, JobQueue, Ledger, Log } from '../ports.ts';

export interface PickUpDeps {
  readonly ledger: Pick<Ledger, 'acceptedBatch' | 'markQueued' | 'takeLifts'>;
  readonly queue: Pick<JobQueue, 'add' | 'lift'>;
  readonly clock: Pick<Clock, 'now'>;
  readonly log: Log;
}

export interface PickUp {
  /** Queues every accepted row, live lane first, but for Regions that are being drained, and then carries out the lifts that were asked for. */
  run(signal: AbortSignal): Promise<void>;
}

const BATCH = 500;

export function createPickUp(deps: PickUpDeps): PickUp {
  return {
    async run(signal) {
      const queued = await queueAccepted(deps, signal);
      const lifted = await carryOutLifts(deps, signal);
      if (queued + lifted > 0) deps.log.debug({ queued, lifted }, 'maintenance.picked_up');
    },
  };
}

async function queueAccepted({ ledger, queue, clock }: PickUpDeps, signal: AbortSignal): Promise<number> {
  let queued = 0;
  let after: OpenOnboarding | undefined;
  while (!signal.aborted) {
    const rows = await ledger.acceptedBatch({
      limit: BATCH,
      ...(after === undefined ? {} : { after }),
    });
    if (rows.length > 0) {
      await queue.add(
        rows.map(({ id, replays, region, lane }) => ({ onboardingId: id, replays, region, lane })),
      );
      await ledger.markQueued(rows, new Date(clock.now()).toISOString());
    }
    queued += rows.length;
    after = rows.at(-1);
    if (rows.length < BATCH) break;
  }
  return queued;
}

async function carryOutLifts({ ledger, queue, clock }: PickUpDeps, signal: AbortSignal): Promise<number> {
  let lifted = 0;
  while (!signal.aborted) {
    const { taken, moved } = await ledger.takeLifts(new Date(clock.now()).toISOString(), BATCH);
    // A lift that Redis did not hear of is provisioned all the same, only not sooner.
    for (const ref of moved) await queue.lift(ref);
    lifted += moved.length;
    if (taken < BATCH) break;
  }
  return lifted;
}
