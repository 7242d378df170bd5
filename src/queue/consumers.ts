import type { Queue } from 'bullmq';
import type { Redis } from 'ioredis';
import type { JobConsumer, Log } from '../ports.ts';
import { startConsumer, type JobSource, type Ready, type RunHandler } from './consumer.ts';
import type { OutageLog } from './outage-log.ts';
import type { RedisTarget } from './redis-connection.ts';
import { bounded } from './redis-error.ts';
import { countQueue } from './region-counts.ts';
import type { RegionQueues } from './region-queues.ts';
import { repairUnreadable } from './unreadable-job.ts';
import { watchConsumer, WATCH_DEFAULTS, type QueueSight, type WatchLimits } from './watched-consumer.ts';

interface ConsumersOptions {
  readonly connection: RedisTarget;
  readonly log: Log;
  readonly outages: OutageLog;
  readonly lockMs?: number;
  readonly stalledCheckMs?: number;
  readonly watch?: Partial<WatchLimits>;
}

/** Starts watched consumers, on whichever queue, and stops those that nobody has stopped. */
export interface Consumers {
  readonly start: <Data extends Ready, Run extends { readonly jobId: string }>(
    source: JobSource<Data, Run>,
    handler: RunHandler<Run>,
    on: { readonly queue: Queue; readonly concurrency: number },
  ) => JobConsumer;
  readonly stopAll: (deadlineMs: number) => Promise<void>;
}

export function createConsumers(queues: RegionQueues, options: ConsumersOptions): Consumers {
  const { connection, log, outages, lockMs = 30_000, stalledCheckMs = 5_000 } = options;
  const limits = { ...WATCH_DEFAULTS, ...options.watch };
  const started: JobConsumer[] = [];

  return {
    start(source, handler, { queue, concurrency }) {
      const skipVersionCheck = queues.report()?.server === 'unknown';
      const { prefix = '' } = queue.opts;
      const onUnreadable = (): void => void repairUnreadable(queues.client, queue).catch(() => undefined);
      const worker = {
        connection,
        prefix,
        lockMs,
        stalledCheckMs,
        outages,
        concurrency,
        skipVersionCheck,
        onUnreadable,
      };
      const watched = watchConsumer(
        {
          consumer: startConsumer(source, handler, worker),
          fields: source.fields,
          places: concurrency,
          log,
          look: async () =>
            bounded('look at the queue', async () => lookAt(queues.client, queue, limits.waitingMs)),
        },
        limits,
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
    countQueue(client, queue),
    queue.getDelayedCount(Date.now() - waitingMs),
    queue.getGlobalConcurrency(),
  ]);
  return { ...counts, overdueDelayed, globalConcurrency };
}
