/**
 * Maintenance: the rescue of stranded onboardings and notifications. An open row whose job is gone, or finished, gets
 * its job anew: onboardings first, of them the live lane, each with the wait that was left. Called by the maintenance
 * worker alone; any number of them may run, since a job added twice ends without an AWS call.
 */
import type { NewJob } from '../domain/job.ts';
import type { OpenOnboarding } from '../domain/listing.ts';
import type { Clock, JobQueue, Ledger, Log, Metrics } from '../ports.ts';
import type { DeliveryQueue } from '../ports/notifications.ts';
import { rescueDeliveries, type DeliveryRescueDeps } from './rescue-deliveries.ts';

export interface RescueDeps {
  readonly ledger: Pick<Ledger, 'acceptedBatch' | 'openBatch' | 'markQueued' | 'epoch'> &
    DeliveryRescueDeps['ledger'];
  readonly queue: Pick<JobQueue, 'presence' | 'addAnew' | 'readEpoch' | 'writeEpoch'>;
  readonly deliveries: Pick<DeliveryQueue, 'presence'>;
  readonly clock: Clock;
  readonly log: Log;
  readonly metrics: Pick<Metrics, 'jobsRescued'>;
}

/** `queueLost`: Redis did not hold this ledger's epoch, so every open row was compared. */
export interface RescueReport {
  readonly queueLost: boolean;
  readonly compared: number;
  readonly rescued: number;
  /** Notifications that go into the queue anew. */
  readonly deliveries: number;
}

export interface Rescue {
  /** One pass over what may be stranded. */
  pass(signal: AbortSignal): Promise<RescueReport>;
}

/** Rows touched more recently than this are being worked on. */
const UNTOUCHED_MS = 60_000;
const BATCH = 500;
/** A plain pass compares this many waiting rows and the next goes on from there: a long queue is never walked at once. */
const BATCHES_PER_PASS = 20;

interface Walk {
  readonly rows: 'accepted' | 'inQueue';
  readonly untouchedMs: number;
  readonly maxBatches: number;
  readonly after?: OpenOnboarding | undefined;
}

interface Walked {
  readonly compared: number;
  readonly rescued: number;
  /** Where the next walk goes on; undefined once the end was reached. */
  readonly last: OpenOnboarding | undefined;
}

export function createRescue(deps: RescueDeps): Rescue {
  let resumeAfter: OpenOnboarding | undefined;

  return {
    async pass(signal) {
      const queueLost = (await deps.queue.readEpoch()) !== deps.ledger.epoch;
      if (queueLost) {
        const everything = { untouchedMs: 0, maxBatches: Infinity };
        const accepted = await walk(deps, { rows: 'accepted', ...everything }, signal);
        const inQueue = await walk(deps, { rows: 'inQueue', ...everything }, signal);
        const deliveries = await rescueDeliveries(deps, queueLost, signal);
        // Written last: a pass that is cut short finds the epoch missing again and starts over.
        if (!signal.aborted) await deps.queue.writeEpoch(deps.ledger.epoch);
        return report(deps, { queueLost, ...sumOf(accepted, inQueue), deliveries });
      }
      // Accepted ones wait for the pick-up, and are looked at here once that has marked them queued.
      const waiting: Walk = { rows: 'inQueue', untouchedMs: UNTOUCHED_MS, maxBatches: BATCHES_PER_PASS };
      const { compared, rescued, last } = await walk(deps, { ...waiting, after: resumeAfter }, signal);
      resumeAfter = last;
      const deliveries = await rescueDeliveries(deps, queueLost, signal);
      return report(deps, { queueLost, compared, rescued, deliveries });
    },
  };
}

const sumOf = (one: Walked, other: Walked): Pick<Walked, 'compared' | 'rescued'> => ({
  compared: one.compared + other.compared,
  rescued: one.rescued + other.rescued,
});

/** Rows of Regions that are being drained and have no job yet are not walked: they get none before the drain ends. */
async function walk(
  deps: RescueDeps,
  { rows: which, untouchedMs, maxBatches, after }: Walk,
  signal: AbortSignal,
): Promise<Walked> {
  const untouchedSince = new Date(deps.clock.now() - untouchedMs).toISOString();
  let last = after;
  let compared = 0;
  let rescued = 0;
  for (let batches = 0; batches < maxBatches && !signal.aborted; batches += 1) {
    const query = { untouchedSince, limit: BATCH, ...(last === undefined ? {} : { after: last }) };
    const rows =
      which === 'accepted'
        ? await deps.ledger.acceptedBatch(query)
        : await deps.ledger.openBatch({ ...query, statuses: ['queued', 'retrying'] });
    rescued += await rescueBatch(deps, rows);
    compared += rows.length;
    last = rows.at(-1);
    if (rows.length < BATCH) return { compared, rescued, last: undefined };
  }
  return { compared, rescued, last };
}

async function rescueBatch(deps: RescueDeps, rows: readonly OpenOnboarding[]): Promise<number> {
  if (rows.length === 0) return 0;
  const presences = await deps.queue.presence(rows.map(refOf));
  const stranded = rows.filter(
    (_, index) => presences[index] === 'absent' || presences[index] === 'finished',
  );
  const now = deps.clock.now();
  await Promise.all(stranded.map((row) => deps.queue.addAnew(jobOf(row, now))));
  const accepted = rows.filter((row) => row.status === 'accepted');
  if (accepted.length > 0) await deps.ledger.markQueued(accepted, new Date(now).toISOString());
  return stranded.length;
}

const refOf = ({ id, replays, region }: OpenOnboarding): Omit<NewJob, 'lane'> => ({
  onboardingId: id,
  replays,
  region,
});

function jobOf(row: OpenOnboarding, now: number): NewJob {
  const left = row.nextAttemptAt === null ? 0 : Date.parse(row.nextAttemptAt) - now;
  return { ...refOf(row), lane: row.lane, ...(left > 0 ? { delayMs: left } : {}) };
}

function report(deps: RescueDeps, { queueLost, compared, rescued, deliveries }: RescueReport): RescueReport {
  deps.metrics.jobsRescued(rescued + deliveries);
  if (rescued + deliveries > 0 || (queueLost && compared > 0)) {
    deps.log.warn({ queue_lost: queueLost, compared, rescued, deliveries }, 'maintenance.rescued');
  }
  return { queueLost, compared, rescued, deliveries };
}
