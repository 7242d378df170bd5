import type { BulkJobOptions } from 'bullmq';
import { jobId } from '../domain/ids.ts';
import type { JobPresence, JobRef, NewJob } from '../domain/job.ts';
import type { JobQueue } from '../ports.ts';
import { dataOf, type JobData } from './job-data.ts';
import { presenceOf } from './job-presence.ts';
import { PRIORITY } from './queue-keys.ts';
import { bounded } from './redis-error.ts';
import type { RegionQueues } from './region-queues.ts';

/** Jobs per command batch: some 20 ms of Redis' time, so that other clients get their turn in between. */
const BATCH = 500;

/** Shown by Bull Board; the queue tells the Region. */
const JOB_NAME = 'provision';

/** Every batch is bounded by itself: a call with n jobs takes at most n / 500 rounded up times 1.5 s. */
export function createProducer(
  queues: RegionQueues,
): Pick<JobQueue, 'add' | 'addAnew' | 'presence' | 'lift'> {
  const addBatch = async (jobs: readonly NewJob[]): Promise<void> => {
    const now = Date.now();
    for (const region of new Set(jobs.map((job) => job.region))) {
      const queue = queues.of(region);
      const own = jobs.filter((job) => job.region === region).map((job) => toBullJob(job, now));
      const [first] = own;
      // A signup adds one job: without the pipeline of a batch that costs half the CPU.
      if (own.length === 1 && first !== undefined) await queue.add(first.name, first.data, first.opts);
      else await queue.addBulk(own);
    }
  };
  const presenceOfJob = async ({ region, onboardingId, replays }: JobRef): Promise<JobPresence> =>
    presenceOf(queues.client, queues.of(region), jobId(onboardingId, replays));

  return {
    async add(jobs) {
      for (const batch of batchesOf(jobs)) await bounded('add jobs', async () => addBatch(batch));
    },
    async addAnew(job) {
      await bounded('add a job anew', async () => {
        // Two of these at once may both remove and both add; what is left is one job that waits.
        if ((await presenceOfJob(job)) === 'finished') {
          await queues.of(job.region).remove(jobId(job.onboardingId, job.replays));
        }
        await addBatch([job]);
      });
    },
    async presence(refs) {
      const found: JobPresence[] = [];
      for (const batch of batchesOf(refs)) {
        found.push(...(await bounded('look for jobs', async () => Promise.all(batch.map(presenceOfJob)))));
      }
      return found;
    },
    async lift(ref) {
      await bounded('lift a job', async () => {
        const queue = queues.of(ref.region);
        const job = await queue.getJob(jobId(ref.onboardingId, ref.replays));
        // A live job stays where it is: the same priority again would move it to the end of its lane.
        if (job === undefined || job.priority <= PRIORITY.live) return;
        await job.changePriority({ priority: PRIORITY.live }).catch((error: unknown) => {
          if (!isMissing(error)) throw error;
        });
      });
    },
  };
}

function toBullJob(job: NewJob, now: number): { name: string; data: JobData; opts: BulkJobOptions } {
  return {
    name: JOB_NAME,
    data: dataOf(job, now),
    opts: {
      jobId: jobId(job.onboardingId, job.replays),
      priority: PRIORITY[job.lane],
      ...(job.delayMs === undefined || job.delayMs <= 0 ? {} : { delay: Math.ceil(job.delayMs) }),
    },
  };
}

/** BullMQ's code for a job that is gone. */
function isMissing(error: unknown): boolean {
  return error instanceof Error && 'code' in error && error.code === -1;
}

function* batchesOf<T>(items: readonly T[]): Generator<readonly T[]> {
  for (let start = 0; start < items.length; start += BATCH) yield items.slice(start, start + BATCH);
}
