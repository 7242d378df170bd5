/**
 * The JobQueue port on BullMQ: two queues per Region, one for each lane, every job under an id that the ledger gives
 * it. Made by the composition root only.
 *
 * Invariants: a call never waits for a Redis that is away (it fails within CALL_TIMEOUT_MS, at boot too); a job
 * carries no customer data; nothing here decides about an onboarding, and all of Redis may be lost, since the ledger
 * refills it. Producers share one connection, every consumer has its own two. Times are the system's clock, because
 * BullMQ stamps and delays its jobs by it.
 */
import type { Queue } from 'bullmq';
import type { JobRun } from '../domain/job.ts';
import { LANES, type Lane } from '../domain/onboarding.ts';
import type { Region } from '../domain/region.ts';
import type { CircuitStore, JobConsumer, JobHandler, JobQueue, Log } from '../ports.ts';
import type { Checkup } from '../ports/doctor.ts';
import { createCallPermits, type CallPermits } from './call-permits.ts';
import type { BegunJob } from './consumer.ts';
import { createConsumers } from './consumers.ts';
import { createCircuitStore } from './circuit-store.ts';
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
import type { WatchLimits } from './watched-consumer.ts';

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

/** A permit is renewed as BullMQ renews the lock of a job: for as long as the handler is at work. */
function beginRun(
  permits: CallPermits,
  { data, job, permitMs }: { data: JobData; job: BegunJob; permitMs: number },
): { run: JobRun; end: () => Promise<void> } {
  const { onboardingId, replays, region } = data;
  const ref = { onboardingId, replays, region };
  let renewal: NodeJS.Timeout | undefined;
  let hasAsked = false;
  return {
    run: {
      ...ref,
      jobId: job.jobId,
      waitedMs: job.waitedMs,
      draining: job.draining,
      async mayCall(asProbe) {
        hasAsked = true;
        const permit = await permits.take(ref, job.run, asProbe);
        if (permit !== 'granted') return permit;
        const renew = (): void => void permits.take(ref, job.run, asProbe).catch(() => undefined);
        renewal = setInterval(renew, permitMs / 2);
        return permit;
      },
    },
    async end() {
      clearInterval(renewal);
      if (!hasAsked) return;
      // Also after an answer that was lost. What cannot be given back expires; until then no other run of the job begins.
      await permits.giveBack(ref, job.run).catch(() => undefined);
    },
  };
}

/** What `close` gives consumers that nobody has stopped. */
const LAST_STOP_MS = 1_000;

/**
 * Connects to Redis, or starts trying to: a Redis that is away is no error here, only for the calls.
 * @throws UnsupportedRedisError when Redis answers and is older than 5.0
 */
export async function createJobQueue(options: JobQueueOptions): Promise<BullJobQueue> {
  const { prefix, concurrency, lockMs = 30_000 } = options;
  const outages = createOutageLog(options.log);
  const queues = await openRegionQueues({ ...options, outages });
  const { client } = queues;
  const epochKeys = options.regions.map((region) => epochKey(prefix, region));
  const permits = createCallPermits(client, { prefix, permitMs: lockMs });
  const { putAside, keepHeld, ...flow } = createRegionFlow(queues, prefix);
  const { start, stopAll } = createConsumers(queues, { ...options, outages, lockMs });
  const consumeLane = (region: Region, lane: Lane, handler: JobHandler): JobConsumer =>
    start(
      {
        queueName: queueName(region, lane),
        fields: { region, lane },
        // One that is for another Region would run under the pause, the circuit and the rate of this one.
        read: (data) => {
          const job = readJobData(data);
          return job?.region === region ? job : undefined;
        },
        begin: (data, job) => beginRun(permits, { data, job, permitMs: lockMs }),
        wake: async () => queues.wake(queues.of(region, lane)),
        putAside: async (jobId) => putAside(region, lane, jobId),
        onStalled: () => options.onStalled?.(region),
      },
      handler,
      { queue: queues.of(region, lane), concurrency },
    );

  return {
    ...createProducer(queues, { permits, keepHeld }),
    remove: createRemove(queues, { prefix, permits }),
    ...flow,
    circuits: createCircuitStore(client, prefix),
    counts: async (region) => bounded('count jobs', async () => countRegion(client, queues.lanesOf(region))),
    consume: (region, handler) => both(LANES.map((lane) => consumeLane(region, lane, handler))),
    async readEpoch() {
      const held = await bounded('read the epoch', async () =>
        Promise.all(epochKeys.map(async (key) => client.get(key))),
      );
      const [first = null] = held;
      return held.every((epoch) => epoch === first) ? first : null;
    },
    async writeEpoch(epoch) {
      await bounded('write the epoch', async () =>
        Promise.all(epochKeys.map(async (key) => client.set(key, epoch))),
      );
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
