import { Redis } from 'ioredis';
import { afterAll, beforeAll, expect, onTestFinished, test } from 'vitest';
import { CLOSED, type CircuitMemory } from '../../src/domain/circuit.ts';
import { QueueUnavailableError } from '../../src/domain/unavailable.ts';
import type { CircuitStore } from '../../src/ports.ts';
import { regionKey } from '../../src/queue/queue-keys.ts';
import { EU, freshPrefix, openQueue, US } from '../support/queue-fixtures.ts';
import { takeRedisDatabase } from '../support/redis-database.ts';
import { startRedis } from '../support/redis.ts';

let redis: Awaited<ReturnType<typeof takeRedisDatabase>>;
beforeAll(async () => {
  redis = await takeRedisDatabase();
});
afterAll(async () => redis.stop());

/** The store of another process: its own connection, the same keys. */
async function openStore(prefix: string): Promise<CircuitStore> {
  const queue = await openQueue({ connection: { url: redis.url }, prefix });
  onTestFinished(() => queue.close());
  return queue.circuits;
}

const same = (memory: CircuitMemory): CircuitMemory => memory;
const once = (memory: CircuitMemory): CircuitMemory => ({ ...memory, openings: memory.openings + 1 });

test('a Region of which nothing is known is closed, and reading it writes nothing', async () => {
  const prefix = freshPrefix();
  const store = await openStore(prefix);
  const { before, after } = await store.change(US, same);
  expect([before, after]).toEqual([CLOSED, CLOSED]);
  const client = new Redis(redis.url);
  expect(await client.exists(regionKey(prefix, US, 'circuit'))).toBe(0);
  client.disconnect();
});

test('every step is applied exactly once, whatever others apply at the same time', async () => {
  const prefix = freshPrefix();
  const stores = await Promise.all([1, 2, 3, 4].map(async () => openStore(prefix)));
  await Promise.all(
    stores.flatMap((store) => Array.from({ length: 25 }, async () => store.change(US, once))),
  );
  expect((await stores[0]!.change(US, same)).after.openings).toBe(100);
  expect((await stores[0]!.change(EU, same)).after).toEqual(CLOSED);
});

test('a step is told the time by Redis, not by its own machine', async () => {
  const store = await openStore(freshPrefix());
  const client = new Redis(redis.url);
  const [seconds] = await client.time();
  client.disconnect();
  const { now } = await store.change(US, same);
  expect(now - Number(seconds) * 1_000).toBeGreaterThanOrEqual(0);
  expect(now - Number(seconds) * 1_000).toBeLessThan(10_000);
});

test.each([
  ['nothing that can be read', '{"state":"op', CLOSED],
  ['less, by an older version', '{"openings":7}', { ...CLOSED, openings: 7 }],
])('a memory in which another hand has left %s is used as far as it goes', async (_, text, expected) => {
  const prefix = freshPrefix();
  const store = await openStore(prefix);
  const client = new Redis(redis.url);
  await client.set(regionKey(prefix, US, 'circuit'), text);
  client.disconnect();
  expect((await store.change(US, same)).after).toEqual(expected);
  expect((await store.change(US, once)).after.openings).toBe(expected.openings + 1);
});

test('while Redis is away it says so', async () => {
  const gone = await startRedis();
  const queue = await openQueue({ connection: { url: gone.url } });
  onTestFinished(() => queue.close());
  await queue.circuits.change(US, once);
  await gone.kill();
  await expect(queue.circuits.change(US, once)).rejects.toThrow(QueueUnavailableError);
});
