import type { Job, Queue } from 'bullmq';
import type { Redis } from 'ioredis';
import type { Flow } from '../../domain/job.ts';
import { LANES, type Lane } from '../../domain/onboarding.ts';
import type { Region } from '../../domain/region.ts';
import type { JobQueue } from '../../ports.ts';
import type { JobData } from '../jobs/job-data.ts';
import { regionKey } from '../queue-keys.ts';
import { bounded } from '../redis/bounded.ts';
import type { RegionQueues } from './region-queues.ts';

/** Enough for every job that can have been in flight when the Region was held. */
const HELD_KEPT = 20_000;
const HELD_FOR_SECONDS = 86_400;

/** Jobs let go at a time. */
const BATCH = 200;

/** How a Region's queues give out their jobs, and which of them wait to be let go. */
export interface RegionFlow extends Pick<JobQueue, 'setFlow' | 'release'> {
  /** Notes a job as put aside until it is released. */
  readonly putAside: (region: Region, lane: Lane, jobId: string) => Promise<void>;
  /** The same of a bulk job that has become a live one: it is still let go with its Region. */
  readonly keepHeld: (region: Region, jobId: string) => Promise<void>;
  /** Of a job that is no more. */
  readonly forgetHeld: (region: Region, jobId: string) => Promise<void>;
}

export function createRegionFlow(queues: RegionQueues, prefix: string): RegionFlow {
  const { client } = queues;
  const releaseOf = async (region: Region, lane: Lane, limit: number): Promise<number> => {
    let released = 0;
    while (released < limit) {
      const ids = await bounded('find held jobs', async () =>
        longestHeld(client, regionKey(prefix, region, `held:${lane}`), Math.min(BATCH, limit - released)),
      );
      if (ids.length === 0) break;
      released += await bounded('release held jobs', async () => letGo(queues.of(region, lane), ids));
    }
    return released;
  };
  return {
    async setFlow(region, flow) {
      await bounded('set the flow of a Region', async () =>
        Promise.all(queues.lanesOf(region).map(async (queue) => setFlowOf(queues, queue, flow))),
      );
    },
    async keepHeld(region, jobId) {
      const [bulk, live] = [regionKey(prefix, region, 'held:bulk'), regionKey(prefix, region, 'held:live')];
      const since = await client.zscore(bulk, jobId);
      if (since !== null) await client.multi().zrem(bulk, jobId).zadd(live, since, jobId).exec();
    },
    async forgetHeld(region, jobId) {
      await bounded('remove a held job', async () =>
        Promise.all(LANES.map(async (lane) => client.zrem(regionKey(prefix, region, `held:${lane}`), jobId))),
      );
    },
    async putAside(region, lane, jobId) {
      const key = regionKey(prefix, region, `held:${lane}`);
      await bounded('hold a job', async () =>
        client
          .multi()
          .zadd(key, Date.now(), jobId)
          .zremrangebyrank(key, 0, -HELD_KEPT - 1)
          .expire(key, HELD_FOR_SECONDS)
          .exec(),
      );
    },
    async release(region, limit = Infinity) {
      const live = await releaseOf(region, 'live', limit);
      return live + (await releaseOf(region, 'bulk', limit - live));
    },
  };
}

async function setFlowOf(queues: RegionQueues, queue: Queue<JobData>, flow: Flow): Promise<void> {
  const wanted = WANTED[flow];
  const [paused, concurrency] = await queues.client.hmget(queue.toKey('meta'), 'paused', 'concurrency');
  // First: the end of a limit would let one more job out.
  if (wanted.paused && paused === null) await queue.pause();
  if (wanted.concurrency === null && concurrency !== null) await queue.removeGlobalConcurrency();
  if (wanted.concurrency !== null && concurrency !== String(wanted.concurrency))
    await queue.setGlobalConcurrency(wanted.concurrency);
  if (!wanted.paused && paused !== null) await queue.resume();
  // BullMQ's resume wakes idle workers, the end of a limit does not.
  if (wanted.concurrency === null && concurrency !== null && !wanted.paused) await queues.wake(queue);
}

const WANTED: Readonly<Record<Flow, { paused: boolean; concurrency: number | null }>> = {
  run: { paused: false, concurrency: null },
  probe: { paused: false, concurrency: 1 },
  hold: { paused: true, concurrency: null },
};

async function longestHeld(client: Redis, key: string, count: number): Promise<readonly string[]> {
  const popped = await client.zpopmin(key, count);
  // Members and scores in turns, or in pairs under RESP3.
  return popped.flat().filter((_, index) => index % 2 === 0);
}

/** A job that no longer is delayed has run, or will without us. */
async function letGo(queue: Queue<JobData>, ids: readonly string[]): Promise<number> {
  const jobs = await Promise.all(ids.map(async (id) => queue.getJob(id)));
  const promoted = await Promise.all(jobs.map(async (job) => (job === undefined ? false : promote(job))));
  return promoted.filter(Boolean).length;
}

async function promote(job: Job<JobData>): Promise<boolean> {
  try {
    await job.promote();
  } catch (error) {
    // BullMQ's Lua answers -3 for a job that is not delayed.
    if (error instanceof Error && 'code' in error && error.code === -3) return false;
    throw error;
  }
  await job.updateData({ ...job.data, readyAt: Date.now() });
  return true;
}
