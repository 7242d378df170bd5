import type { BulkJobOptions, JobState, Queue } from 'bullmq';
import type { Redis } from 'ioredis';
import { jobId } from '../../domain/ids.ts';
import type { JobPresence, JobRef, NewJob } from '../../domain/job.ts';
import type { Lane } from '../../domain/onboarding.ts';
import type { JobQueue } from '../../ports.ts';
import { bounded } from '../redis/bounded.ts';
import type { RegionQueues } from '../regions/region-queues.ts';
import type { RegionFlow } from '../regions/region-flow.ts';
import type { CallPermits } from './call-permits.ts';
import { dataOf, type JobData, readJobData } from './job-data.ts';

/** Jobs per command batch: some 20 ms of Redis' time, so that other clients get their turn in between. */
const BATCH = 500;

/**
 * The same for all: with one, BullMQ keeps waiting jobs in a sorted set. In a list of a million, finding one takes
 * milliseconds.
 */
const PRIORITY = 1;

/** Shown by Bull Board; the queue tells the Region. */
const JOB_NAME = 'provision';

interface ProducerDeps {
  readonly permits: CallPermits;
  readonly flow: Pick<RegionFlow, 'keepHeld' | 'forgetHeld'>;
}

/** Every batch is bounded by itself: a call with n jobs takes at most n / 500 rounded up times 1.5 s. */
export function createProducer(
  queues: RegionQueues,
  { permits, flow }: ProducerDeps,
): Pick<JobQueue, 'isReady' | 'add' | 'addAnew' | 'presence' | 'lift' | 'remove'> {
  const queueOf = ({ region, lane }: NewJob): Queue<JobData> => queues.of(region, lane);
  const addBatch = async (jobs: readonly NewJob[]): Promise<void> => {
    const now = Date.now();
    for (const queue of new Set(jobs.map(queueOf))) {
      const own = jobs.filter((job) => queueOf(job) === queue).map((job) => toBullJob(job, now));
      const [first] = own;
      // A signup adds one job: without the pipeline of a batch that costs half the CPU.
      if (own.length === 1 && first !== undefined) await queue.add(first.name, first.data, first.opts);
      else await queue.addBulk(own);
    }
  };
  const presenceOfJob = async (ref: JobRef): Promise<JobPresence> => presenceOf(queues, permits, ref);

  return {
    isReady: () => queues.client.status === 'ready',
    async add(jobs) {
      for (const batch of batchesOf(jobs)) await bounded('add jobs', async () => addBatch(batch));
    },
    async addAnew(job) {
      await bounded('replace a job', async () => {
        const presence = await presenceOfJob(job);
        // Its job may be in the other lane, where an add would not meet it.
        if (presence !== 'finished' && presence !== 'absent') return;
        // Two of these at once may both remove and both add; what is left is one job that waits.
        if (presence === 'finished') {
          const id = jobId(job.onboardingId, job.replays);
          await Promise.all(queues.lanesOf(job.region).map(async (queue) => queue.remove(id)));
        }
        await addBatch([job]);
      });
    },
    async presence(refs) {
      const found: JobPresence[] = [];
      for (const batch of batchesOf(refs)) {
        found.push(...(await bounded('find jobs', async () => Promise.all(batch.map(presenceOfJob)))));
      }
      return found;
    },
    async lift(ref) {
      const id = jobId(ref.onboardingId, ref.replays);
      await bounded('move a job to the live lane', async () => {
        const bulk = queues.of(ref.region, 'bulk');
        const [job, state] = await Promise.all([bulk.getJob(id), bulk.getJobState(id)]);
        // One that a worker holds would not run earlier.
        const data = readJobData(job?.data);
        if (data === undefined || !LIFTED.has(state)) return;
        // Removed first, so that there never are two; a row whose job is lost in between gets it from maintenance.
        if ((await bulk.remove(id)) !== 1) return;
        await addBatch([{ ...ref, lane: 'live', delayMs: data.readyAt - Date.now() }]);
        await flow.keepHeld(ref.region, id);
      });
    },
    remove: async (ref) => remove(ref, { queues, permits, flow }),
  };
}

/**
 * BullMQ's script takes a job out of whichever list it stands in, and refuses one that is locked; a worker takes job and
 * lock in one step, so nothing lies between. One that a worker holds and whose call has not begun is withdrawn.
 */
async function remove(
  ref: JobRef,
  { queues, permits, flow }: ProducerDeps & { readonly queues: RegionQueues },
): ReturnType<JobQueue['remove']> {
  const id = jobId(ref.onboardingId, ref.replays);
  const removed = await bounded('remove a job', async () =>
    Promise.all(queues.lanesOf(ref.region).map(async (queue) => (await queue.remove(id)) === 1)),
  );
  if (removed.includes(false)) {
    if (!(await permits.withdraw(ref))) return 'active';
  } else await permits.forget(ref);
  await flow.forgetHeld(ref.region, id);
  return 'removed';
}

const LIFTED = new Set<string>(['prioritized', 'waiting', 'delayed'] satisfies JobState[]);

function toBullJob(job: NewJob, now: number): { name: string; data: JobData; opts: BulkJobOptions } {
  return {
    name: JOB_NAME,
    data: dataOf(job, now),
    opts: {
      jobId: jobId(job.onboardingId, job.replays),
      priority: PRIORITY,
      ...(job.delayMs === undefined || job.delayMs <= 0 ? {} : { delay: Math.ceil(job.delayMs) }),
    },
  };
}

function* batchesOf<T>(items: readonly T[]): Generator<readonly T[]> {
  for (let start = 0; start < items.length; start += BATCH) yield items.slice(start, start + BATCH);
}

/** Where a job is, by its id, in whichever lane. */
async function presenceOf(
  queues: RegionQueues,
  permits: Pick<CallPermits, 'isHeld'>,
  ref: JobRef,
): Promise<JobPresence> {
  const id = jobId(ref.onboardingId, ref.replays);
  const lookIn = async (lane: Lane): Promise<JobPresence> =>
    presenceIn(queues.client, queues.of(ref.region, lane), id);
  // Maintenance asks for thousands of jobs, nearly all of which wait in the bulk lane.
  const bulk = await lookIn('bulk');
  const presence = canRun(bulk) ? bulk : laneThatCounts(await lookIn('live'), bulk);
  return presence === 'active' && !(await permits.isHeld(ref)) ? 'waiting' : presence;
}

const canRun = (presence: JobPresence): boolean => presence !== 'finished' && presence !== 'absent';

/** A job that was lifted may be kept in the bulk lane, too, once it has ended. */
const laneThatCounts = (live: JobPresence, bulk: JobPresence): JobPresence =>
  live === 'absent' ? bulk : live;

async function presenceIn(client: Redis, queue: Queue, id: string): Promise<JobPresence> {
  const state = await queue.getJobState(id);
  if (state !== 'unknown') return PRESENCE[state];
  // A job's data may outlive its place in every list (BullMQ #1662): it never runs, and yet blocks an add.
  return (await client.exists(queue.toKey(id))) === 1 ? 'finished' : 'absent';
}

const PRESENCE = {
  waiting: 'waiting',
  prioritized: 'waiting',
  'waiting-children': 'waiting',
  delayed: 'delayed',
  active: 'active',
  completed: 'finished',
  failed: 'finished',
} as const;
