import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { pause } from '../../../src/client/retry.ts';

beforeEach(() => {
  vi.useFakeTimers();
});
afterEach(() => {
  vi.useRealTimers();
});

test('a wait that is longer than a timer can be lasts as long as one can, and does not end at once', async () => {
  let ended = false;
  const pausing = pause(1e15, undefined).then(() => (ended = true));
  await vi.advanceTimersByTimeAsync(24 * 86_400_000);
  expect(ended).toBe(false);
  await vi.advanceTimersByTimeAsync(86_400_000);
  await pausing;
});

test('a wait ends at once when the signal aborts', async () => {
  const stop = new AbortController();
  const pausing = pause(1_000, stop.signal);
  stop.abort();
  await pausing;
  expect(vi.getTimerCount()).toBe(0);
});
