import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { sharedRead } from '../../../../src/runtime/metrics/shared-read.ts';

const SHARING = { withinMs: 1_000, keepMs: 500 };

/** A read whose answers the test gives one by one. */
function heldRead(): { read: () => Promise<number>; calls: PromiseWithResolvers<number>[] } {
  const calls: PromiseWithResolvers<number>[] = [];
  return {
    calls,
    read: () => {
      const call = withResolvers();
      calls.push(call);
      return call.promise;
    },
  };
}

interface PromiseWithResolvers<T> {
  readonly promise: Promise<T>;
  readonly resolve: (value: T) => void;
  readonly reject: (error: Error) => void;
}

function withResolvers(): PromiseWithResolvers<number> {
  let resolve: (value: number) => void = () => undefined;
  let reject: (error: Error) => void = () => undefined;
  const promise = new Promise<number>((onValue, onError) => {
    resolve = onValue;
    reject = onError;
  });
  return { promise, resolve, reject };
}

beforeEach(() => {
  vi.useFakeTimers();
});
afterEach(() => {
  vi.useRealTimers();
});

describe('sharedRead', () => {
  it('asks once for all who ask at the same time', async () => {
    const { read, calls } = heldRead();
    const ask = sharedRead(read, SHARING);
    const answers = [ask(), ask(), ask()];
    expect(calls).toHaveLength(1);
    calls[0]!.resolve(7);
    expect(await Promise.all(answers)).toEqual([7, 7, 7]);
  });

  it('gives the same answer for a while, then asks again', async () => {
    const { read, calls } = heldRead();
    const ask = sharedRead(read, SHARING);
    const first = ask();
    calls[0]!.resolve(1);
    await first;
    vi.advanceTimersByTime(499);
    expect(await ask()).toBe(1);
    vi.advanceTimersByTime(1);
    const second = ask();
    expect(calls).toHaveLength(2);
    calls[1]!.resolve(2);
    expect(await second).toBe(2);
  });

  it('lets nobody wait longer than the bound, and starts no second read while one hangs', async () => {
    const { read, calls } = heldRead();
    const ask = sharedRead(read, SHARING);
    for (let n = 0; n < 3; n += 1) {
      const answer = ask();
      await vi.advanceTimersByTimeAsync(1_000);
      expect(await answer).toBeUndefined();
    }
    expect(calls).toHaveLength(1);
    calls[0]!.resolve(5);
    await vi.advanceTimersByTimeAsync(0);
    expect(await ask()).toBe(5);
  });

  it('answers undefined for a read that failed, and keeps that as any answer', async () => {
    const { read, calls } = heldRead();
    const ask = sharedRead(read, SHARING);
    const answer = ask();
    calls[0]!.reject(new Error('Redis is away'));
    expect(await answer).toBeUndefined();
    expect(await ask()).toBeUndefined();
    expect(calls).toHaveLength(1);
  });
});
