import type { Queue } from 'bullmq';
import type { Redis } from 'ioredis';
import type { JobPresence, JobRef } from '../domain/job.ts';
import { jobId } from '../domain/ids.ts';
import type { CallPermits } from './call-permits.ts';
import type { RegionQueues } from './region-queues.ts';

/** Where a job is, by its id, in whichever lane. */
export async function presenceOf(
  queues: RegionQueues,
  permits: Pick<CallPermits, 'isHeld'>,
  ref: JobRef,
): Promise<JobPresence> {
  const id = jobId(ref.onboardingId, ref.replays);
  const found = await Promise.all(
    queues.lanesOf(ref.region).map(async (queue) => presenceIn(queues.client, queue, id)),
  );
  const presence = RANKED.find((one) => found.includes(one)) ?? 'absent';
  return presence === 'active' && !(await permits.isHeld(ref)) ? 'waiting' : presence;
}

/** A job that was lifted may be kept in the other lane, too, once it has ended: what can still run counts. */
const RANKED: readonly JobPresence[] = ['active', 'waiting', 'delayed', 'finished'];

export async function presenceIn(client: Redis, queue: Queue, id: string): Promise<JobPresence> {
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
