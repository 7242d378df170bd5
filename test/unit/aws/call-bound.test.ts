import { getEventListeners } from 'node:events';
import { expect, onTestFinished, test, vi } from 'vitest';
import { CallTimeoutError, withinBound } from '../../../src/aws/call-bound.ts';

const never = (): Promise<never> => new Promise(() => undefined);
const heeding = (cut: AbortSignal): Promise<never> =>
  new Promise((_, reject) => {
    cut.addEventListener('abort', () => reject(new DOMException('Request aborted', 'AbortError')));
  });

const callers = () => new AbortController();

test('gives what the call gives', async () => {
  await expect(
    withinBound(() => Promise.resolve(7), { timeoutMs: 50, signal: callers().signal }),
  ).resolves.toBe(7);
});

test('gives the error that the call gives', async () => {
  const error = new Error('refused');
  await expect(
    withinBound(() => Promise.reject(error), { timeoutMs: 50, signal: callers().signal }),
  ).rejects.toBe(error);
});

test.each([
  ['heeds its signal', heeding],
  ['heeds nothing', never],
])('cuts a call that %s when the time is over', async (_, call) => {
  let cut: AbortSignal | undefined;
  const bounded = withinBound(
    (signal) => {
      cut = signal;
      return call(signal);
    },
    { timeoutMs: 20, signal: callers().signal },
  );
  await expect(bounded).rejects.toBeInstanceOf(CallTimeoutError);
  expect(cut?.aborted).toBe(true);
});

test.each([
  ['heeds its signal', heeding],
  ['heeds nothing', never],
])('rejects with the caller’s reason when the caller stops a call that %s', async (_, call) => {
  const caller = callers();
  const reason = new Error('stopping');
  const bounded = withinBound(call, { timeoutMs: 5_000, signal: caller.signal });
  caller.abort(reason);
  await expect(bounded).rejects.toBe(reason);
});

test('makes no call for a caller that has stopped', async () => {
  const call = vi.fn(never);
  const reason = new Error('stopping');
  await expect(withinBound(call, { timeoutMs: 50, signal: AbortSignal.abort(reason) })).rejects.toBe(reason);
  expect(call).not.toHaveBeenCalled();
});

test('10,000 calls on one signal, 100 at a time, leave no listener and no timer, and Node warns of none', async () => {
  const warned = vi.fn();
  process.on('warning', warned);
  onTestFinished(() => void process.off('warning', warned));
  const timers = (): number => process.getActiveResourcesInfo().filter((name) => name === 'Timeout').length;
  const { signal } = callers();
  const before = timers();
  for (let batch = 0; batch < 100; batch += 1) {
    const calls = Array.from({ length: 100 }, () =>
      withinBound(() => new Promise((resolve) => setImmediate(resolve)), { timeoutMs: 60_000, signal }),
    );
    await Promise.all(calls);
  }
  expect(getEventListeners(signal, 'abort')).toEqual([]);
  expect(timers()).toBeLessThan(before + 10);
  expect(warned).not.toHaveBeenCalled();
});
