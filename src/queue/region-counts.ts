import type { Queue } from 'bullmq';
import type { Redis } from 'ioredis';
import type { RegionQueueCounts } from '../domain/job.ts';
import { firstScoreOf } from './queue-keys.ts';

/** Reads a queue in a handful of commands that cost the same however long it is. */
export async function countRegion(client: Redis, queue: Queue): Promise<RegionQueueCounts> {
  const [counts, overdue, paused, heads] = await Promise.all([
    queue.getJobCounts('waiting', 'prioritized', 'active', 'delayed', 'failed'),
    queue.getDelayedCount(Date.now()),
    queue.isPaused(),
    headIds(client, queue),
  ]);
  const readyAts = await Promise.all(heads.map((id) => readyAt(client, queue.toKey(id))));
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

/**
 * The job that has waited longest is the first of its lane (a lane is served in the order of becoming ready), or the
 * first of `wait`, where BullMQ puts jobs that a dead worker left behind.
 */
async function headIds(client: Redis, queue: Queue): Promise<readonly string[]> {
  const prioritized = queue.toKey('prioritized');
  const [live, bulk, stalled] = await Promise.all([
    client.zrange(prioritized, 0, '0'),
    client.zrangebyscore(prioritized, String(firstScoreOf('bulk')), '+inf', 'LIMIT', 0, 1),
    client.lindex(queue.toKey('wait'), -1),
  ]);
  return [...live, ...bulk, ...(stalled === null ? [] : [stalled])];
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
