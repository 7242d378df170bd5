/**
 * A watched worker: one that is idle while jobs wait is stuck and is replaced by its owner. Causes: half-open connections, which
 * accept commands for 15 minutes, and BullMQ loops lost after a reconnect. An unreachable or failing Redis never counts.
 */
import type { Queue } from 'bullmq';
import type { Redis } from 'ioredis';
import { setTimeout as sleep } from 'node:timers/promises';
import { isIdleWhileJobsWait, type RegionQueueCounts } from '../../domain/job.ts';
import type { JobConsumer, Log, LogFields } from '../../ports.ts';
import { bounded } from '../redis/bounded.ts';
import { countQueue } from '../regions/region-counts.ts';
import { type RunningWorker, runWorker, type WorkerSettings, type WorkerTask } from './run-worker.ts';

export interface WatchLimits {
  readonly everyMs: number;
  /** A job that is ready for less than this may still be on its way to a worker. */
  readonly waitingMs: number;
  /** Idle looks in a row after which the worker counts as stuck. Counted, so that a machine's sleep is one look. */
  readonly looks: number;
}

/** BullMQ's own poll of an idle worker comes every 5 s; four looks leave it two more chances. */
const LIMITS: WatchLimits = { everyMs: 5_000, waitingMs: 5_000, looks: 4 };

export interface WatchSettings extends WorkerSettings {
  readonly log: Log;
  /** Tests shorten them. */
  readonly watch?: Partial<WatchLimits> | undefined;
}

/** Starts to take jobs at once. While Redis is away it waits for it, for as long as it takes. */
export function runWatchedWorker<D, R>(task: WorkerTask<D, R>, settings: WatchSettings): JobConsumer {
  const worker = runWorker(task, settings);
  const ending = new AbortController();
  const watching = watch(worker, { fields: task.fields, settings }, ending.signal);
  return {
    stuck: new Promise((resolve) => void watching.then((isStuck) => isStuck && resolve())),
    async stop(deadlineMs) {
      ending.abort();
      await worker.stop(deadlineMs);
    },
  };
}

/** Resolves with true once the worker is stuck, with false when the signal aborts. */
async function watch(
  worker: RunningWorker,
  { fields, settings }: { fields: LogFields; settings: WatchSettings },
  signal: AbortSignal,
): Promise<boolean> {
  const { client, queue, concurrency: places, log } = settings;
  const { everyMs, waitingMs, looks } = { ...LIMITS, ...settings.watch };
  let idleLooks = 0;
  while (await sleep(everyMs, true, { signal }).catch(() => false)) {
    const look = bounded('check the queue', async () => lookAt(client, queue, waitingMs));
    const seen = await look.catch(() => undefined);
    // Read in any case: it counts from look to look.
    const { working: running, ...pulse } = worker.pulse();
    const isIdle =
      seen !== undefined && isIdleWhileJobsWait({ ...pulse, ...seen, running, places }, waitingMs);
    idleLooks = isIdle ? idleLooks + 1 : 0;
    if (signal.aborted || idleLooks < looks) continue;
    const { waiting, oldestWaitingMs, overdueDelayed } = seen ?? {};
    log.error(
      { ...fields, waiting, oldest_waiting_ms: oldestWaitingMs, overdue_delayed: overdueDelayed },
      'worker.stuck',
    );
    return true;
  }
  return false;
}

interface QueueSight extends RegionQueueCounts {
  /** Delayed jobs whose time came more than `waitingMs` ago. */
  readonly overdueDelayed: number;
  readonly flows: boolean;
}

async function lookAt(client: Redis, queue: Queue, waitingMs: number): Promise<QueueSight> {
  const [counts, overdueDelayed, globalConcurrency] = await Promise.all([
    countQueue(client, queue),
    queue.getDelayedCount(Date.now() - waitingMs),
    queue.getGlobalConcurrency(),
  ]);
  return { ...counts, overdueDelayed, flows: !counts.paused && globalConcurrency === null };
}
