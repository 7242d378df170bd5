import type { Queue } from 'bullmq';
import type { Redis } from 'ioredis';
import type { JobConsumer, Log } from '../ports.ts';
import { startConsumer, type JobSource, type Ready, type RunHandler } from './consumer.ts';
import type { OutageLog } from './outage-log.ts';
import type { RedisTarget } from './redis-connection.ts';
import { liveOnlyPlaces } from '../domain/places.ts';
import { createAdmission } from './admission.ts';
import { peekNext, type NextJob } from './next-job.ts';
import type { Admitted } from './queue-worker.ts';
import type { SlotLine } from './slot-line.ts';
import { bounded } from './redis-error.ts';
import { countRegion } from './region-counts.ts';
import type { RegionQueues } from './region-queues.ts';
import {
  startWatchedConsumer,
  WATCH_DEFAULTS,
  type QueueSight,
  type WatchOptions,
} from './watched-consumer.ts';

interface ConsumersOptions {
  readonly connection: RedisTarget;
  readonly prefix: string;
  readonly log: Log;
  readonly outages: OutageLog;
  readonly lockMs?: number;
  readonly stalledCheckMs?: number;
  readonly watch?: Partial<Omit<WatchOptions, 'log' | 'look'>>;
}

/** Starts watched consumers, on whichever queue, and stops those that nobody has stopped. */
export interface Consumers {
  readonly start: <Data extends Ready, Run extends { readonly jobId: string }>(
    source: JobSource<Data, Run>,
    handler: RunHandler<Run>,
    on: { readonly queue: Queue; readonly concurrency: number; readonly slots?: SlotLine },
  ) => JobConsumer;
  readonly stopAll: (deadlineMs: number) => Promise<void>;
}

export function createConsumers(queues: RegionQueues, options: ConsumersOptions): Consumers {
  const { connection, prefix, log, outages, lockMs = 30_000, stalledCheckMs = 5_000 } = options;
  const settings = { ...WATCH_DEFAULTS, ...options.watch };
  const started: JobConsumer[] = [];

  return {
    start(source, handler, { queue, concurrency, slots }) {
      const skipVersionCheck = queues.report()?.server === 'unknown';
      const admittedBy = (line: SlotLine | undefined): { admitted?: Admitted } => {
        if (line === undefined) return {};
        const peek = async (): Promise<NextJob> =>
          bounded('look for the next job', async () => peekNext(queues.client, queue));
        const admission = createAdmission({ slots: line, places: concurrency, peekNext: peek });
        return { admitted: { admission, wake: source.wake } };
      };
      const worker = { connection, prefix, lockMs, stalledCheckMs, outages, concurrency, skipVersionCheck };
      const watched = startWatchedConsumer(
        {
          fields: source.fields,
          places: slots === undefined ? concurrency : concurrency - liveOnlyPlaces(concurrency),
          // Each has an admission of its own: one that was replaced still frees its places, or never will.
          start: () => startConsumer(source, handler, { ...worker, ...admittedBy(slots) }),
        },
        {
          ...settings,
          log,
          look: async () =>
            bounded('look at the queue', async () => lookAt(queues.client, queue, settings.waitingMs)),
        },
      );
      started.push(watched);
      return watched;
    },
    async stopAll(deadlineMs) {
      await Promise.all(started.map(async (consumer) => consumer.stop(deadlineMs)));
    },
  };
}

async function lookAt(client: Redis, queue: Queue, waitingMs: number): Promise<QueueSight> {
  const [counts, overdueDelayed, globalConcurrency] = await Promise.all([
    countRegion(client, queue),
    queue.getDelayedCount(Date.now() - waitingMs),
    queue.getGlobalConcurrency(),
  ]);
  return { ...counts, overdueDelayed, globalConcurrency };
}
