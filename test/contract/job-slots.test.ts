import { Redis } from 'ioredis';
import { setTimeout as delay } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, onTestFinished, test } from 'vitest';
import { jobId } from '../../src/domain/ids.ts';
import type { JobRef, JobRun, JobVerdict, NewJob } from '../../src/domain/job.ts';
import type { JobHandler } from '../../src/ports.ts';
import type { BullJobQueue } from '../../src/queue/job-queue.ts';
import { queueName, rateKey } from '../../src/queue/queue-keys.ts';
import { createRateGate } from '../../src/queue/rate-gate.ts';
import { eventually } from '../support/eventually.ts';
import { freshPrefix, newJob, openQueue, US } from '../support/queue-fixtures.ts';
import { recordingLog } from '../support/recording-log.ts';
import { startRedis, type TestRedis } from '../support/redis.ts';

const DONE: JobVerdict = { kind: 'done' };

let redis: TestRedis;
beforeAll(async () => {
  redis = await startRedis();
});
afterAll(async () => redis.stop());

/** A queue whose jobs take slots of a rate, as in one process of the service. */
async function open(perSecond: number, prefix = freshPrefix()): Promise<BullJobQueue> {
  const gate = createRateGate({ connection: { url: redis.url }, prefix, perSecond, log: recordingLog() });
  const queue = await openQueue({
    connection: { url: redis.url },
    prefix,
    slots: (region) => gate.slots(region),
  });
  onTestFinished(async () => {
    await queue.close();
    gate.close();
  });
  return queue;
}

function connect(): Redis {
  const client = new Redis(redis.url);
  onTestFinished(() => client.disconnect());
  return client;
}

/** By all clients of this Redis: each fetch, and each slot that comes or goes back, is one. */
async function scriptsRun(): Promise<number> {
  const stats = await connect().info('commandstats');
  return Number(/cmdstat_evalsha:calls=(\d+)/.exec(stats)?.[1] ?? 0);
}

/** Makes one AWS call in each run, as far as the quota is concerned. */
function calling(): JobHandler & { readonly runs: JobRun[] } {
  const runs: JobRun[] = [];
  const handler: JobHandler = (run) => {
    run.slot?.claim();
    runs.push(run);
    return Promise.resolve(DONE);
  };
  return Object.assign(handler, { runs });
}

const idOf = (ref: JobRef): string => jobId(ref.onboardingId, ref.replays);
const many = (count: number) => Array.from({ length: count }, () => newJob());

describe('a job takes its slot before its place', () => {
  test('so a live job gets the very next slot, whatever bulk jobs wait, also over two processes', async () => {
    const prefix = freshPrefix();
    const [queue, other] = [await open(10, prefix), await open(10, prefix)];
    await queue.add(many(200));
    const handler = calling();
    queue.consume(US, handler);
    other.consume(US, handler);
    await eventually(() => handler.runs.length >= 5);
    for (let signups = 0; signups < 5; signups += 1) {
      const live = newJob({ lane: 'live' });
      await queue.add([live]);
      const before = handler.runs.length;
      await eventually(() => handler.runs.some(({ jobId: id }) => id === idOf(live)));
      const place = handler.runs.findIndex(({ jobId: id }) => id === idOf(live));
      // Each of the two processes may have had a run on its way when the job came.
      expect(place - before).toBeLessThanOrEqual(2);
    }
    // Nothing but what has a slot is out of the queue; without slots each process would fill its ten places.
    expect((await queue.counts(US)).active).toBeLessThan(10);
  });

  test('and one that makes no call passes it on', async () => {
    // With a slot for each they would take 95 seconds. A slot that is lost on a busy machine costs five.
    const queue = await open(0.2);
    const jobs = many(20);
    await queue.add(jobs);
    let runs = 0;
    queue.consume(US, () => {
      runs += 1;
      return Promise.resolve(DONE);
    });
    await eventually(() => runs === jobs.length, { withinMs: 60_000 });
  });

  test('calls are paced, however fast jobs end', async () => {
    const queue = await open(20);
    await queue.add(many(40));
    const handler = calling();
    const startedAt = performance.now();
    queue.consume(US, handler);
    await eventually(() => handler.runs.length === 40);
    expect(performance.now() - startedAt).toBeGreaterThan(1_700);
  });

  test('nobody takes a slot to find that the queue is empty', async () => {
    const prefix = freshPrefix();
    const queue = await open(1, prefix);
    const client = connect();
    const marker = `${prefix}:${queueName(US)}:marker`;
    const handler = calling();
    queue.consume(US, handler);
    // A worker that is woken looks, and only then takes the next mark.
    for (let wakes = 0; wakes < 4; wakes += 1) {
      await client.zadd(marker, 0, '0');
      await eventually(async () => (await client.zcard(marker)) === 0);
    }
    expect(await client.hget(rateKey(prefix, US), 'tat')).toBeNull();
    await queue.add([newJob()]);
    await eventually(() => handler.runs.length === 1);
  });

  test('a stop does not wait for a slot, and leaves the jobs where they are', async () => {
    // The next slot comes after the test.
    const queue = await open(0.005);
    await queue.add(many(3));
    const handler = calling();
    const consumer = queue.consume(US, handler);
    await eventually(() => handler.runs.length === 1);
    await consumer.stop(600_000);
    expect(await queue.counts(US)).toMatchObject({ waiting: 2, active: 0, delayed: 0 });
  });
});

