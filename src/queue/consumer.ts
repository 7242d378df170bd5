/**
 * One Region's consumer: a worker around a {@link JobHandler}. The only file that knows how a verdict on an onboarding
 * is said in BullMQ, which listens to the class of what the processor throws.
 *
 * Invariants: a job ends only by `done` or `failed`; whatever else happens (a handler that throws, a stop, a crash)
 * leaves it in the queue. BullMQ's own counters decide nothing: `attempts` and `maxStalledCount` are out of reach.
 */
import { DelayedError, UnrecoverableError, WaitingError, type Job } from 'bullmq';
import type { JobRun, JobVerdict } from '../domain/job.ts';
import type { Region } from '../domain/region.ts';
import type { JobHandler } from '../ports.ts';
import { readJobData, type JobData } from './job-data.ts';
import type { OutageLog } from './outage-log.ts';
import { queueName } from './queue-keys.ts';
import { runWorker, type Consumer, type JobTurn, type WorkerSettings } from './run-worker.ts';

export interface ConsumerOptions extends WorkerSettings {
  /** Wakes an idle worker: BullMQ does not when a job goes back to its lane. */
  readonly wake: (region: Region) => Promise<void>;
  /** Notes a job that waits for its Region to be let go. */
  readonly putAside: (region: Region, jobId: string) => Promise<void>;
  readonly onStalled: ((region: Region) => void) | undefined;
}

/** No wait is longer than this, whatever a verdict says. */
const LONGEST_DELAY_MS = 7 * 86_400_000;

/** A handler that throws has met a bug or a ledger that is down; neither is cured by trying again at once. */
const AFTER_A_THROW_MS = { least: 1_000, spread: 4_000 };

/** The reason that a job carries when its data is not of this service's making. */
const MALFORMED_JOB =
  'MalformedJob: this queue takes only what the service itself put there. Onboardings come in through HTTP, SQL or the queue onboarding-intake.';

/** Starts to take jobs at once. While Redis is away the consumer waits for it, for as long as it takes. */
export function startConsumer(region: Region, handler: JobHandler, options: ConsumerOptions): Consumer {
  const { outages, onStalled } = options;
  const run = async (turn: JobTurn<JobData>): Promise<void> => {
    const { job, token, signal } = turn;
    const data = readJobData(job.data);
    if (data?.region !== region) throw new UnrecoverableError(MALFORMED_JOB);
    const verdict: JobVerdict = turn.draining
      ? { kind: 'putBack' }
      : await turn.work(async () => judge(jobRun(job, data), signal, { handler, outages }));
    await settle({ job, token, data }, verdict, options);
  };
  return runWorker(
    {
      queueName: queueName(region),
      fields: { region },
      run,
      backoffStrategy: (_attemptsMade, _type, error) => delayOf(error),
      onStalled: () => onStalled?.(region),
    },
    options,
  );
}

function jobRun(job: Job<JobData>, data: JobData): JobRun {
  const { onboardingId, replays, region, readyAt } = data;
  const startedAt = job.processedOn ?? Date.now();
  return { onboardingId, replays, region, jobId: job.id ?? '', waitedMs: Math.max(0, startedAt - readyAt) };
}

async function judge(
  run: JobRun,
  signal: AbortSignal,
  { handler, outages }: { handler: JobHandler; outages: OutageLog },
): Promise<JobVerdict> {
  try {
    return await handler(run, signal);
  } catch (error) {
    outages.troubled('A job handler threw; the job is tried again', error, { job_id: run.jobId });
    const delayMs = AFTER_A_THROW_MS.least + Math.random() * AFTER_A_THROW_MS.spread;
    return { kind: 'retry', delayMs, code: error instanceof Error ? error.name : 'Error' };
  }
}

/** Returns for a completed job, throws what BullMQ understands for every other verdict. */
async function settle(
  { job, token, data }: { job: Job<JobData>; token: string; data: JobData },
  verdict: JobVerdict,
  { wake, putAside }: Pick<ConsumerOptions, 'wake' | 'putAside'>,
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
      if (verdict.kind === 'putAside') await putAside(data.region, job.id ?? '').catch(() => undefined);
      throw new DelayedError();
    }
    case 'putBack':
      await job.moveToWait(token);
      await wake(data.region);
      throw new WaitingError();
  }
}

/** For figures alone: a Redis that has no room for it (OOM) must not change when the job runs. */
async function noteReadyAt(job: Job<JobData>, data: JobData, readyAt: number): Promise<void> {
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
