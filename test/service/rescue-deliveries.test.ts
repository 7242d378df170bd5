import { Redis } from 'ioredis';
import { expect, it, onTestFinished } from 'vitest';
import { createRelay } from '../../src/delivery/relay.ts';
import { openLedger } from '../../src/ledger/open-ledger.ts';
import { rescueDeliveries } from '../../src/maintenance/rescue-deliveries.ts';
import { systemClock } from '../../src/runtime/clock.ts';
import { eventually } from '../support/eventually.ts';
import { onboardingIn, roundWrite, WEBHOOK_URL } from '../support/ledger-fixtures.ts';
import { createTestDatabase } from '../support/postgres.ts';
import { openQueue } from '../support/queue-fixtures.ts';
import { recordingLog } from '../support/recording-log.ts';
import { startRedis } from '../support/redis.ts';

const NEVER = new AbortController().signal;

async function setStage() {
  const [redis, database] = await Promise.all([startRedis(), createTestDatabase()]);
  const ledger = await openLedger(
    { kind: 'postgres', url: database.url },
    {
      awsMode: 'sandbox',
      partner: 'acme.example',
      clock: systemClock,
      log: recordingLog(),
      webhookUrl: WEBHOOK_URL,
    },
  );
  const queue = await openQueue({ connection: { url: redis.url } });
  onTestFinished(async () => {
    await queue.close();
    await ledger.close();
    await Promise.all([redis.stop(), database.drop()]);
  });
  // Long due: whatever is not where it should be by now was lost.
  const at = new Date(Date.now() - 120_000).toISOString();
  const ended = async () => {
    const before = await onboardingIn('queued', { ledger });
    await ledger.saveRound(roundWrite(before, 'failed', { at }));
    const { items } = await ledger.listDeliveries({ onboardingId: before.id }, { limit: 1 });
    return { deliveryId: items[0]!.id, replays: 0 };
  };
  const { deliveries } = queue;
  const relay = createRelay({ ledger, queue: deliveries, clock: systemClock });
  const rescue = async (queueLost = false): Promise<number> =>
    rescueDeliveries({ ledger, deliveries, clock: systemClock }, queueLost, NEVER);
  return { redis, deliveries, relay, rescue, refs: [await ended(), await ended(), await ended()] };
}

it('finds the deliveries that the queue no longer carries, and only those', async () => {
  const { redis, deliveries, relay, rescue, refs } = await setStage();
  expect(await relay.carry(NEVER)).toBe(3);
  expect(await relay.carry(NEVER)).toBe(0);
  expect(await rescue()).toBe(0);

  const [gone, finished] = refs;
  const client = new Redis(redis.url);
  const [key = ''] = await client.keys(`*${gone!.deliveryId}-r0`);
  const wait = key.replace(/:evt_.*/, ':wait');
  await client.multi().del(key).lrem(wait, 0, `${gone!.deliveryId}-r0`).exec();
  client.disconnect();
  expect(await deliveries.presence(refs)).toEqual(['absent', 'waiting', 'waiting']);
  expect(await rescue()).toBe(1);
  expect(await relay.carry(NEVER)).toBe(1);
  expect(await deliveries.presence(refs)).toEqual(['waiting', 'waiting', 'waiting']);

  // A handler that says nothing to the ledger: the job has finished, and the row still waits.
  const consumer = deliveries.consume(({ deliveryId: id }) =>
    Promise.resolve(
      id === finished!.deliveryId ? { kind: 'done' } : { kind: 'retry', delayMs: 60_000, code: 'Http500' },
    ),
  );
  await eventually(async () => (await deliveries.presence(refs)).join() === 'delayed,finished,delayed');
  await consumer.stop(1_000);
  expect(await rescue()).toBe(1);
  expect(await relay.carry(NEVER)).toBe(1);
  expect(await deliveries.presence(refs)).toEqual(['delayed', 'waiting', 'delayed']);
});

it('carries all anew when the queue has lost its data', async () => {
  const { redis, deliveries, relay, rescue, refs } = await setStage();
  await relay.carry(NEVER);
  const client = new Redis(redis.url);
  await client.flushall();
  client.disconnect();
  expect(await rescue(true)).toBe(3);
  expect(await relay.carry(NEVER)).toBe(3);
  expect(await deliveries.presence(refs)).toEqual(['waiting', 'waiting', 'waiting']);
});
