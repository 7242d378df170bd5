/**
 * Rescues stranded onboardings: an open row without an unfinished job gets a job, live lane first, with its remaining wait. Any
 * number may run, since a job added twice ends without an AWS call. A process may die after committing a `queued` row and before
 * adding its job; ids are in creation order, so each pass first compares the rows created since the last one.
 */
import { firstIdAt } from '../domain/ids.ts';
import { jobOf, type NewJob } from '../domain/job.ts';
import type { OpenOnboarding, OpenQuery } from '../domain/listing.ts';
import { LANES, type Lane } from '../domain/onboarding.ts';
import { isOpen } from '../domain/state-machine.ts';
import type { Clock, JobQueue, Ledger, Log, Metrics } from '../ports.ts';

export interface RescueDeps {
  readonly ledger: Pick<Ledger, 'acceptedBatch' | 'openBatch' | 'getMany' | 'markQueued' | 'epoch'>;
  readonly queue: Pick<JobQueue, 'presence' | 'addAnew' | 'readEpoch' | 'writeEpoch'>;
  readonly clock: Clock;
  readonly log: Log;
  readonly metrics: Pick<Metrics, 'jobsRescued'>;
}

/** `queueLost`: Redis did not hold this ledger's epoch, so every open row was compared. */
export interface RescueReport {
  readonly queueLost: boolean;
  readonly compared: number;
  readonly rescued: number;
}

export interface Rescue {
  /** One pass over what may be stranded. */
  pass(signal: AbortSignal): Promise<RescueReport>;
}

/** The process that committed a row more recently may still be adding its job, which takes 1.5 s for each 500 at most. */
const UNTOUCHED_MS = 3_000;
/** A first pass looks for new rows this far back. */
const NEW_FOR_MS = 60_000;
const BATCH = 500;
/** A walk of a plain pass compares so many rows, and the next one continues there: a long queue is never walked at once. */
const BATCHES_PER_PASS = 20;

type Place = NonNullable<OpenQuery['after']>;

interface Walk {
  readonly from: 'acceptedBatch' | 'openBatch';
  readonly untouchedMs: number;
  readonly maxBatches: number;
  readonly lane?: Lane;
  readonly after?: Place | undefined;
}

interface Walked {
  readonly compared: number;
  readonly rescued: number;
  /** The last row, or where the walk began if there was none. */
  readonly last: Place | undefined;
  readonly atEnd: boolean;
}

export function createRescue(deps: RescueDeps): Rescue {
  const since = firstIdAt(deps.clock.now() - NEW_FOR_MS);
  let newAfter: readonly Place[] = LANES.map((lane) => ({ lane, id: since }));
  let resumeAfter: Place | undefined;

  return {
    async pass(signal) {
      const queueLost = (await deps.queue.readEpoch()) !== deps.ledger.epoch;
      if (queueLost) {
        const everything = { untouchedMs: 0, maxBatches: Infinity };
        const accepted = await walk(deps, { from: 'acceptedBatch', ...everything }, signal);
        const inQueue = await walk(deps, { from: 'openBatch', ...everything }, signal);
        // Written last: a pass that is cut short finds the epoch missing again and starts over.
        if (!signal.aborted) await deps.queue.writeEpoch(deps.ledger.epoch);
        return report(deps, { queueLost, ...sumOf([accepted, inQueue]) });
      }
      // Accepted ones wait for the pick-up, and are looked at here once that has marked them queued.
      const some: Walk = { from: 'openBatch', untouchedMs: UNTOUCHED_MS, maxBatches: BATCHES_PER_PASS };
      const created: Walked[] = [];
      for (const after of newAfter)
        created.push(await walk(deps, { ...some, lane: after.lane, after }, signal));
      newAfter = created.flatMap(({ last }) => last ?? []);
      const others = await walk(deps, { ...some, after: resumeAfter }, signal);
      resumeAfter = others.atEnd ? undefined : others.last;
      return report(deps, { queueLost, ...sumOf([...created, others]) });
    },
  };
}

const sumOf = (walks: readonly Walked[]): Pick<Walked, 'compared' | 'rescued'> => ({
  compared: walks.reduce((sum, { compared }) => sum + compared, 0),
  rescued: walks.reduce((sum, { rescued }) => sum + rescued, 0),
});

/** Rows of Regions that are being drained and have no job yet are not walked: they get none before the drain ends. */
async function walk(
  deps: RescueDeps,
  { from, untouchedMs, maxBatches, lane, after }: Walk,
  signal: AbortSignal,
): Promise<Walked> {
  const untouchedSince = new Date(deps.clock.now() - untouchedMs).toISOString();
  let last = after;
  let compared = 0;
  let rescued = 0;
  for (let batches = 0; batches < maxBatches && !signal.aborted; batches += 1) {
    const query: OpenQuery = {
      untouchedSince,
      limit: BATCH,
      ...(lane === undefined ? {} : { lane }),
      ...(last === undefined ? {} : { after: last }),
    };
    const rows = await deps.ledger[from](query);
    rescued += await rescueBatch(deps, rows);
    compared += rows.length;
    last = rows.at(-1) ?? last;
    if (rows.length < BATCH) return { compared, rescued, last, atEnd: true };
  }
  return { compared, rescued, last, atEnd: false };
}

async function rescueBatch(deps: RescueDeps, rows: readonly OpenOnboarding[]): Promise<number> {
  if (rows.length === 0) return 0;
  const presences = await deps.queue.presence(rows.map(jobOf));
  const stranded = await stillOpen(
    deps,
    rows.filter((_, index) => presences[index] === 'absent' || presences[index] === 'finished'),
  );
  const now = deps.clock.now();
  await Promise.all(stranded.map((row) => deps.queue.addAnew(waitingJobOf(row, now))));
  const accepted = rows.filter((row) => row.status === 'accepted');
  if (accepted.length > 0) await deps.ledger.markQueued(accepted, new Date(now).toISOString());
  return stranded.length;
}

/** Without those that ended while they were compared: a run commits its result before its job is finished. */
async function stillOpen(
  { ledger }: Pick<RescueDeps, 'ledger'>,
  rows: readonly OpenOnboarding[],
): Promise<readonly OpenOnboarding[]> {
  if (rows.length === 0) return [];
  const now = await ledger.getMany(rows.map(({ id }) => id));
  const open = new Map(now.filter(({ status }) => isOpen(status)).map(({ id, replays }) => [id, replays]));
  return rows.filter(({ id, replays }) => open.get(id) === replays);
}

/** With the wait that is left of it. */
function waitingJobOf(row: OpenOnboarding, now: number): NewJob {
  const left = row.nextAttemptAt === null ? 0 : Date.parse(row.nextAttemptAt) - now;
  return { ...jobOf(row), ...(left > 0 ? { delayMs: left } : {}) };
}

function report(deps: RescueDeps, { queueLost, compared, rescued }: RescueReport): RescueReport {
  deps.metrics.jobsRescued(rescued);
  if (rescued > 0 || (queueLost && compared > 0)) {
    deps.log.warn({ queue_lost: queueLost, compared, rescued }, 'maintenance.rescued');
  }
  return { queueLost, compared, rescued };
}
