/**
 * The consumer of one lane of a Region: a worker around a handler that returns a verdict, which is translated for BullMQ only here.
 * Invariant: a job ends only by `done` or `failed`; a handler that throws, a stop or a crash leaves it in the queue. BullMQ's
 * counters decide nothing: `attempts` and `maxStalledCount` are out of reach.
 */
import { DelayedError, UnrecoverableError, WaitingError, type Job } from 'bullmq';
import type { JobRun, JobVerdict } from '../../domain/job.ts';
import type { Lane } from '../../domain/onboarding.ts';
import type { Region } from '../../domain/region.ts';
import type { JobConsumer, JobHandler } from '../../ports.ts';
import type { CallPermits } from '../jobs/call-permits.ts';
import { readJobData, type JobData } from '../jobs/job-data.ts';
import type { RegionFlow } from '../regions/region-flow.ts';
import type { RegionQueues } from '../regions/region-queues.ts';
import type { JobTurn } from './run-worker.ts';
import { runWatchedWorker, type WatchSettings } from './watched-worker.ts';

export interface LaneConsumerDeps {
  readonly queues: Pick<RegionQueues, 'wake'>;
  readonly permits: CallPermits;
  readonly flow: Pick<RegionFlow, 'putAside'>;
  readonly onStalled: ((region: Region) => void) | undefined;
  readonly settings: WatchSettings;
}

/** No wait is longer than this, whatever a verdict says. */
const LONGEST_DELAY_MS = 7 * 86_400_000;

/** A handler that throws has met a bug or a ledger that is down; neither is cured by trying again at once. */
const AFTER_A_THROW_MS = { least: 1_000, spread: 4_000 };

/** The reason that a job carries when its data is not of this service's making. */
const MALFORMED_JOB =
  'MalformedJob: only the service may add jobs to this queue. Submit onboardings through HTTP, SQL or the queue onboarding-intake.';

/** Starts to take jobs at once. */
export function consumeLane(
  { region, lane }: { readonly region: Region; readonly lane: Lane },
  handler: JobHandler,
  deps: LaneConsumerDeps,
): JobConsumer {
  const run = async (turn: JobTurn<unknown>): Promise<void> => {
    const data = readJobData(turn.job.data);
    // One that is for another Region would run under the pause, the circuit and the rate of this one.
    if (data?.region !== region) throw new UnrecoverableError(MALFORMED_JOB);
    const verdict: JobVerdict = turn.draining.aborted
      ? { kind: 'putBack' }
      : await turn.work(async () => handle({ ...turn, data }, handler, deps));
    await say(verdict, { ...turn, data, lane }, deps);
  };
  return runWatchedWorker(
    {
      fields: { region, lane },
      run,
      backoffStrategy: (_attemptsMade, _type, error) => delayOf(error),
      onStalled: () => deps.onStalled?.(region),
    },
    deps.settings,
  );
}

type DataTurn = JobTurn<unknown> & { readonly data: JobData };

async function handle(turn: DataTurn, handler: JobHandler, deps: LaneConsumerDeps): Promise<JobVerdict> {
  const { run, end } = beginRun(turn, deps);
  try {
    return await handler(run, turn.signal);
  } catch (error) {
    deps.settings.outages.troubled('A job handler threw; the job is retried', error, {
      job_id: run.jobId,
    });
    const delayMs = AFTER_A_THROW_MS.least + Math.random() * AFTER_A_THROW_MS.spread;
    return { kind: 'retry', delayMs, code: error instanceof Error ? error.name : 'Error' };
  } finally {
    await end();
  }
}

/** A permit is renewed as BullMQ renews the lock of a job: for as long as the handler is at work. */
function beginRun(
  { job, data, token, draining }: DataTurn,
  { permits, settings }: LaneConsumerDeps,
): { run: JobRun; end: () => Promise<void> } {
  const { onboardingId, replays, region, readyAt } = data;
  const ref = { onboardingId, replays, region };
  const jobId = job.id ?? '';
  const holder = `${token} ${jobId}`;
  let renewal: NodeJS.Timeout | undefined;
  let hasAsked = false;
  return {
    run: {
      ...ref,
      jobId,
      waitedMs: Math.max(0, (job.processedOn ?? Date.now()) - readyAt),
      draining,
      async mayCall(asProbe) {
        hasAsked = true;
        const permit = await permits.take(ref, holder, asProbe);
        if (permit !== 'granted') return permit;
        const renew = (): void => void permits.take(ref, holder, asProbe).catch(() => undefined);
        renewal = setInterval(renew, settings.lockMs / 2);
        return permit;
      },
    },
    async end() {
      clearInterval(renewal);
      if (!hasAsked) return;
      // Also after an answer that was lost. What cannot be given back expires; until then no other run of the job begins.
      await permits.giveBack(ref, holder).catch(() => undefined);
    },
  };
}

/** Returns for a completed job, throws what BullMQ understands for every other verdict. */
async function say(
  verdict: JobVerdict,
  { job, token, data, lane }: DataTurn & { readonly lane: Lane },
  { queues, flow, settings }: LaneConsumerDeps,
): Promise<void> {
  switch (verdict.kind) {
    case 'done':
      return;
    case 'failed':
      throw new UnrecoverableError(verdict.code);
    case 'retry': {
      const later = new RetryLater(verdict.code, verdict.delayMs);
      await noteReadyAt(job, data, Date.now() + later.delayMs);
      throw later;
    }
    case 'putAside':
    case 'snooze': {
      const until = Date.now() + bounded(verdict.delayMs);
      await noteReadyAt(job, data, until);
      await job.moveToDelayed(until, token);
      // The job is delayed already: without the note it runs when its delay ends, at the latest.
      if (verdict.kind === 'putAside')
        await flow.putAside(data.region, lane, job.id ?? '').catch(() => undefined);
      throw new DelayedError();
    }
    case 'putBack':
      await job.moveToWait(token);
      // BullMQ wakes no idle worker for a job that goes back to the sorted set.
      await queues.wake(settings.queue);
      throw new WaitingError();
  }
}

/** For figures alone: a Redis that has no room for it (OOM) must not change when the job runs. */
async function noteReadyAt(job: Job, data: JobData, readyAt: number): Promise<void> {
  await job.updateData({ ...data, readyAt }).catch(() => undefined);
}

/** Its message becomes the job's `failedReason`, which Bull Board shows while the job waits for its next attempt. */
class RetryLater extends Error {
  override readonly name = 'RetryLater';
  readonly delayMs: number;

  constructor(code: string, delayMs: number) {
    super(code);
    this.delayMs = bounded(delayMs);
  }
}

/** BullMQ asks this for every thrown error that is none of its own. Only -1 would end the job. */
function delayOf(error: Error | undefined): number {
  return error instanceof RetryLater ? error.delayMs : AFTER_A_THROW_MS.least;
}

function bounded(delayMs: number): number {
  return Math.min(Math.max(Math.round(delayMs), 0), LONGEST_DELAY_MS);
}
