import { expect, test } from 'vitest';
import { forEachYielding, yieldToEventLoop, TURN_MS } from '../../../../src/api/http/event-loop.ts';
import { countRounds } from '../../../support/event-loop.ts';

function work(ms: number): void {
  const until = performance.now() + ms;
  while (performance.now() < until);
}

test('long work lets the event loop go round between its pieces, and keeps their order', async () => {
  const loop = countRounds();
  const done: number[] = [];
  const items = Array.from({ length: 60 }, (_, index) => index);
  await forEachYielding(items, (item, index) => {
    expect(index).toBe(item);
    work(TURN_MS / 2);
    done.push(item);
  });
  loop.stop();
  expect(done).toEqual(items);
  // Three items at most are a turn, however slow the machine is.
  expect(loop.rounds()).toBeGreaterThanOrEqual(60 / 3 - 1);
});

test('all who wait for a turn get one round each, first come first served', async () => {
  const loop = countRounds();
  const turns = await Promise.all(
    ['a', 'b', 'c', 'd'].map(async (name) => {
      await yieldToEventLoop();
      return { name, round: loop.rounds() };
    }),
  );
  loop.stop();
  expect(turns.map(({ name }) => name)).toEqual(['a', 'b', 'c', 'd']);
  expect(new Set(turns.map(({ round }) => round)).size).toBe(4);
});

test('work that fails ends with its error, and others get their turns', async () => {
  await expect(
    forEachYielding([1], () => {
      throw new Error('broken');
    }),
  ).rejects.toThrow('broken');
  await yieldToEventLoop();
});
