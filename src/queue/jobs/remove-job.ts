import { jobId } from '../../domain/ids.ts';
import { LANES } from '../../domain/onboarding.ts';
import type { JobQueue } from '../../ports.ts';
import type { CallPermits } from './call-permits.ts';
import { heldKey } from '../queue-keys.ts';
import { bounded } from '../redis/bounded.ts';
import type { RegionQueues } from '../regions/region-queues.ts';

/**
 * BullMQ's script takes a job out of whichever list it stands in, and refuses one that is locked; a worker takes job and
 * lock in one step, so nothing lies between. One that a worker holds and whose call has not begun is withdrawn.
 */
export function createRemove(
  queues: RegionQueues,
  { prefix, permits }: { prefix: string; permits: Pick<CallPermits, 'withdraw' | 'forget'> },
): JobQueue['remove'] {
  return async (ref) => {
    const { onboardingId, replays, region } = ref;
    const id = jobId(onboardingId, replays);
    const removed = await bounded('remove a job', async () =>
      Promise.all(queues.lanesOf(region).map(async (queue) => (await queue.remove(id)) === 1)),
    );
    if (removed.includes(false)) {
      if (!(await permits.withdraw(ref))) return 'active';
    } else await permits.forget(ref);
    await bounded('forget a job put aside', async () =>
      Promise.all(LANES.map(async (lane) => queues.client.zrem(heldKey(prefix, region, lane), id))),
    );
    return 'removed';
  };
}
