/**
 * One queue's consumer: a worker around a handler that answers with a verdict. The only file that knows how such a
 * verdict is said in BullMQ, which listens to the class of what the processor throws.
 *
 * Invariants: a job ends only by `done` or `failed`; whatever else happens (a handler that throws, a stop, a crash)
 * leaves it in the queue. BullMQ's own counters decide nothing: `attempts` and `maxStalledCount` are out of reach.
 */
import { DelayedError, UnrecoverableError, WaitingError, type Job } from 'bullmq';
import type { JobVerdict } from '../domain/job.ts';
import type { LogFields } from '../ports.ts';
import type { OutageLog } from './outage-log.ts';
import { runWorker, type Consumer, type JobTurn, type WorkerSettings } from './run-worker.ts';

/** What a job carries at least: the moment from which on it could run, the base of every waiting time. */
export interface Ready {
  readonly readyAt: number;
}

/** What a run is told of its job, beside what the job carries. */
export interface BegunJob {
  readonly jobId: string;
  readonly waitedMs: number;
  /** Tells this run of the job from others. */
  readonly run: string;
  /** Aborts when a stop begins. */
  readonly draining: AbortSignal;
}

/** A queue to take jobs from, and what its jobs mean. */
export interface JobSource<Data extends Ready, Run extends { readonly jobId: string }> {
  readonly queueName: string;
  /** Tells this consumer's log lines from those of others. */
  readonly fields: LogFields;
  /** Undefined for what is not of this service's making. */
  readonly read: (data: unknown) => Data | undefined;
  /** The run, and what is to be done once its handler has ended. */
  readonly begin: (data: Data, job: BegunJob) => { readonly run: Run; readonly end: () => Promise<void> };
  /** Wakes an idle worker: BullMQ does not when a job goes back to the sorted set. */
  readonly wake: () => Promise<void>;
  /** Notes a job that waits to be let go. */
  readonly putAside: (jobId: string) => Promise<void>;
  readonly onStalled: () => void;
}

export type RunHandler<Run> = (run: Run, signal: AbortSignal) => Promise<JobVerdict>;

/** No wait is longer than this, whatever a verdict says. */
const LONGEST_DELAY_MS = 7 * 86_400_000;

/** A handler that throws has met a bug or a ledger that is down; neither is cured by trying again at once. */
const AFTER_A_THROW_MS = { least: 1_000, spread: 4_000 };

/** The reason that a job carries when its data is not of this service's making. */
const MALFORMED_JOB =
  'MalformedJob: this queue takes only what the service itself put there. Onboardings come in through HTTP, SQL or the queue onboarding-intake.';

/** Starts to take jobs at once. While Redis is away the consumer waits for it, for as long as it takes. */
export function startConsumer<Data extends Ready, Run extends { readonly jobId: string }>(
  source: JobSource<Data, Run>,
  handler: RunHandler<Run>,
  settings: WorkerSettings,
): Consumer {
  const { outages } = settings;
  const run = async ({ job, token, signal, draining, work }: JobTurn<Data>): Promise<void> => {
    const data = source.read(job.data);
    if (data === undefined) throw new UnrecoverableError(MALFORMED_JOB);
    const verdict: JobVerdict = draining.aborted
      ? { kind: 'putBack' }
      : await work(async () => {
          const { run: begun, end } = source.begin(data, begunJob({ job, data, token, draining }));
          return judge(begun, signal, { handler, outages }).finally(end);
        });
    await settle({ job, token, data }, verdict, source);
  };
  return runWorker(
    {
      queueName: source.queueName,
      fields: source.fields,
      run,
      backoffStrategy: (_attemptsMade, _type, error) => delayOf(error),
      onStalled: () => source.onStalled(),
    },
    settings,
  );
}

function begunJob({
  job,
  data: { readyAt },
  token,
  draining,
}: Pick<JobTurn<Ready>, 'job' | 'token' | 'draining'> & { readonly data: Ready }): BegunJob {
  const jobId = job.id ?? '';
  return {
    jobId,
    waitedMs: Math.max(0, (job.processedOn ?? Date.now()) - readyAt),
    run: `${token} ${jobId}`,
    draining,
  };
}

async function judge<Run extends { readonly jobId: string }>(
  run: Run,
  signal: AbortSignal,
  { handler, outages }: { handler: RunHandler<Run>; outages: OutageLog },
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
async function settle<Data extends Ready>(
  { job, token, data }: { job: Job<Data>; token: string; data: Data },
  verdict: JobVerdict,
  { wake, putAside }: { wake: () => Promise<void>; putAside: (jobId: string) => Promise<void> },
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
      if (verdict.kind === 'putAside') await putAside(job.id ?? '').catch(() => undefined);
      throw new DelayedError();
    }
    case 'putBack':
      await job.moveToWait(token);
      await wake();
      throw new WaitingError();
  }
}

/** For figures alone: a Redis that has no room for it (OOM) must not change when the job runs. */
async function noteReadyAt<Data extends Ready>(job: Job<Data>, data: Data, readyAt: number): Promise<void> {
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
