/**
 * The JobQueue port on BullMQ: one queue per Region, two lanes by priority, every job under an id that the ledger
 * gives it. Made by the composition root only.
 *
 * Invariants: a call never waits for a Redis that is away (it fails within CALL_TIMEOUT_MS, at boot too); a job
 * carries no customer data; nothing here decides about an onboarding, and all of Redis may be lost, since the ledger
 * refills it. Producers share one connection, every consumer has its own two. Times are the system's clock, because
 * BullMQ stamps and delays its jobs by it.
 */
import type { Queue } from 'bullmq';
import type { Region } from '../domain/region.ts';
import type { CircuitStore, JobConsumer, JobQueue, Log } from '../ports.ts';
import { startConsumer, type ConsumerOptions } from './consumer.ts';
import { createCircuitStore } from './circuit-store.ts';
import { createOutageLog } from './outage-log.ts';
import { createProducer } from './producer.ts';
import { epochKey } from './queue-keys.ts';
import type { RedisReport } from './redis-checks.ts';
import type { RedisTarget } from './redis-connection.ts';
import { bounded } from './redis-error.ts';
import { countRegion } from './region-counts.ts';
import { createRegionFlow } from './region-flow.ts';
import { openRegionQueues, type RegionQueues } from './region-queues.ts';
import {
  startWatchedConsumer,
  WATCH_DEFAULTS,
  type QueueSight,
  type WatchOptions,
} from './watched-consumer.ts';

export interface JobQueueOptions {
  readonly connection: RedisTarget;
  /** From `queuePrefix`. */
  readonly prefix: string;
  readonly regions: readonly Region[];
  /** Jobs in flight per consumer, that is per process and Region; ≥ 1. */
  readonly concurrency: number;
  readonly log: Log;
  /** How long a killed worker's jobs stay locked (30 s), and how often they are looked for (5 s). Tests shorten them. */
  readonly lockMs?: number;
  readonly stalledCheckMs?: number;
  /** Told of every job whose worker was not heard of any more, by one process among all. */
  readonly onStalled?: (region: Region) => void;
  /** How the watch over idle consumers judges; tests shorten it. */
  readonly watch?: Partial<Omit<WatchOptions, 'log' | 'look'>>;
}

export interface BullJobQueue extends JobQueue {
  readonly circuits: CircuitStore;
  /** For Bull Board, which must mount them read-only: what changes a job goes through the port. */
  rawQueues(): readonly Queue[];
  /** What the checks of the Redis server found; null until it has answered once. */
  redisReport(): RedisReport | null;
}

/** What `close` gives consumers that nobody has stopped. */
const LAST_STOP_MS = 1_000;

/**
 * Connects to Redis, or starts trying to: a Redis that is away is no error here, only for the calls.
 * @throws UnsupportedRedisError when Redis answers and is older than 5.0
 */
export async function createJobQueue(options: JobQueueOptions): Promise<BullJobQueue> {
  const { prefix } = options;
  const outages = createOutageLog(options.log);
  const queues = await openRegionQueues({ ...options, outages });
  const { client } = queues;
  const consumers: JobConsumer[] = [];
  const wake = async (region: Region): Promise<void> => wakeIdleWorker(queues, region);
  const { putAside, ...flow } = createRegionFlow(queues, { prefix, wake });
  const consumerOptions: Omit<ConsumerOptions, 'skipVersionCheck'> = {
    connection: options.connection,
    prefix,
    concurrency: options.concurrency,
    lockMs: options.lockMs ?? 30_000,
    stalledCheckMs: options.stalledCheckMs ?? 5_000,
    outages,
    wake,
    putAside,
    onStalled: options.onStalled,
  };

  const watch = { ...WATCH_DEFAULTS, ...options.watch, log: options.log };

  return {
    ...createProducer(queues),
    ...flow,
    circuits: createCircuitStore(client, prefix),
    counts: async (region) => bounded('count jobs', async () => countRegion(client, queues.of(region))),
    consume(region, handler) {
      const settings = { ...consumerOptions, skipVersionCheck: queues.report()?.server === 'unknown' };
      const consumer = startWatchedConsumer(
        {
          fields: { region },
          places: options.concurrency,
          start: () => startConsumer(region, handler, settings),
        },
        {
          ...watch,
          look: async () => bounded('look at the queue', async () => lookAt(queues, region, watch.waitingMs)),
        },
      );
      consumers.push(consumer);
      return consumer;
    },
    readEpoch: async () => bounded('read the epoch', async () => client.get(epochKey(prefix))),
    async writeEpoch(epoch) {
      await bounded('write the epoch', async () => client.set(epochKey(prefix), epoch));
    },
    async ping() {
      await bounded('answer a ping', async () => client.ping());
    },
    async close() {
      await Promise.all(consumers.map(async (consumer) => consumer.stop(LAST_STOP_MS)));
      await queues.close();
    },
    rawQueues: () => queues.all(),
    redisReport: () => queues.report(),
  };
}

async function lookAt(queues: RegionQueues, region: Region, waitingMs: number): Promise<QueueSight> {
  const queue = queues.of(region);
  const [counts, overdueDelayed, globalConcurrency] = await Promise.all([
    countRegion(queues.client, queue),
    queue.getDelayedCount(Date.now() - waitingMs),
    queue.getGlobalConcurrency(),
  ]);
  return { ...counts, overdueDelayed, globalConcurrency };
}

/**
 * BullMQ 6's script that puts an active job back into its lane sets no marker, so an idle worker would see the job
 * only at its next poll, up to 5 s later. A marker too many just lets one worker look once.
 */
async function wakeIdleWorker(queues: RegionQueues, region: Region): Promise<void> {
  await queues.client.zadd(queues.of(region).toKey('marker'), 0, '0').catch(() => undefined);
}
