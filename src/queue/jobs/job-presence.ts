import type { Queue } from 'bullmq';
import type { Redis } from 'ioredis';
import type { JobPresence, JobRef } from '../../domain/job.ts';
import { jobId } from '../../domain/ids.ts';
import type { Lane } from '../../domain/onboarding.ts';
import type { CallPermits } from './call-permits.ts';
import type { RegionQueues } from '../regions/region-queues.ts';

/** Where a job is, by its id, in whichever lane. */
export async function presenceOf(
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
