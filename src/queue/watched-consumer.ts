/**
 * A consumer under watch: one that sits idle while jobs wait is stuck, and whoever runs it ends it and starts a new one,
 * with new connections. That happens when Redis goes away without a word (a half-open connection takes commands for a
 * quarter of an hour) and in the ways that BullMQ's workers have lost their loop after a reconnect.
 *
 * Invariant: a Redis that is away, or that answers with errors, is never taken for a stuck consumer.
 */
import { setTimeout as sleep } from 'node:timers/promises';
import type { RegionQueueCounts } from '../domain/job.ts';
import { isIdleWhileJobsWait } from '../domain/watchdog.ts';
import type { JobConsumer, Log, LogFields } from '../ports.ts';
import type { Consumer } from './run-worker.ts';

/** What a look at the queue in Redis tells. */
export interface QueueSight extends RegionQueueCounts {
  /** Delayed jobs whose time came more than `waitingMs` ago. */
  readonly overdueDelayed: number;
  /** How many jobs the queue may run over all processes; null: as many as they have places. */
  readonly globalConcurrency: number | null;
}

export interface WatchLimits {
  readonly everyMs: number;
  /** A job that is ready for less than this may still be on its way to a worker. */
  readonly waitingMs: number;
  /** Idle looks in a row after which the consumer counts as stuck. Counted, so that a machine's sleep is one look. */
  readonly looks: number;
}

/** BullMQ's own poll of an idle worker comes every 5 s; four looks leave it two more chances. */
export const WATCH_DEFAULTS: WatchLimits = { everyMs: 5_000, waitingMs: 5_000, looks: 4 };

/** What is watched, and how it is named in the log. */
export interface Watched {
  readonly consumer: Consumer;
  readonly fields: LogFields;
  /** Jobs that it runs at a time. */
  readonly places: number;
  readonly log: Log;
  /** Rejects while Redis does not answer. */
  readonly look: () => Promise<QueueSight>;
}

export function watchConsumer(watched: Watched, limits: WatchLimits): JobConsumer {
  const ending = new AbortController();
  const watching = watch(watched, limits, ending.signal);
  return {
    stuck: new Promise((resolve) => void watching.then((isStuck) => isStuck && resolve())),
    async stop(deadlineMs) {
      ending.abort();
      await watched.consumer.stop(deadlineMs);
    },
  };
}

/** Resolves with true once the consumer is stuck, with false when the signal aborts. */
async function watch(
  { consumer, fields, places, log, look }: Watched,
  { everyMs, waitingMs, looks }: WatchLimits,
  signal: AbortSignal,
): Promise<boolean> {
  let idleLooks = 0;
  while (await sleep(everyMs, true, { signal }).catch(() => false)) {
    const seen = await look().catch(() => undefined);
    // Read in any case: it counts from look to look.
    const { working: running, ...pulse } = consumer.pulse();
    const isIdle =
      seen !== undefined &&
      isIdleWhileJobsWait({ ...pulse, ...seen, running, places, flows: flows(seen) }, waitingMs);
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

const flows = ({ paused, globalConcurrency }: QueueSight): boolean => !paused && globalConcurrency === null;
