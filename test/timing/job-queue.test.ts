import { Redis } from 'ioredis';
import { afterAll, beforeAll, describe, expect, onTestFinished, test } from 'vitest';
import type { JobVerdict } from '../../src/domain/job.ts';
import { QueueUnavailableError } from '../../src/domain/unavailable.ts';
import type { BullJobQueue, JobQueueOptions } from '../../src/queue/job-queue.ts';
import { eventually } from '../support/eventually.ts';
import { EU, freshPrefix, newJob, openQueue, scripted, US } from '../support/queue-fixtures.ts';
import { startRedis, type TestRedis } from '../support/redis.ts';

const DONE: JobVerdict = { kind: 'done' };

let redis: TestRedis;
beforeAll(async () => {
  redis = await startRedis();
});
afterAll(async () => redis.stop());

async function open(options: Partial<JobQueueOptions> = {}): Promise<BullJobQueue> {
  const queue = await openQueue({ connection: { url: redis.url }, ...options });
  onTestFinished(async () => queue.close());
  return queue;
}

/** Milliseconds until it has settled. */
async function took(work: Promise<unknown>): Promise<number> {
  const startedAt = performance.now();
  await work.catch(() => undefined);
  return performance.now() - startedAt;
}

describe('a stop', () => {
  test('of an idle consumer comes at once', async () => {
    const queue = await open();
    const handler = scripted(DONE);
    const consumer = queue.consume(US, handler);
    await queue.add([newJob()]);
    await eventually(() => handler.runs.length === 1);
    await eventually(async () => (await queue.counts(US)).active === 0);
    expect(await took(consumer.stop(8_000))).toBeLessThan(500);
  });

  test('lets go at its deadline of a job that ignores the abort', async () => {
    const queue = await open();
    let runs = 0;
    const consumer = queue.consume(US, () => {
      runs += 1;
      return new Promise(() => undefined);
    });
    await queue.add([newJob()]);
    await eventually(() => runs === 1);
    expect(await took(consumer.stop(1_000))).toBeLessThan(1_300);
  });

  test('ends within its deadline while Redis is away', async () => {
    const own = await startRedis();
    const queue = await openQueue({ connection: { url: own.url } });
    let runs = 0;
    const consumer = queue.consume(US, async (_, signal) => {
      runs += 1;
      return new Promise((resolve) => signal.addEventListener('abort', () => resolve({ kind: 'putBack' })));
    });
    const idle = queue.consume(EU, scripted(DONE));
    await queue.add([newJob()]);
    await eventually(() => runs === 1);
    await own.kill();
    const stopped = Promise.all([consumer.stop(3_000), idle.stop(3_000)]).then(() => queue.close());
    expect(await took(stopped)).toBeLessThan(3_500);
  });
});

/** A worker that nobody wakes looks again after five seconds. */
describe('an idle worker is woken', () => {
  test.each(['hold', 'probe'] as const)('when a Region under %s runs again', async (flow) => {
    const queue = await open();
    await queue.setFlow(US, flow);
    let runs = 0;
    queue.consume(US, () => {
      runs += 1;
      return new Promise((resolve) => onTestFinished(() => resolve(DONE)));
    });
    await queue.add(Array.from({ length: 5 }, () => newJob()));
    await eventually(() => runs === (flow === 'probe' ? 1 : 0));
    const running = queue.setFlow(US, 'run').then(() => eventually(() => runs === 5));
    expect(await took(running)).toBeLessThan(2_000);
  });

  test('when another consumer puts a job back', async () => {
    const prefix = freshPrefix();
    const [queue, other] = [await open({ prefix }), await open({ prefix, concurrency: 1 })];
    let putBack = (): void => undefined;
    const first = other.consume(US, async () => {
      await new Promise<void>((resolve) => (putBack = resolve));
      return { kind: 'putBack' };
    });
    await queue.add([newJob()]);
    await eventually(async () => (await queue.counts(US)).active === 1);
    const second = scripted(DONE);
    queue.consume(US, second);
    const idle = newJob();
    await queue.add([idle]);
    await eventually(() => second.runs.length === 1);
    const stopping = first.stop(5_000);
    putBack();
    expect(await took(eventually(() => second.runs.length === 2))).toBeLessThan(2_000);
    await stopping;
  });
});

describe('calls fail fast', () => {
  test('while Redis is down', async () => {
    const own = await startRedis();
    const queue = await open({ connection: { url: own.url } });
    await own.kill();
    const job = newJob();
    const calls: readonly (() => Promise<unknown>)[] = [
      () => queue.add([job]),
      () => queue.addAnew(job),
      () => queue.presence([job]),
      () => queue.lift(job),
      () => queue.counts(US),
      () => queue.readEpoch(),
      () => queue.writeEpoch('epoch'),
      () => queue.ping(),
    ];
    for (const call of calls) {
      const failed = expect(call()).rejects.toBeInstanceOf(QueueUnavailableError);
      expect(await took(failed)).toBeLessThan(500);
      await failed;
    }
  });

  test('when Redis takes commands and never answers', async () => {
    const own = await startRedis();
    onTestFinished(() => own.stop());
    const queue = await open({ connection: { url: own.url } });
    const administrator = new Redis(own.url);
    onTestFinished(() => administrator.disconnect());
    await administrator.client('PAUSE', 4_000);
    const failed = expect(queue.add([newJob()])).rejects.toBeInstanceOf(QueueUnavailableError);
    expect(await took(failed)).toBeLessThan(2_000);
    await failed;
  });
});
