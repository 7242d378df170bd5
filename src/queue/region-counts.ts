import type { Queue } from 'bullmq';
import type { Redis } from 'ioredis';
import type { RegionQueueCounts } from '../domain/job.ts';

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
  const [counts, overdue, paused, running, held] = await Promise.all([
    queue.getJobCounts('waiting', 'prioritized', 'active', 'delayed', 'failed'),
    queue.getDelayedCount(Date.now()),
    queue.isPaused(),
    client.lindex(queue.toKey('wait'), -1),
    // Where BullMQ keeps what waits in a paused queue.
    client.lindex(queue.toKey('paused'), -1),
  ]);
  const oldest = running ?? held;
  const readyAtMs = oldest === null ? undefined : await readyAt(client, queue.toKey(oldest));
  return {
    waiting: (counts['waiting'] ?? 0) + (counts['prioritized'] ?? 0),
    active: counts['active'] ?? 0,
    delayed: counts['delayed'] ?? 0,
    overdue,
    failed: counts['failed'] ?? 0,
    oldestWaitingMs: readyAtMs === undefined ? null : Math.max(0, Date.now() - readyAtMs),
    paused,
  };
}

async function readyAt(client: Redis, jobKey: string): Promise<number | undefined> {
  const data = await client.hget(jobKey, 'data');
  const { readyAt: at } = parsed(data ?? '{}');
  return typeof at === 'number' && Number.isFinite(at) ? at : undefined;
}

/** Data of a job of any queue, this version's or not. */
function parsed(text: string): { readonly readyAt?: unknown } {
  try {
    return (JSON.parse(text) as { readonly readyAt?: unknown } | null) ?? {};
  } catch {
    return {};
  }
}
