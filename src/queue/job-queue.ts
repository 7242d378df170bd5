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
import type { JobRun } from '../domain/job.ts';
import type { Region } from '../domain/region.ts';
import type { CircuitStore, JobQueue, Log } from '../ports.ts';
import type { Checkup } from '../ports/doctor.ts';
import type { DeliveryQueue } from '../ports/notifications.ts';
import type { JobSource } from './consumer.ts';
import { createConsumers } from './consumers.ts';
import { createCircuitStore } from './circuit-store.ts';
import { createDeliveryQueue } from './delivery-queue.ts';
import { readJobData, type JobData } from './job-data.ts';
import { createOutageLog } from './outage-log.ts';
import { createProducer } from './producer.ts';
import { epochKey, queueName } from './queue-keys.ts';
import type { RedisReport } from './redis-checks.ts';
import { createRedisCheckup } from './redis-checkup.ts';
import type { RedisTarget } from './redis-connection.ts';
import { bounded } from './redis-error.ts';
import { countRegion } from './region-counts.ts';
import { createRegionFlow } from './region-flow.ts';
import { createRemove } from './remove-job.ts';
import { openRegionQueues } from './region-queues.ts';
import type { SlotLine } from './slot-line.ts';
import type { WatchOptions } from './watched-consumer.ts';

export interface JobQueueOptions {
  readonly connection: RedisTarget;
  /** From `queuePrefix`. */
  readonly prefix: string;
  readonly regions: readonly Region[];
  /** Jobs in flight per consumer, that is per process and Region; ≥ 1. */
  readonly concurrency: number;
  /** Where a Region's consumer takes the slots of the quota for its jobs. */
  readonly slots: (region: Region) => SlotLine;
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
  readonly deliveries: DeliveryQueue;
  /** For Bull Board, which must mount them read-only: what changes a job goes through the port. */
  rawQueues(): readonly Queue[];
  /** What the checks of the Redis server found; null until it has answered once. */
  redisReport(): RedisReport | null;
  /** Looks at the Redis server. */
  readonly checkup: Checkup;
}

/** Notifications in flight per process: calls that may each take seconds, and cost next to nothing meanwhile. */
const DELIVERIES_CONCURRENCY = 50;

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
  const { putAside, ...flow } = createRegionFlow(queues, {
    prefix,
    wake: async (region) => queues.wake(queues.of(region)),
  });
  const { start, stopAll } = createConsumers(queues, { ...options, outages });

  return {
    ...createProducer(queues),
    remove: createRemove(queues, prefix),
    ...flow,
    circuits: createCircuitStore(client, prefix),
    counts: async (region) => bounded('count jobs', async () => countRegion(client, queues.of(region))),
    consume(region, handler) {
      const source: JobSource<JobData, JobRun> = {
        queueName: queueName(region),
        fields: { region },
        // One that is for another Region would run under the pause, the circuit and the rate of this one.
        read: (data) => {
          const job = readJobData(data);
          return job?.region === region ? job : undefined;
        },
        runOf: ({ onboardingId, replays, region: at }, job) => ({
          onboardingId,
          replays,
          region: at,
          ...job,
        }),
        wake: async () => queues.wake(queues.of(region)),
        putAside: async (jobId) => putAside(region, jobId),
        onStalled: () => options.onStalled?.(region),
      };
      const { concurrency } = options;
      return start(source, handler, { queue: queues.of(region), concurrency, slots: options.slots(region) });
    },
    deliveries: createDeliveryQueue(queues, (source, handler, queue) =>
      start(source, handler, { queue, concurrency: DELIVERIES_CONCURRENCY }),
    ),
    readEpoch: async () => bounded('read the epoch', async () => client.get(epochKey(prefix))),
    async writeEpoch(epoch) {
      await bounded('write the epoch', async () => client.set(epochKey(prefix), epoch));
    },
    async ping() {
      await bounded('answer a ping', async () => client.ping());
    },
    async close() {
      await stopAll(LAST_STOP_MS);
      await queues.close();
    },
    rawQueues: () => queues.all(),
    redisReport: () => queues.report(),
    checkup: createRedisCheckup(client, { now: () => Date.now() }),
  };
}
