import type { Queue } from 'bullmq';
import type { Redis } from 'ioredis';
import { firstScoreOf } from './queue-keys.ts';

/** What the next fetch would bring; `perhapsLive`: a live job, or one whose lane does not show yet. */
export type NextJob = 'none' | 'bulk' | 'perhapsLive';

/**
 * Looks at the head of a queue and takes nothing. Jobs that were delayed until now, and those of a dead worker, tell their
 * lane to the fetch alone. A paused queue gives out none.
 */
export async function peekNext(client: Redis, queue: Queue): Promise<NextJob> {
  const prioritized = queue.toKey('prioritized');
  const replies = await client
    .pipeline()
    .hexists(queue.toKey('meta'), 'paused')
    .llen(queue.toKey('wait'))
    .zcount(queue.toKey('delayed'), '-inf', lastScoreAt(Date.now()))
    .zcount(prioritized, '-inf', `(${firstScoreOf('bulk')}`)
    .zcard(prioritized)
    .exec();
  const [paused, unsorted, due, live, sorted] = (replies ?? []).map(([error, reply]) => {
    if (error !== null) throw error;
    return Number(reply);
  });
  if (paused !== 0) return 'none';
  if (unsorted || due || live) return 'perhapsLive';
  return sorted ? 'bulk' : 'none';
}

/** BullMQ scores its `delayed` set by milliseconds · 2^12 + a counter. */
function lastScoreAt(now: number): number {
  return (now + 1) * 2 ** 12 - 1;
}
