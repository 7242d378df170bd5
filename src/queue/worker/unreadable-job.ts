import type { Queue } from 'bullmq';
import type { Redis } from 'ioredis';

/** So many characters are kept for diagnosis. */
const KEPT = 1_000;

/**
 * Repairs job data that is not JSON, written by hand. BullMQ's worker throws before it has a job to fail, so the job would
 * return after every stall. The data becomes JSON, and the run after the stall fails it as malformed.
 */
export async function repairUnreadable(client: Redis, queue: Queue): Promise<void> {
  const active = await client.lrange(queue.toKey('active'), 0, -1);
  for (const jobId of active) {
    const key = queue.toKey(jobId);
    const data = await client.hget(key, 'data');
    if (data !== null && !isJson(data))
      await client.hset(key, 'data', JSON.stringify({ unreadable: data.slice(0, KEPT) }));
  }
}

function isJson(text: string): boolean {
  try {
    JSON.parse(text);
    return true;
  } catch {
    return false;
  }
}
