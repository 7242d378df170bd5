/**
 * The JobQueue port on BullMQ: two queues per Region, one per lane, with job ids from the ledger.
 * Invariants: a call fails within CALL_TIMEOUT_MS without Redis; jobs carry no customer data; nothing here decides about an
 * onboarding. Producers share one connection, every consumer has two. Times are the system clock's, as BullMQ's are.
 */
import type { Queue } from 'bullmq';
import type { Redis } from 'ioredis';
import { LANES } from '../domain/onboarding.ts';
import type { Region } from '../domain/region.ts';
import type { CircuitStore, JobConsumer, JobHandler, JobQueue, Log } from '../ports.ts';
import type { OutageNote } from '../ports/alert-ledger.ts';
import type { Checkup } from '../ports/doctor.ts';
import { createCallPermits } from './jobs/call-permits.ts';
import { createCircuitStore } from './regions/circuit-store.ts';
import { createOutageLog } from './redis/outage-log.ts';
import { createOutageNote } from './redis/outage-note.ts';
import { createProducer } from './jobs/producer.ts';
import { regionKey } from './queue-keys.ts';
import { createHealth } from './redis/health.ts';
import type { RedisReport } from './redis/checks.ts';
import { createRedisCheckup } from './redis/checkup.ts';
import type { RedisTarget } from './redis/connection.ts';
import { bounded } from './redis/bounded.ts';
import { countRegion } from './regions/region-counts.ts';
import { createRegionFlow } from './regions/region-flow.ts';
import { openRegionQueues } from './regions/region-queues.ts';
import { consumeLane } from './worker/lane-consumer.ts';
import type { WatchLimits, WatchSettings } from './worker/watched-worker.ts';

export interface JobQueueOptions {
  readonly connection: RedisTarget;
  /** From `queuePrefix`. */
  readonly prefix: string;
  readonly regions: readonly Region[];
  /** Jobs in flight per worker, that is per process, Region and lane; ≥ 1. */
  readonly concurrency: number;
  readonly log: Log;
  /** How long a killed worker's jobs stay locked (30 s), and how often they are looked for (5 s). Tests shorten them. */
  readonly lockMs?: number;
  readonly stalledCheckMs?: number;
  /** Told of every job whose worker was not heard of any more, by one process among all. */
  readonly onStalled?: (region: Region) => void;
  /** How the watch over idle consumers judges; tests shorten it. */
  readonly watch?: Partial<WatchLimits>;
}

export interface BullJobQueue extends JobQueue {
  readonly circuits: CircuitStore;
  readonly outageNote: OutageNote;
  /** For Bull Board, which must mount them read-only: what changes a job goes through the port. */
  rawQueues(): readonly Queue[];
  /** What the checks of the Redis server found; null until it has answered once. */
  redisReport(): RedisReport | null;
  /** Looks at the Redis server. */
  readonly checkup: Checkup;
}

/** The consumers of a Region's lanes as one. */
function both(consumers: readonly JobConsumer[]): JobConsumer {
  return {
    stuck: Promise.race(consumers.map(async ({ stuck }) => stuck)),
    async stop(deadlineMs) {
      await Promise.all(consumers.map(async (consumer) => consumer.stop(deadlineMs)));
    },
  };
}

/** What `close` gives consumers that are still running. */
const LAST_STOP_MS = 1_000;

/**
 * Connects to Redis, or starts trying to: a Redis that is away is no error here, only for the calls.
 * @throws UnsupportedRedisError when Redis answers and is older than 5.0
 */
export async function createJobQueue(options: JobQueueOptions): Promise<BullJobQueue> {
  const { connection, prefix, regions, concurrency, log, onStalled, watch } = options;
  const { lockMs = 30_000, stalledCheckMs = 5_000 } = options;
  const outages = createOutageLog(log);
  const queues = await openRegionQueues({ connection, prefix, regions, log, outages });
  const { client } = queues;
  const permits = createCallPermits(client, { prefix, permitMs: lockMs });
  const flow = createRegionFlow(queues, prefix);
  const health = createHealth(client, { prefix, regions });
  const consumers: JobConsumer[] = [];
  const consume = (region: Region, handler: JobHandler): JobConsumer => {
    const lanes = LANES.map((lane) => {
      const queue = queues.of(region, lane);
      const settings: WatchSettings = {
        queue,
        client,
        connection,
        concurrency,
        lockMs,
        stalledCheckMs,
        outages,
        log,
        watch,
        skipVersionCheck: queues.report()?.server === 'unknown',
      };
      return consumeLane({ region, lane }, handler, { queues, permits, flow, onStalled, settings });
    });
    consumers.push(...lanes);
    return both(lanes);
  };

  return {
    ...createProducer(queues, { permits, flow }),
    setFlow: flow.setFlow,
    release: flow.release,
    circuits: createCircuitStore(client, prefix),
    outageNote: createOutageNote(client, prefix),
    counts: async (region) => bounded('count jobs', async () => countRegion(client, queues.lanesOf(region))),
    consume,
    ...createEpoch(
      client,
      regions.map((region) => regionKey(prefix, region, 'epoch')),
    ),
    ...health,
    async close() {
      await Promise.all(consumers.map(async (consumer) => consumer.stop(LAST_STOP_MS)));
      await queues.close();
    },
    rawQueues: () => queues.all(),
    redisReport: () => queues.report(),
    checkup: createRedisCheckup(client, { now: () => Date.now() }, health),
  };
}

/** One key for each Region: in a Cluster, a lost node loses the keys of some. */
function createEpoch(client: Redis, keys: readonly string[]): Pick<JobQueue, 'readEpoch' | 'writeEpoch'> {
  return {
    async readEpoch() {
      const held = await bounded('read the epoch', async () =>
        Promise.all(keys.map(async (key) => client.get(key))),
      );
      const [first = null] = held;
      return held.every((epoch) => epoch === first) ? first : null;
    },
    async writeEpoch(epoch) {
      await bounded('write the epoch', async () =>
        Promise.all(keys.map(async (key) => client.set(key, epoch))),
      );
    },
  };
}
