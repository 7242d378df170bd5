import { jobId } from '../domain/ids.ts';
import type { JobQueue } from '../ports.ts';
import { heldKey } from './queue-keys.ts';
import { bounded } from './redis-error.ts';
import type { RegionQueues } from './region-queues.ts';

/**
 * BullMQ's script takes a job out of whichever list it stands in, and refuses one that is locked; a worker takes job and
 * lock in one step, so nothing lies between. A worker that has lost its lock (dead, or frozen for 30 s) does not refuse.
 */
export function createRemove(queues: RegionQueues, prefix: string): JobQueue['remove'] {
  return async ({ onboardingId, replays, region }) =>
    bounded('remove a job', async () => {
      const id = jobId(onboardingId, replays);
      if ((await queues.of(region).remove(id)) !== 1) return 'active';
      await queues.client.zrem(heldKey(prefix, region), id);
      return 'removed';
    });
}
