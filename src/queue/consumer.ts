/**
 * One queue's consumer: a BullMQ Worker around a handler that answers with a verdict. The only file that knows how a verdict is said
 * in BullMQ (it listens to the class of what the processor throws), and how a worker is stopped within a deadline.
 *
 * Invariants: a job ends only by `done` or `failed`; whatever else happens (a handler that throws, a stop, a crash)
 * leaves it in the queue. BullMQ's own counters decide nothing: `attempts` and `maxStalledCount` are out of reach.
 */
import { DelayedError, UnrecoverableError, WaitingError, Worker, type Job, type WorkerOptions } from 'bullmq';
import type { JobVerdict } from '../domain/job.ts';
import type { JobConsumer, LogFields } from '../ports.ts';
import { watchConnection, type OutageLog } from './outage-log.ts';
import { patientClient, type RedisTarget } from './redis-connection.ts';
import { stopWithin } from './stop-worker.ts';

export interface ConsumerOptions {
  readonly connection: RedisTarget;
  readonly prefix: string;
  readonly concurrency: number;
  /** How long a job stays with a worker that is not heard of any more. */
  readonly lockMs: number;
  readonly stalledCheckMs: number;
  readonly outages: OutageLog;
  /** BullMQ's worker refuses a server that does not allow INFO, unless it is told not to look at the version. */
  readonly skipVersionCheck: boolean;
}

/** What a job carries at least: the moment from which on it could run, the base of every waiting time. */
export interface Ready {
  readonly readyAt: number;
}

/** A queue to take jobs from, and what its jobs mean. */
export interface JobSource<Data extends Ready, Run extends { readonly jobId: string }> {
  readonly queueName: string;
  /** Tells this consumer's log lines from those of others. */
  readonly fields: LogFields;
  /** Undefined for what is not of this service's making. */
  readonly read: (data: unknown) => Data | undefined;
  readonly runOf: (data: Data, job: { readonly jobId: string; readonly waitedMs: number }) => Run;
  /** Wakes an idle worker: BullMQ does not when a job goes back to its lane. */
  readonly wake: () => Promise<void>;
  /** Notes a job that waits to be let go. */
  readonly putAside: (jobId: string) => Promise<void>;
  readonly onStalled: () => void;
}

export type RunHandler<Run> = (run: Run, signal: AbortSignal) => Promise<JobVerdict>;

/** Finished jobs are kept for operators to look at; BullMQ evicts them when the next one finishes. */
const KEEP_COMPLETED = { age: 3_600, count: 1_000, limit: 1_000 };
const KEEP_FAILED = { age: 7 * 86_400, count: 10_000, limit: 1_000 };

/** No wait is longer than this, whatever a verdict says. */
const LONGEST_DELAY_MS = 7 * 86_400_000;

/** A handler that throws has met a bug or a ledger that is down; neither is cured by trying again at once. */
const AFTER_A_THROW_MS = { least: 1_000, spread: 4_000 };

/** The reason that a job carries when its data is not of this service's making. */
const MALFORMED_JOB = 'MalformedJob';

export interface Consumer extends Pick<JobConsumer, 'stop'> {
  /**
   * How many handlers are at work (a verdict that cannot be said to Redis is not work), and what has happened since
   * this was last asked: jobs begun, errors met.
   */
  pulse(): { readonly working: number; readonly begun: number; readonly erred: boolean };
}

/** Starts to take jobs at once. While Redis is away the consumer waits for it, for as long as it takes. */
export function startConsumer<Data extends Ready, Run extends { readonly jobId: string }>(
  source: JobSource<Data, Run>,
  handler: RunHandler<Run>,
  options: ConsumerOptions,
): Consumer {
  const { outages } = options;
  const { fields } = source;
  const running = new Set<Promise<void>>();
  let draining = false;
  let working = 0;
  let since = { begun: 0, erred: false };

  const runJob = async (job: Job<Data>, token: string, signal: AbortSignal): Promise<void> => {
    since.begun += 1;
    const data = source.read(job.data);
    outages.recovered();
    if (data === undefined) throw new UnrecoverableError(MALFORMED_JOB);
    working += 1;
    // A fetch that was under way when the stop came may still bring a job.
    const verdict: JobVerdict = draining
      ? { kind: 'putBack' }
      : await judge(source.runOf(data, waitOf(job, data)), signal, { handler, outages });
    working -= 1;
    await settle({ job, token, data }, verdict, source);
  };

  const client = patientClient(options.connection);
  const worker = new AbandonableWorker<Data>(
    source.queueName,
    // All three parameters and no default: BullMQ looks at the function's length before it makes a signal.
    (job: Job<Data>, token, signal) => tracked(running, runJob(job, token ?? '', signal ?? NEVER)),
    { ...workerOptions(options), connection: client },
  );
  worker.on('error', (error) => {
    since.erred = true;
    outages.failed('A queue worker met an error', error, fields);
  });
  client.on('close', () => (since.erred = true));
  // Told to the one worker that found it, which is seldom the one that lost it.
  worker.on('stalled', () => source.onStalled());
  const disconnect = watchConnection(client, outages, fields);

  const stop = async (deadlineMs: number): Promise<void> => {
    draining = true;
    await stopWithin(deadlineMs, { worker, running });
    disconnect();
  };
  let stopped: Promise<void> | undefined;
  return {
    stop: (deadlineMs) => (stopped ??= stop(deadlineMs)),
    pulse() {
      const { begun, erred } = since;
      since = { begun: 0, erred: false };
      return { working, begun, erred };
    },
  };
}

/** Gives a stop the hold on the lock renewal that BullMQ keeps to subclasses. */
class AbandonableWorker<Data> extends Worker<Data, void> {
  /** Running jobs keep their locks until those run out, then another worker has them; their results are dropped. */
  async abandon(): Promise<void> {
    await this.lockManager.close();
    // Not awaited: it waits for a close that may be waiting for Redis.
    void this.getBackend()
      .close(true)
      .catch(() => undefined);
  }
}

const NEVER = new AbortController().signal;

function tracked(running: Set<Promise<void>>, run: Promise<void>): Promise<void> {
  running.add(run);
  const ended = (): void => void running.delete(run);
  run.then(ended, ended);
  return run;
}

function workerOptions(options: ConsumerOptions): Omit<WorkerOptions, 'connection'> {
  return {
    prefix: options.prefix,
    skipVersionCheck: options.skipVersionCheck,
    concurrency: options.concurrency,
    lockDuration: options.lockMs,
    stalledInterval: options.stalledCheckMs,
    // Every deploy that has to kill a worker counts as a stall; with BullMQ's default of 1 the second fails the job.
    maxStalledCount: 1_000_000,
    removeOnComplete: KEEP_COMPLETED,
    removeOnFail: KEEP_FAILED,
    // Pause before a fetch or an acknowledgement that failed is tried again; BullMQ's 15 s would idle the worker.
    runRetryDelay: 1_000,
    settings: { backoffStrategy: (_attemptsMade, _type, error) => delayOf(error) },
  };
}

function waitOf(job: Job, { readyAt }: Ready): { jobId: string; waitedMs: number } {
  const startedAt = job.processedOn ?? Date.now();
  return { jobId: job.id ?? '', waitedMs: Math.max(0, startedAt - readyAt) };
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