describe('the places of live jobs', () => {
  /** All places for any job are taken by bulk jobs that end when they are let go; `ended` has the ids of those that have. */
  async function fill(queue: BullJobQueue, bulk: readonly NewJob[]) {
    let letGo = (): void => undefined;
    const released = new Promise<void>((resolve) => (letGo = resolve));
    const bulkIds = new Set(bulk.map(idOf));
    const ended = new Set<string>();
    let hanging = 0;
    queue.consume(US, async ({ jobId: id, slot }) => {
      slot?.claim();
      if (bulkIds.has(id)) {
        hanging += 1;
        await released;
        hanging -= 1;
      }
      ended.add(id);
      return DONE;
    });
    await queue.add(bulk);
    await eventually(() => hanging === 10);
    return { letGo, ended, hanging: () => hanging };
  }

  test('are never taken by bulk jobs, and hold live ones while AWS keeps all others waiting', async () => {
    const queue = await open(1_000);
    const { letGo, ended, hanging } = await fill(queue, many(30));
    const live = Array.from({ length: 5 }, () => newJob({ lane: 'live' }));
    // One of them has had to wait for its time.
    const delayed = newJob({ lane: 'live', delayMs: 300 });
    await queue.add([...live, delayed]);
    await eventually(() => [...live, delayed].every((job) => ended.has(idOf(job))));
    expect(hanging()).toBe(10);
    expect((await queue.counts(US)).waiting).toBe(20);

    letGo();
    await eventually(() => ended.size === 36);
  });

  test('are looked for now and then while a limit lets no job out', async () => {
    const queue = await open(1_000);
    const { letGo, ended } = await fill(queue, many(10));
    await queue.setFlow(US, 'probe');
    const live = newJob({ lane: 'live' });
    await queue.add([live]);
    const before = await scriptsRun();
    await delay(1_000);
    // Fifty looks, each with a slot that comes and goes back; one look after the other would be thousands.
    expect((await scriptsRun()) - before).toBeLessThan(300);
    expect(ended.size).toBe(0);

    await queue.setFlow(US, 'run');
    await eventually(() => ended.has(idOf(live)));
    letGo();
  });

  test('their jobs are put back by a stop, and renewed in their locks until then, as all others are', async () => {
    const queue = await open(1_000);
    const jobs = [...many(10), newJob({ lane: 'live' })];
    let begun = 0;
    let stalled = 0;
    const heir = await openQueue({ connection: { url: redis.url }, onStalled: () => (stalled += 1) });
    onTestFinished(async () => heir.close());
    const consumer = queue.consume(US, async (_, signal) => {
      begun += 1;
      return new Promise((resolve) => signal.addEventListener('abort', () => resolve({ kind: 'putBack' })));
    });
    await queue.add(jobs.slice(0, 10));
    await eventually(() => begun === 10);
    await queue.add(jobs.slice(10));
    await eventually(() => begun === 11);
    // Longer than the lock of 1.5 s.
    const lateAt = Date.now() + 2_500;
    await eventually(() => Date.now() > lateAt);
    expect([begun, stalled]).toEqual([11, 0]);
    await consumer.stop(3_000);
    expect(await queue.counts(US)).toMatchObject({ waiting: 11, active: 0, delayed: 0 });
    expect((await queue.presence(jobs)).every((presence) => presence === 'waiting')).toBe(true);
  });
});
