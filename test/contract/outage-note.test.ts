import { expect, onTestFinished, test } from 'vitest';
import { QueueUnavailableError } from '../../src/domain/unavailable.ts';
import type { OutageNote } from '../../src/ports/alert-ledger.ts';
import { eventually } from '../support/eventually.ts';
import { freshPrefix, openQueue } from '../support/queue-fixtures.ts';
import { startRedis } from '../support/redis.ts';

test('of processes that note an outage at once one is the first, until the note expires', async () => {
  const redis = await startRedis();
  onTestFinished(() => redis.stop());
  const prefix = freshPrefix();
  const open = async (): Promise<OutageNote> => {
    const queue = await openQueue({ connection: { url: redis.url }, prefix });
    onTestFinished(() => queue.close());
    return queue.outageNote;
  };
  const [first, second, third] = await Promise.all([open(), open(), open()]);
  expect(await first.read()).toBeNull();
  const claimed = await Promise.all([first, second, third].map(async (note) => note.claim('12:00', 60_000)));
  expect(claimed.filter(Boolean)).toHaveLength(1);
  expect(await first.read()).toBe('12:00');
  await second.write('', 60_000);
  expect(await third.claim('12:05', 60_000)).toBe(false);
  await second.write('', 1);
  await eventually(() => third.claim('12:10', 60_000));
  expect(await first.read()).toBe('12:10');

  await redis.kill();
  for (const call of [() => first.claim('x', 1), () => first.write('x', 1), () => first.read()])
    await expect(call()).rejects.toThrow(QueueUnavailableError);
});
