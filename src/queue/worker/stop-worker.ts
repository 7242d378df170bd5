import { setTimeout as sleep } from 'node:timers/promises';
import type { Worker } from 'bullmq';
import type { Redis } from 'ioredis';

/** Kept free at the end of the deadline for handlers to answer the abort and for their jobs to be put back. */
const MARGIN_MS = 1_500;

/** With no job left to end, only an unreachable Redis keeps a worker from closing. */
const IDLE_GRACE_MS = 1_500;

/**
 * Stops a worker: no new jobs, running ones finish, the rest is aborted shortly before the deadline and abandoned at it, since
 * BullMQ's `close()` waits without limit. Abandoned jobs keep their locks until those expire; their results are dropped.
 * @param running promises of the running jobs, which may reject
 * @param client the worker's own connection
 */
export async function stopWithin(
  deadlineMs: number,
  {
    worker,
    client,
    running,
    abortRunning,
  }: {
    worker: Pick<Worker, 'pause' | 'close'>;
    client: Pick<Redis, 'disconnect'>;
    running: ReadonlySet<Promise<unknown>>;
    /** Aborts the jobs at work. */
    abortRunning: () => void;
  },
): Promise<void> {
  const deadlineAt = performance.now() + deadlineMs;
  const until = (at: number): number => Math.max(0, at - performance.now());
  await worker.pause(true);
  if (!(await haveEnded(running, until(deadlineAt - Math.min(MARGIN_MS, deadlineMs / 2))))) abortRunning();
  const ended = await haveEnded(running, until(deadlineAt));
  const closed = worker.close(!ended);
  const graceMs = ended ? Math.min(IDLE_GRACE_MS, until(deadlineAt)) : 0;
  if (!(await within(closed, graceMs))) client.disconnect();
}

/** Also of jobs that come in meanwhile: a fetch may have been under way. */
async function haveEnded(running: ReadonlySet<Promise<unknown>>, withinMs: number): Promise<boolean> {
  const deadlineAt = performance.now() + withinMs;
  while (running.size > 0) {
    const leftMs = deadlineAt - performance.now();
    if (leftMs <= 0 || !(await within(Promise.allSettled(running), leftMs))) return false;
  }
  return true;
}

async function within(done: Promise<unknown>, ms: number): Promise<boolean> {
  const stop = new AbortController();
  const late = sleep(ms, false, { signal: stop.signal }).catch(() => false);
  const inTime = await Promise.race([done.then(() => true), late]);
  stop.abort();
  return inTime;
}
