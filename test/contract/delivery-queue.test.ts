import { randomBytes } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, onTestFinished, test } from 'vitest';
import type { DeliveryJobRun, DeliveryRef } from '../../src/domain/delivery.ts';
import { deliveryId } from '../../src/domain/ids.ts';
import type { JobVerdict } from '../../src/domain/job.ts';
import { QueueUnavailableError } from '../../src/domain/unavailable.ts';
import type { BullJobQueue } from '../../src/queue/job-queue.ts';
import { eventually } from '../support/eventually.ts';
import { openQueue } from '../support/queue-fixtures.ts';
import { takeRedisDatabase } from '../support/redis-database.ts';
import { startRedis } from '../support/redis.ts';

let redis: Awaited<ReturnType<typeof takeRedisDatabase>>;
beforeAll(async () => {
  redis = await takeRedisDatabase();
});
afterAll(() => redis.stop());

async function open(): Promise<BullJobQueue> {
  const queue = await openQueue({ connection: { url: redis.url } });
  onTestFinished(() => queue.close());
  return queue;
}

const newRef = (replays = 0): DeliveryRef => ({
  deliveryId: deliveryId(Date.now(), randomBytes(16)),
  replays,
});
const now = <T extends DeliveryRef>(ref: T) => ({ ...ref, delayMs: 0 });

/** Answers every run with the next verdict, the last one for ever. */
function scripted(...verdicts: readonly JobVerdict[]) {
  const runs: DeliveryJobRun[] = [];
  const handler = (run: DeliveryJobRun): Promise<JobVerdict> => {
    runs.push(run);
    return Promise.resolve(verdicts[Math.min(runs.length, verdicts.length) - 1] ?? { kind: 'done' });
  };
  return Object.assign(handler, { runs });
}

describe('the delivery queue', () => {
  test('hands each delivery to a handler once, by its id and replay', async () => {
    const { deliveries } = await open();
    const refs = [newRef(), newRef(3)];
    const handler = scripted({ kind: 'done' });
    await deliveries.add(refs.map(now));
    await deliveries.add(refs.map(now));
    deliveries.consume(handler);
    await eventually(async () =>
      (await deliveries.presence(refs)).every((presence) => presence === 'finished'),
    );
    expect(handler.runs.map(({ deliveryId: id, replays }) => ({ deliveryId: id, replays }))).toEqual(
      expect.arrayContaining(refs),
    );
    expect(handler.runs).toHaveLength(2);
  });

  test('tries again when the verdict says so, and holds what is for later', async () => {
    const { deliveries } = await open();
    const [retried, delayed] = [newRef(), newRef()];
    const handler = scripted({ kind: 'retry', delayMs: 20, code: 'Http500' }, { kind: 'done' });
    await deliveries.add([now(retried), { ...delayed, delayMs: 3_600_000 }]);
    deliveries.consume(handler);
    await eventually(() => handler.runs.length === 2);
    expect(await deliveries.presence([delayed, newRef()])).toEqual(['delayed', 'absent']);
  });

  test('carries one anew whose job has finished', async () => {
    const { deliveries } = await open();
    const ref = newRef();
    const handler = scripted({ kind: 'failed', code: 'Http410' }, { kind: 'done' });
    deliveries.consume(handler);
    await deliveries.add([now(ref)]);
    await eventually(async () => (await deliveries.presence([ref]))[0] === 'finished');
    await deliveries.add([now(ref)]);
    await eventually(() => handler.runs.length === 2);
  });

  test('puts back unspent what a stop cuts', async () => {
    const queue = await open();
    const ref = newRef();
    await queue.deliveries.add([now(ref)]);
    let begun = 0;
    const consumer = queue.deliveries.consume(async (_run, signal) => {
      begun += 1;
      await new Promise((resolve) => signal.addEventListener('abort', resolve));
      return { kind: 'putBack' };
    });
    await eventually(() => begun === 1);
    await consumer.stop(1_000);
    expect(await queue.deliveries.presence([ref])).toEqual(['waiting']);
    const handler = scripted({ kind: 'done' });
    queue.deliveries.consume(handler);
    await eventually(() => handler.runs.length === 1);
  });

  test('is among the raw queues, and holds nothing but ids', async () => {
    const queue = await open();
    const ref = newRef();
    await queue.deliveries.add([now(ref)]);
    const raw = queue.rawQueues().find(({ name }) => name === 'deliveries');
    const [job] = (await raw?.getJobs()) ?? [];
    expect(job?.data).toEqual({ v: 1, ...ref, readyAt: expect.any(Number) as number });
  });

  test('fails fast while Redis is away', async () => {
    const own = await startRedis();
    const queue = await openQueue({ connection: { url: own.url } });
    onTestFinished(() => queue.close());
    await own.kill();
    await expect(queue.deliveries.add([now(newRef())])).rejects.toThrow(QueueUnavailableError);
    await expect(queue.deliveries.presence([newRef()])).rejects.toThrow(QueueUnavailableError);
  });
});
