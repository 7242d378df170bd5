/**
 * A BullMQ Worker as every queue here needs it: it keeps count of what runs, says an outage once, is stopped within a
 * deadline, and accepts jobs that were added to the queue by hand. What a job is, and what becomes of it, its task says.
 */
import { setMaxListeners } from 'node:events';
import { Worker, type BackoffStrategy, type Job, type Queue, type WorkerOptions } from 'bullmq';
import type { Redis } from 'ioredis';
import type { JobConsumer, LogFields } from '../../ports.ts';
import { watchConnection, type OutageLog } from '../redis/outage-log.ts';
import { patientClient, type RedisTarget } from '../redis/connection.ts';
import { stopWithin } from './stop-worker.ts';
import { repairUnreadable } from './unreadable-job.ts';

export interface WorkerSettings {
  /** The queue, on the producers' connection; the worker makes its own two. */
  readonly queue: Queue;
  readonly client: Redis;
  readonly connection: RedisTarget;
  readonly concurrency: number;
  /** How long a job stays with a worker that is not heard of any more. */
  readonly lockMs: number;
  readonly stalledCheckMs: number;
  readonly outages: OutageLog;
  /** BullMQ's worker refuses a server that does not allow INFO, unless it is told not to look at the version. */
  readonly skipVersionCheck: boolean;
}

export interface RunningWorker extends Pick<JobConsumer, 'stop'> {
  /**
   * How many handlers are at work (a verdict that cannot be said to Redis is not work), and what has happened since this
   * was last asked: jobs begun, errors met.
   */
  pulse(): {
    readonly working: number;
    readonly begun: number;
    readonly erred: boolean;
  };
}

/** One run of a job. */
export interface JobTurn<D> {
  readonly job: Job<D>;
  readonly token: string;
  /** Aborts shortly before the deadline of a stop. */
  readonly signal: AbortSignal;
  /** Aborts when a stop begins. A fetch that was under way may still bring a job then. */
  readonly draining: AbortSignal;
  /** Counts what is done in it as work. */
  readonly work: <T>(doing: () => Promise<T>) => Promise<T>;
}

export interface WorkerTask<D, R> {
  /** Of every log line. */
  readonly fields: LogFields;
  /** What it returns completes the job; what it throws is said in BullMQ's classes of errors. */
  readonly run: (turn: JobTurn<D>) => Promise<R>;
  readonly backoffStrategy?: BackoffStrategy;
  readonly onStalled?: () => void;
}

/** Finished jobs are kept for operators to look at; BullMQ evicts them when the next one finishes. */
const KEEP_COMPLETED = { age: 3_600, count: 1_000, limit: 1_000 };
const KEEP_FAILED = { age: 7 * 86_400, count: 10_000, limit: 1_000 };

/** Starts to take jobs at once. While Redis is away it waits for it, for as long as it takes. */
export function runWorker<D, R>(task: WorkerTask<D, R>, settings: WorkerSettings): RunningWorker {
  const { outages, queue } = settings;
  const running = new Set<Promise<R>>();
  /** One for all jobs: they are never aborted but together, shortly before the deadline of a stop. */
  const stopping = new AbortController();
  const draining = new AbortController();
  setMaxListeners(0, stopping.signal, draining.signal);
  let working = 0;
  let since = { begun: 0, erred: false };

  const take = async (job: Job<D, R>, token: string): Promise<R> => {
    since.begun += 1;
    outages.recovered();
    return task.run({
      job,
      token,
      signal: stopping.signal,
      draining: draining.signal,
      async work(doing) {
        working += 1;
        try {
          return await doing();
        } finally {
          working -= 1;
        }
      },
    });
  };

  const client = patientClient(settings.connection);
  const worker = new Worker<D, R>(
    queue.name,
    // Two parameters: for one that takes a third, BullMQ makes a signal for each job.
    (job: Job<D>, token) => tracked(running, take(job as Job<D, R>, token ?? '')),
    { ...workerOptions(task, settings), connection: client },
  );
  worker.on('error', (error) => {
    since.erred = true;
    if (error instanceof SyntaxError) void repairUnreadable(settings.client, queue).catch(() => undefined);
    outages.failed('A queue worker reported an error', error, task.fields);
  });
  client.on('close', () => (since.erred = true));
  // Told to the one worker that found it, which is seldom the one that lost it.
  worker.on('stalled', () => task.onStalled?.());
  const disconnect = watchConnection(client, outages, task.fields);

  const stop = async (deadlineMs: number): Promise<void> => {
    draining.abort(new Error('stopping'));
    await stopWithin(deadlineMs, {
      worker,
      client,
      running,
      abortRunning: () => stopping.abort(new Error('stopping')),
    });
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

function tracked<R>(running: Set<Promise<R>>, run: Promise<R>): Promise<R> {
  running.add(run);
  const ended = (): void => void running.delete(run);
  run.then(ended, ended);
  return run;
}

function workerOptions<D, R>(
  { backoffStrategy }: WorkerTask<D, R>,
  settings: WorkerSettings,
): Omit<WorkerOptions, 'connection'> {
  return {
    prefix: settings.queue.opts.prefix ?? '',
    skipVersionCheck: settings.skipVersionCheck,
    concurrency: settings.concurrency,
    lockDuration: settings.lockMs,
    stalledInterval: settings.stalledCheckMs,
    // Every deploy that has to kill a worker counts as a stall; with BullMQ's default of 1 the second fails the job.
    maxStalledCount: 1_000_000,
    removeOnComplete: KEEP_COMPLETED,
    removeOnFail: KEEP_FAILED,
    // Pause before a fetch or an acknowledgement that failed is tried again; BullMQ's 15 s would idle the worker.
    runRetryDelay: 1_000,
    ...(backoffStrategy === undefined ? {} : { settings: { backoffStrategy } }),
  };
}
