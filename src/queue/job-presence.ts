import type { Queue } from 'bullmq';
import type { Redis } from 'ioredis';
import type { JobPresence } from '../domain/job.ts';

/** Where a job is, by its id. */
export async function presenceOf(client: Redis, queue: Queue, id: string): Promise<JobPresence> {
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
