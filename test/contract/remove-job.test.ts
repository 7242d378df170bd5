import { Redis } from 'ioredis';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { QueueUnavailableError } from '../../src/domain/unavailable.ts';
import type { JobVerdict, NewJob } from '../../src/domain/job.ts';
import type { BullJobQueue } from '../../src/queue/job-queue.ts';
import { eventually } from '../support/eventually.ts';
import { freshPrefix, newJob, openQueue, scripted, US } from '../support/queue-fixtures.ts';
import { takeRedisDatabase } from '../support/redis-database.ts';
import { startRedis } from '../support/redis.ts';

let redis: Awaited<ReturnType<typeof takeRedisDatabase>>;
let client: Redis;
let queue: BullJobQueue;
let prefix: string;
beforeAll(async () => {
  redis = await takeRedisDatabase();
  client = new Redis(redis.url);
});
afterAll(async () => {
  client.disconnect();
  await redis.stop();
});
beforeEach(async () => {
  prefix = freshPrefix();
  queue = await openQueue({ connection: { url: redis.url }, prefix });
});
afterEach(async () => queue.close());

const presenceOf = async (job: NewJob): Promise<string | undefined> => (await queue.presence([job]))[0];

/** Adds a job and lets a worker give it this verdict. */
async function judged(verdict: JobVerdict, presence: string): Promise<NewJob> {
  const job = newJob();
  const consumer = queue.consume(US, scripted(verdict));
  await queue.add([job]);
  await eventually(async () => (await presenceOf(job)) === presence);
  await consumer.stop(1_000);
  return job;
}

/** Every key of this queue whose name or content tells of the job; the stream of BullMQ's events is a log. */
async function traces({ onboardingId }: NewJob): Promise<readonly string[]> {
  const found: string[] = [];
  for (const key of await client.keys(`${prefix.slice(0, -1)}*`)) {
    const type = await client.type(key);
    const content =
      type === 'zset'
        ? await client.zrange(key, 0, '-1')
        : type === 'list'
          ? await client.lrange(key, 0, -1)
          : type === 'set'
            ? await client.smembers(key)
            : [];
    if (key.includes(onboardingId) || content.some((member) => member.includes(onboardingId)))
      found.push(key);
  }
  return found;
}

describe('removing a job', () => {
  test.each<[string, () => Promise<NewJob>]>([
    [
      'waits in the live lane',
      async () => {
        const job = newJob({ lane: 'live' });
        await queue.add([job]);
        return job;
      },
    ],
    [
      'waits in the bulk lane of a paused Region',
      async () => {
        const job = newJob();
        await queue.setFlow(US, 'hold');
        await queue.add([job]);
        return job;
      },
    ],
    [
      'waits for its time',
      async () => {
        const job = newJob({ delayMs: 600_000 });
        await queue.add([job]);
        return job;
      },
    ],
    ['was snoozed', async () => judged({ kind: 'snooze', delayMs: 600_000, code: 'X' }, 'delayed')],
    ['is put aside', async () => judged({ kind: 'putAside', delayMs: 600_000, code: 'X' }, 'delayed')],
    ['failed and is kept', async () => judged({ kind: 'failed', code: 'X' }, 'finished')],
    ['was done and is kept', async () => judged({ kind: 'done' }, 'finished')],
  ])('that %s leaves nothing of it in Redis, and nothing runs', async (_, make) => {
    const job = await make();
    expect((await traces(job)).length).toBeGreaterThan(0);
    expect(await queue.remove(job)).toBe('removed');
    expect(await traces(job)).toEqual([]);
    await queue.setFlow(US, 'run');
    expect(await queue.release(US)).toBe(0);
    const other = newJob();
    const handler = scripted({ kind: 'done' });
    queue.consume(US, handler);
    await queue.add([other]);
    await eventually(async () => (await presenceOf(other)) === 'finished');
    expect(handler.runs.map(({ onboardingId }) => onboardingId)).toEqual([other.onboardingId]);
  });

  test('that is not there is no error, and leaves the others', async () => {
    const other = newJob();
    await queue.add([other]);
    expect(await queue.remove(newJob())).toBe('removed');
    expect(await presenceOf(other)).toBe('waiting');
  });

  test('that a worker has is refused, and it runs on', async () => {
    const job = newJob();
    let end = (): void => undefined;
    queue.consume(US, async (run) => {
      await run.mayCall(false);
      return new Promise((resolve) => (end = () => resolve({ kind: 'failed', code: 'Refused' })));
    });
    await queue.add([job]);
    await eventually(async () => (await presenceOf(job)) === 'active');
    expect(await queue.remove(job)).toBe('active');
    expect(await presenceOf(job)).toBe('active');
    end();
    await eventually(async () => (await presenceOf(job)) === 'finished');
    expect(await queue.remove(job)).toBe('removed');
    expect(await traces(job)).toEqual([]);
  });

  test('and adding it again at the same time leaves one or none, and never two', async () => {
    for (let round = 0; round < 20; round += 1) {
      const job = newJob();
      await queue.add([job]);
      await Promise.all([queue.remove(job), queue.addAnew(job), queue.remove(job)]);
      expect(['waiting', 'absent']).toContain(await presenceOf(job));
      const waiting = (await client.zrange(`${prefix}:onboarding-${US}:prioritized`, 0, '-1')).filter((id) =>
        id.includes(job.onboardingId),
      );
      expect(waiting.length).toBeLessThanOrEqual(1);
    }
  });
});

test('removing fails at once while Redis is down', async () => {
  const own = await startRedis();
  const away = await openQueue({ connection: { url: own.url } });
  await own.kill();
  await expect(away.remove(newJob())).rejects.toThrow(QueueUnavailableError);
  await away.close();
  await own.stop();
});
