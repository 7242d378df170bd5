import type { Queue } from 'bullmq';
import type { Redis } from 'ioredis';
import type { RegionQueueCounts } from '../../domain/job.ts';

/** Both lanes together. */
export async function countRegion(client: Redis, lanes: readonly Queue[]): Promise<RegionQueueCounts> {
  const counts = await Promise.all(lanes.map(async (queue) => countQueue(client, queue)));
  return counts.reduce((one, other) => ({
    waiting: one.waiting + other.waiting,
    active: one.active + other.active,
    delayed: one.delayed + other.delayed,
    overdue: one.overdue + other.overdue,
    failed: one.failed + other.failed,
    oldestWaitingMs: longer(one.oldestWaitingMs, other.oldestWaitingMs),
    paused: one.paused && other.paused,
  }));
}

const longer = (one: number | null, other: number | null): number | null =>
  one === null ? other : Math.max(one, other ?? 0);

/** Reads a queue in a handful of commands that cost the same however long it is. */
export async function countQueue(client: Redis, queue: Queue): Promise<RegionQueueCounts> {
  const [counts, overdue, paused, heads] = await Promise.all([
    queue.getJobCounts('waiting', 'prioritized', 'active', 'delayed', 'failed'),
    queue.getDelayedCount(Date.now()),
    queue.isPaused(),
    headIds(client, queue),
  ]);
  const readyAts = await Promise.all(heads.map(async (id) => readyAt(client, queue.toKey(id))));
  const known = readyAts.filter((at) => at !== undefined);
  return {
    waiting: (counts['waiting'] ?? 0) + (counts['prioritized'] ?? 0),
    active: counts['active'] ?? 0,
    delayed: counts['delayed'] ?? 0,
    overdue,
    failed: counts['failed'] ?? 0,
    oldestWaitingMs: known.length === 0 ? null : Math.max(0, Date.now() - Math.min(...known)),
    paused,
  };
}

/** The first that waits, and the first of those that a dead worker left behind, which BullMQ puts into a list. */
async function headIds(client: Redis, queue: Queue): Promise<readonly string[]> {
  const heads = await Promise.all([
    client.zrange(queue.toKey('prioritized'), 0, '0'),
    client.lrange(queue.toKey('wait'), -1, -1),
    // Where that list is while the queue is paused.
    client.lrange(queue.toKey('paused'), -1, -1),
  ]);
  return heads.flat();
}

/** What our jobs say; one that another program added says only when that was. */
async function readyAt(client: Redis, jobKey: string): Promise<number | undefined> {
  const [data, addedAt] = await client.hmget(jobKey, 'data', 'timestamp');
  const { readyAt: at } = parsed(data ?? '{}');
  if (typeof at === 'number' && Number.isFinite(at)) return at;
  return addedAt === null || addedAt === undefined ? undefined : Number(addedAt);
}

/** Data of a job of any queue, this version's or not. */
function parsed(text: string): { readonly readyAt?: unknown } {
  try {
    return (JSON.parse(text) as { readonly readyAt?: unknown } | null) ?? {};
  } catch {
    return {};
  }
}
