import { setTimeout as sleep } from 'node:timers/promises';

/** What a stop needs of a worker; BullMQ's own `close()` waits for its jobs, and for Redis, without limit. */
interface StoppableWorker {
  close(): Promise<void>;
  abandon(): Promise<void>;
}

/** Kept free at the end of the deadline for handlers to answer the abort and for their jobs to be put back. */
const MARGIN_MS = 1_500;

/** With no job left to end, only an unreachable Redis keeps a worker from closing. */
const IDLE_GRACE_MS = 1_500;

/**
 * Takes no new job from now on, lets running ones end, aborts those that are left shortly before the deadline and,
 * at the deadline, lets go of what ignores even that. Resolves within `deadlineMs`, give or take a timer's turn.
 * @param running promises of the jobs at work, which may reject
 */
export async function stopWithin(
  deadlineMs: number,
  {
    worker,
    running,
    abortRunning,
  }: {
    worker: StoppableWorker;
    running: ReadonlySet<Promise<unknown>>;
    /** Aborts the jobs at work. */
    abortRunning: () => void;
  },
): Promise<void> {
  const stop = new AbortController();
  const unlessStopped = async (ms: number): Promise<boolean> =>
    sleep(ms, true, { signal: stop.signal }).catch(() => false);

  const closed = worker.close().then(() => true);
  void unlessStopped(deadlineMs - Math.min(MARGIN_MS, deadlineMs / 2)).then((due) => {
    if (due) abortRunning();
  });
  const isClosed = await Promise.race([
    closed,
    unlessStopped(deadlineMs).then(() => false),
    Promise.allSettled(running)
      .then(() => unlessStopped(IDLE_GRACE_MS))
      .then(() => false),
  ]);
  stop.abort();
  if (!isClosed) await worker.abandon();
}
