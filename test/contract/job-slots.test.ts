import { afterAll, beforeAll, expect, onTestFinished, test } from 'vitest';
import { jobId } from '../../src/domain/ids.ts';
import type { JobRun, JobVerdict, NewJob } from '../../src/domain/job.ts';
import type { BullJobQueue } from '../../src/queue/job-queue.ts';
import { eventually } from '../support/eventually.ts';
import { freshPrefix, newJob, openQueue, US } from '../support/queue-fixtures.ts';
import { openRateGate } from '../support/rate-gates.ts';
import { takeRedisDatabase } from '../support/redis-database.ts';

const DONE: JobVerdict = { kind: 'done' };
const LOCK_MS = 1_000;

let redis: Awaited<ReturnType<typeof takeRedisDatabase>>;
beforeAll(async () => {
  redis = await takeRedisDatabase();
});
afterAll(async () => redis.stop());

const idOf = ({ onboardingId, replays }: NewJob): string => jobId(onboardingId, replays);
const many = (count: number): NewJob[] => Array.from({ length: count }, () => newJob());

/** As in one process of the service: each job takes a slot in the name of its lane, and calls once. */
async function openProcess(perSecond: number, prefix = freshPrefix()) {
  let stalled = 0;
  const gate = openRateGate({ connection: { url: redis.url }, prefix, perSecond });
  const queue = await openQueue({
    connection: { url: redis.url },
    prefix,
    lockMs: LOCK_MS,
    onStalled: () => (stalled += 1),
  });
  onTestFinished(async () => queue.close());
  const live = new Set<string>();
  const called: string[] = [];
  const taken: string[] = [];
  const handler = async (run: JobRun): Promise<JobVerdict> => {
    taken.push(run.jobId);
    try {
      await gate.reserve(US, live.has(run.jobId) ? 'live' : 'bulk', run.draining);
    } catch {
      return { kind: 'putBack' };
    }
    called.push(run.jobId);
    return DONE;
  };
  return { queue, handler, live, called, taken, stalled: () => stalled };
}

const activeIn = async (queue: BullJobQueue): Promise<number> => (await queue.counts(US)).active;

test('a live job calls within a slot of each process, whatever bulk jobs wait', async () => {
  const prefix = freshPrefix();
  const [one, other] = [await openProcess(10, prefix), await openProcess(10, prefix)];
  const calls = (): readonly string[] => [...one.called, ...other.called];
  await one.queue.add(many(200));
  one.queue.consume(US, one.handler);
  other.queue.consume(US, other.handler);
  await eventually(() => calls().length >= 5);
  for (let signups = 0; signups < 5; signups += 1) {
    const job = newJob({ lane: 'live' });
    one.live.add(idOf(job));
    other.live.add(idOf(job));
    await one.queue.add([job]);
    const before = calls().length;
    await eventually(() => calls().includes(idOf(job)), { everyMs: 5 });
    // Each of the two processes may have had a slot on its way when the job came.
    expect(calls().length - before - 1).toBeLessThanOrEqual(2);
  }
});

test('calls are paced, however fast jobs end', async () => {
  const { queue, handler, called } = await openProcess(20);
  await queue.add(many(40));
  const startedAt = performance.now();
  queue.consume(US, handler);
  await eventually(() => called.length === 40);
  expect(performance.now() - startedAt).toBeGreaterThan(1_700);
});

test('a stop does not wait for a slot, and leaves the jobs where they are', async () => {
  // The next slot comes after the test.
  const { queue, handler, called, taken } = await openProcess(0.005);
  await queue.add(many(3));
  const consumer = queue.consume(US, handler);
  await eventually(() => called.length === 1 && taken.length === 3);
  await consumer.stop(600_000);
  expect(await queue.counts(US)).toMatchObject({ waiting: 2, active: 0, delayed: 0 });
});

test('no lock expires while a job waits for its slot', async () => {
  const { queue, handler, taken, stalled } = await openProcess(0.005);
  await queue.add(many(4));
  queue.consume(US, handler);
  await eventually(async () => taken.length === 4 && (await activeIn(queue)) === 3);
  const lateAt = Date.now() + 3 * LOCK_MS;
  await eventually(() => Date.now() > lateAt);
  expect([taken.length, stalled(), await activeIn(queue)]).toEqual([4, 0, 3]);
});
