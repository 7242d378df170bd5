/**
 * A consumer under watch: one that sits idle while jobs wait is replaced by a new one, with new connections. That
 * happens when Redis goes away without a word (a half-open connection takes commands for a quarter of an hour) and in
 * the ways that BullMQ's workers have lost their loop after a reconnect. Made by job-queue.ts alone.
 *
 * Invariants: the old consumer takes no job once the new one starts, and its running ones end or go back unspent; a
 * Redis that is away, or that answers with errors, is never taken for a stuck consumer.
 */
import { setTimeout as sleep } from 'node:timers/promises';
import type { RegionQueueCounts } from '../domain/job.ts';
import { judgeSight, NEW_WATCH, type WatchLimits } from '../domain/watchdog.ts';
import type { JobConsumer, Log, LogFields } from '../ports.ts';
import type { Consumer } from './run-worker.ts';

/** What a look at the queue in Redis tells. */
export interface QueueSight extends RegionQueueCounts {
  /** Delayed jobs whose time came more than `waitingMs` ago. */
  readonly overdueDelayed: number;
  /** How many jobs the queue may run over all processes; null: as many as they have places. */
  readonly globalConcurrency: number | null;
}

export interface WatchOptions extends WatchLimits {
  readonly everyMs: number;
  readonly log: Log;
  /** Rejects while Redis does not answer. */
  readonly look: () => Promise<QueueSight>;
}

/** What is kept going, and how it is named in the log. */
export interface WatchedConsumer {
  readonly fields: LogFields;
  /** Jobs that it runs at a time. */
  readonly places: number;
  readonly start: () => Consumer;
}

/** BullMQ's own poll of an idle worker comes every 5 s; four looks leave it two more chances. */
export const WATCH_DEFAULTS = { everyMs: 5_000, waitingMs: 5_000, looks: 4, renewals: 3 };

/** What a replaced consumer's running jobs get to end. They are not stuck, and nothing of theirs is lost. */
const RETIRE_MS = 5_000;

export function startWatchedConsumer(
  { fields, places, start }: WatchedConsumer,
  settings: WatchOptions,
): JobConsumer {
  const { log, everyMs } = settings;
  const ending = new AbortController();
  const retiring: Promise<void>[] = [];
  let current = start();
  let watch = NEW_WATCH;
  let giveUp: () => void = () => undefined;
  const stuck = new Promise<void>((resolve) => (giveUp = resolve));

  const renew = (): void => {
    retiring.push(current.stop(RETIRE_MS));
    current = start();
  };
  const lookOnce = async (): Promise<void> => {
    const seen = await settings.look().catch(() => undefined);
    if (ending.signal.aborted) return;
    const judged = judgeSight(watch, sightOf(current, seen, places), settings);
    watch = judged.watch;
    if (judged.verdict !== 'renew' && judged.verdict !== 'giveUp') return;
    log.error({ ...fields, ...figuresOf(seen, watch.renewals) }, STUCK_LINES[judged.verdict]);
    if (judged.verdict === 'renew') {
      renew();
      return;
    }
    ending.abort();
    giveUp();
  };
  void (async () => {
    while (await unlessAborted(everyMs, ending.signal)) await lookOnce();
  })();

  return {
    stuck,
    async stop(deadlineMs) {
      ending.abort();
      await Promise.all([current.stop(deadlineMs), ...retiring]);
    },
  };
}

const STUCK_LINES = { renew: 'worker.stuck', giveUp: 'worker.beyond_repair' };

function sightOf(
  consumer: Consumer,
  seen: QueueSight | undefined,
  places: number,
): Parameters<typeof judgeSight>[1] {
  // Read in any case: it counts from look to look.
  const { working, ...pulse } = consumer.pulse();
  if (seen === undefined) return undefined;
  const { oldestWaitingMs, overdueDelayed, paused, globalConcurrency } = seen;
  return {
    ...pulse,
    running: working,
    places,
    oldestWaitingMs,
    overdueDelayed,
    flows: !paused && globalConcurrency === null,
  };
}

function figuresOf(seen: QueueSight | undefined, renewals: number): LogFields {
  return {
    waiting: seen?.waiting,
    oldest_waiting_ms: seen?.oldestWaitingMs,
    overdue_delayed: seen?.overdueDelayed,
    renewals,
  };
}

async function unlessAborted(ms: number, signal: AbortSignal): Promise<boolean> {
  return sleep(ms, true, { signal }).catch(() => false);
}
