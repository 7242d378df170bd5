import { Redis } from 'ioredis';
import { afterAll, beforeAll, describe, expect, onTestFinished, test } from 'vitest';
import { jobId } from '../../src/domain/ids.ts';
import type { CallPermit, JobRun, JobVerdict, NewJob } from '../../src/domain/job.ts';
import type { BullJobQueue } from '../../src/queue/job-queue.ts';
import { regionKey } from '../../src/queue/queue-keys.ts';
import { eventually } from '../support/eventually.ts';
import { freshPrefix, newJob, openQueue, US } from '../support/queue-fixtures.ts';
import { takeRedisDatabase } from '../support/redis-database.ts';

const DONE: JobVerdict = { kind: 'done' };
const LOCK_MS = 1_500;

let redis: Awaited<ReturnType<typeof takeRedisDatabase>>;
beforeAll(async () => {
  redis = await takeRedisDatabase();
});
afterAll(async () => redis.stop());

async function open(prefix = freshPrefix()): Promise<BullJobQueue> {
  const queue = await openQueue({ connection: { url: redis.url }, prefix, lockMs: LOCK_MS });
  onTestFinished(async () => queue.close());
  return queue;
}

function connect(): Redis {
  const client = new Redis(redis.url);
  onTestFinished(() => client.disconnect());
  return client;
}

const idOf = ({ onboardingId, replays }: NewJob): string => jobId(onboardingId, replays);

/** Consumes, and leaves each run to the test: as if it waited for its slot of the quota. */
function held(queue: BullJobQueue) {
  const runs: { readonly run: JobRun; readonly end: (verdict: JobVerdict) => void }[] = [];
  queue.consume(US, async (run) => new Promise((end) => runs.push({ run, end })));
  onTestFinished(() => runs.forEach(({ end }) => end(DONE)));
  return {
    runs,
    async next(index: number) {
      await eventually(() => runs.length > index);
      return runs[index]!;
    },
  };
}

describe('a job that a worker has taken', () => {
  test('waits until it may call, and is removed until then', async () => {
    const queue = await open();
    const job = newJob();
    await queue.add([job]);
    const { run, end } = await held(queue).next(0);
    expect(await queue.presence([job])).toEqual(['waiting']);
    expect(await queue.remove(job)).toBe('removed');
    expect(await run.mayCall(false)).toBe('withdrawn');
    expect(await queue.remove(job)).toBe('removed');
    end(DONE);
  });

  test('is not removed from its first call on, however long that takes, and is free again when the run ends', async () => {
    const queue = await open();
    const client = connect();
    const job = newJob();
    await queue.add([job]);
    const { run, end } = await held(queue).next(0);
    expect(await run.mayCall(false)).toBe('granted');
    expect(await queue.presence([job])).toEqual(['active']);
    expect(await queue.remove(job)).toBe('active');
    // Longer than a permit lasts that is not renewed.
    const lateAt = Date.now() + 2 * LOCK_MS;
    await eventually(() => Date.now() > lateAt);
    expect(await queue.remove(job)).toBe('active');
    end({ kind: 'snooze', delayMs: 60_000, code: 'X' });
    await eventually(async () => (await queue.presence([job]))[0] === 'delayed');
    expect(await queue.remove(job)).toBe('removed');
    expect(await client.keys('*permit*')).toEqual([]);
  });

  test('has one run that may call, whatever lanes and workers have it', async () => {
    const prefix = freshPrefix();
    const [queue, other] = [await open(prefix), await open(prefix)];
    const job = newJob();
    await queue.add([job, { ...job, lane: 'live' }]);
    const [one, two] = [held(queue), held(other)];
    const runs = await eventually(() => {
      const all = [...one.runs, ...two.runs];
      return all.length === 2 && all;
    });
    const permits = await Promise.all(runs.map(async ({ run }) => run.mayCall(false)));
    expect(permits.sort()).toEqual(['elsewhere', 'granted'] satisfies CallPermit[]);
  });

  test('is forgotten with its permit when its worker dies', async () => {
    const prefix = freshPrefix();
    const queue = await open(prefix);
    const job = newJob();
    await connect().set(regionKey(prefix, US, `permit:${idOf(job)}`), 'a worker that is gone', 'PX', LOCK_MS);
    await queue.add([job]);
    const permits: CallPermit[] = [];
    queue.consume(US, async (run) => {
      permits.push(await run.mayCall(false));
      return permits.at(-1) === 'granted' ? DONE : { kind: 'snooze', delayMs: 300, code: 'X' };
    });
    await eventually(async () => (await queue.presence([job]))[0] === 'finished');
    expect(permits[0]).toBe('elsewhere');
    expect(permits.at(-1)).toBe('granted');
  });
});

test('of a Region that is probed one job calls at a time, whatever its lane', async () => {
  const prefix = freshPrefix();
  const queue = await open(prefix);
  await queue.add([newJob({ lane: 'live' }), newJob({ lane: 'bulk' })]);
  const taken = held(queue);
  const [first, second] = [await taken.next(0), await taken.next(1)];
  expect(await first.run.mayCall(true)).toBe('granted');
  expect(await second.run.mayCall(true)).toBe('probing');
  first.end(DONE);
  const client = connect();
  await eventually(async () => (await client.exists(regionKey(prefix, US, 'probe'))) === 0);
  expect(await second.run.mayCall(true)).toBe('granted');
});
