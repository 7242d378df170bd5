import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import type { JobRef, JobRun, JobVerdict } from '../../src/domain/job.ts';
import type { BullJobQueue } from '../../src/queue/job-queue.ts';
import { eventually } from '../support/eventually.ts';
import { newJob, openQueue, scripted, US } from '../support/queue-fixtures.ts';
import { takeRedisDatabase } from '../support/redis-database.ts';

let redis: Awaited<ReturnType<typeof takeRedisDatabase>>;
let queue: BullJobQueue;
beforeAll(async () => {
  redis = await takeRedisDatabase();
});
afterAll(async () => redis.stop());
beforeEach(async () => {
  queue = await openQueue({ connection: { url: redis.url } });
});
afterEach(async () => queue.close());

const ASIDE: JobVerdict = { kind: 'putAside', delayMs: 600_000, code: 'ExpiredTokenException' };
const DONE: JobVerdict = { kind: 'done' };
const addMany = async (count: number): Promise<readonly JobRef[]> => {
  const jobs = Array.from({ length: count }, () => newJob());
  await queue.add(jobs);
  return jobs;
};

/** A handler whose runs end when the test says so. */
function held(): { running: JobRun[]; handler: () => Promise<JobVerdict>; end(): void } {
  const running: JobRun[] = [];
  const ends: (() => void)[] = [];
  return {
    running,
    handler: (run?: JobRun) =>
      new Promise((resolve) => {
        running.push(run!);
        ends.push(() => resolve(DONE));
      }),
    end: () => ends.shift()?.(),
  };
}

describe('the flow of a Region', () => {
  test('that is held gives out nothing until it runs again', async () => {
    await queue.setFlow(US, 'hold');
    const handler = scripted(DONE);
    queue.consume(US, handler);
    await addMany(5);
    expect(await queue.counts(US)).toMatchObject({ waiting: 5, active: 0, paused: true });
    await queue.setFlow(US, 'run');
    await eventually(() => handler.runs.length === 5);
  });

  test('that probes gives out one job at a time, also over two workers', async () => {
    await queue.setFlow(US, 'probe');
    const jobs = held();
    queue.consume(US, jobs.handler);
    queue.consume(US, jobs.handler);
    await addMany(3);
    for (const running of [1, 2, 3]) {
      await eventually(() => jobs.running.length === running);
      expect(await queue.counts(US)).toMatchObject({ active: 1, waiting: 3 - running });
      jobs.end();
    }
  });

  test('runs in full again after a probe', async () => {
    await queue.setFlow(US, 'probe');
    const jobs = held();
    queue.consume(US, jobs.handler);
    await addMany(5);
    await eventually(() => jobs.running.length === 1);
    await queue.setFlow(US, 'run');
    await eventually(() => jobs.running.length === 5);
    jobs.running.forEach(() => jobs.end());
  });

  test('goes from hold to probe and back', async () => {
    const jobs = held();
    queue.consume(US, jobs.handler);
    await queue.setFlow(US, 'hold');
    await addMany(2);
    await queue.setFlow(US, 'probe');
    await eventually(() => jobs.running.length === 1);
    await queue.setFlow(US, 'hold');
    jobs.end();
    await eventually(async () => (await queue.counts(US)).active === 0);
    expect(await queue.counts(US)).toMatchObject({ waiting: 1, paused: true });
  });
});

describe('jobs that are put aside', () => {
  /** One after the other, so that each has a time of its own. */
  const putAside = async (count: number): Promise<ReturnType<typeof scripted>> => {
    const verdicts = Array.from({ length: count }, () => ASIDE);
    const handler = scripted(...verdicts, DONE);
    queue.consume(US, handler);
    for (let delayed = 1; delayed <= count; delayed += 1) {
      await addMany(1);
      await eventually(async () => (await queue.counts(US)).delayed === delayed);
    }
    return handler;
  };

  test('run at once when they are released', async () => {
    const handler = await putAside(5);
    await eventually(async () => (await queue.release(US)) > 0);
    await eventually(() => handler.runs.length === 10);
    expect(await queue.counts(US)).toMatchObject({ delayed: 0 });
    expect(await queue.release(US)).toBe(0);
  });

  test('go one by one, the one that has waited longest first', async () => {
    const handler = await putAside(3);
    const order = handler.runs.map(({ jobId }) => jobId);
    for (const done of [1, 2, 3]) {
      expect(await queue.release(US, 1)).toBe(1);
      await eventually(() => handler.runs.length === 3 + done);
    }
    expect(handler.runs.slice(3).map(({ jobId }) => jobId)).toEqual(order);
  });

  test('are not run twice when they have run by themselves', async () => {
    const handler = scripted({ ...ASIDE, delayMs: 20 }, DONE);
    queue.consume(US, handler);
    await addMany(1);
    await eventually(() => handler.runs.length === 2);
    expect(await queue.release(US)).toBe(0);
    expect(handler.runs).toHaveLength(2);
  });

  test('leave snoozed ones where they are', async () => {
    const handler = scripted({ kind: 'snooze', delayMs: 600_000, code: 'ThrottlingException' });
    queue.consume(US, handler);
    await addMany(1);
    await eventually(async () => (await queue.counts(US)).delayed === 1);
    expect(await queue.release(US)).toBe(0);
    expect(await queue.counts(US)).toMatchObject({ delayed: 1 });
  });
});
