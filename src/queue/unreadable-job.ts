import type { Queue } from 'bullmq';
import type { Redis } from 'ioredis';

/** So many characters are kept for whoever looks for the cause. */
const KEPT = 1_000;

/**
 * Job data that is not JSON was written by hand. BullMQ throws before it has a job to fail, so such a job would come
 * back after every stall for ever, and lists of jobs that hold it cannot be read. Its data becomes JSON here, and the
 * next run fails it as malformed. Called for each job that stalled.
 */
export async function repairUnreadable(client: Redis, queue: Queue, jobId: string): Promise<void> {
  const key = queue.toKey(jobId);
  const data = await client.hget(key, 'data');
  if (data === null || isJson(data)) return;
  await client.hset(key, 'data', JSON.stringify({ unreadable: data.slice(0, KEPT) }));
}

function isJson(text: string): boolean {
  try {
    JSON.parse(text);
    return true;
  } catch {
    return false;
  }
}
