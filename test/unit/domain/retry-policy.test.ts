import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import {
  fullJitterMs,
  operatorFaultDelayMs,
  QUICK_TRIES,
  QUICK_TRIES_WITHIN_MS,
  quickDelayMs,
  roundDelayMs,
  throttleDelayMs,
  unsettledDelayMs,
  UNSETTLED_ROUNDS,
  type Random,
  type RetryPolicy,
} from '../../../src/domain/retry-policy.ts';

const lowest: Random = () => 0;
const highest: Random = () => 1 - 2 ** -53;
const of =
  (value: number): Random =>
  () =>
    value;

const policy: RetryPolicy = {
  attemptsMax: 60,
  backoffBaseMs: 2_000,
  backoffCapMs: 900_000,
  deadlineMs: 86_400_000,
  limitExceededWaitMs: 0,
};

const unit = fc.double({ min: 0, max: 1, maxExcluded: true, noNaN: true });
const tries = fc.oneof(fc.integer({ min: 1, max: 100 }), fc.integer({ min: 1, max: 2 ** 31 }));
const limits = fc.record({
  baseMs: fc.integer({ min: 0, max: 3_600_000 }),
  capMs: fc.integer({ min: 0, max: 86_400_000 }),
});
const retryAfter = fc.integer({ min: 0, max: 3_600_000 });

describe('full jitter', () => {
  test('is a whole number from 0 to under the cap for any try, however late', () => {
    fc.assert(
      fc.property(tries, limits, unit, (n, { baseMs, capMs }, random) => {
        const delay = fullJitterMs(n, { baseMs, capMs }, of(random));
        expect(Number.isSafeInteger(delay)).toBe(true);
        expect(delay).toBeGreaterThanOrEqual(0);
        expect(delay).toBeLessThanOrEqual(capMs);
        if (n <= 52) expect(delay).toBeLessThanOrEqual(baseMs * 2 ** (n - 1));
      }),
    );
  });

  test('reaches down to nothing and up to the cap', () => {
    fc.assert(
      fc.property(tries, limits, (n, bounds) => {
        expect(fullJitterMs(n, bounds, lowest)).toBe(0);
      }),
    );
    expect(fullJitterMs(40, { baseMs: 2_000, capMs: 900_000 }, highest)).toBe(899_999);
    expect(fullJitterMs(2 ** 31, { baseMs: 2_000, capMs: 900_000 }, highest)).toBe(899_999);
  });

  test('spreads evenly at the cap: a tenth of the way in gives a tenth of the cap', () => {
    for (const tenth of [0.1, 0.3, 0.5, 0.9]) {
      expect(fullJitterMs(60, { baseMs: 2_000, capMs: 900_000 }, of(tenth))).toBe(
        Math.floor(tenth * 900_000),
      );
    }
  });

  test('doubles its ceiling from the base on, and never lowers it', () => {
    expect([1, 2, 3, 4].map((n) => fullJitterMs(n, { baseMs: 1_000, capMs: 60_000 }, of(0.5)))).toEqual([
      500, 1_000, 2_000, 4_000,
    ]);
    fc.assert(
      fc.property(tries, limits, unit, (n, bounds, random) => {
        expect(fullJitterMs(n + 1, bounds, of(random))).toBeGreaterThanOrEqual(
          fullJitterMs(n, bounds, of(random)),
        );
      }),
    );
  });
});

describe('the wait before the next round', () => {
  test('is never under Retry-After and never over Retry-After and the cap', () => {
    fc.assert(
      fc.property(tries, fc.option(retryAfter, { nil: undefined }), unit, (n, wish, random) => {
        const delay = roundDelayMs(n, policy, {
          random: of(random),
          ...(wish === undefined ? {} : { retryAfterMs: wish }),
        });
        expect(delay).toBeGreaterThanOrEqual(wish ?? 0);
        expect(delay).toBeLessThanOrEqual((wish ?? 0) + policy.backoffCapMs);
      }),
    );
  });

  test('starts at the base and ends at the cap that the operator set', () => {
    expect(roundDelayMs(1, policy, { random: highest })).toBe(1_999);
    expect(roundDelayMs(60, policy, { random: highest })).toBe(899_999);
    expect(roundDelayMs(60, { ...policy, backoffCapMs: 5_000 }, { random: highest })).toBe(4_999);
    expect(roundDelayMs(1, { ...policy, backoffBaseMs: 10 }, { random: highest })).toBe(9);
  });

  test('keeps all of Retry-After when the jitter is nothing', () => {
    expect(roundDelayMs(3, policy, { random: lowest, retryAfterMs: 1_200 })).toBe(1_200);
  });
});

describe('quick tries', () => {
  test('all fit together into their time', () => {
    const waits = Array.from({ length: QUICK_TRIES }, (_, index) => quickDelayMs(index + 1, highest));
    expect(waits).toEqual([99, 199]);
    expect(waits.reduce((sum, wait) => sum + wait, 0)).toBeLessThan(QUICK_TRIES_WITHIN_MS);
  });

  test('may follow at once', () => {
    expect(quickDelayMs(1, lowest)).toBe(0);
  });

  test('never wait longer than half of their time, however many there are', () => {
    expect(quickDelayMs(50, highest)).toBe(QUICK_TRIES_WITHIN_MS / 2 - 1);
  });
});

describe('the wait for an existing name to settle', () => {
  test('has a floor, grows, and is capped within seconds', () => {
    expect(unsettledDelayMs(1, lowest)).toBe(500);
    expect(unsettledDelayMs(1, highest)).toBe(999);
    expect(unsettledDelayMs(2, highest)).toBe(1_499);
    expect(unsettledDelayMs(100, highest)).toBe(8_499);
  });

  test('is over within half a minute in all', () => {
    const waits = Array.from({ length: UNSETTLED_ROUNDS }, (_, index) =>
      unsettledDelayMs(index + 1, highest),
    );
    expect(waits.reduce((sum, wait) => sum + wait, 0)).toBeLessThan(30_000);
  });
});

describe.each([
  ['a throttled snooze', (n: number, random: Random) => throttleDelayMs(n, { random })],
  ['a snooze for an operator fault', operatorFaultDelayMs],
])('%s', (_what, delayOf) => {
  test('keeps half of its ceiling as a floor, doubles and is capped at 30 s', () => {
    expect([1, 2, 3, 6, 99].map((n) => delayOf(n, lowest))).toEqual([500, 1_000, 2_000, 15_000, 15_000]);
    expect([1, 2, 3, 6, 99].map((n) => delayOf(n, highest))).toEqual([999, 1_999, 3_999, 29_999, 29_999]);
  });

  test('is a whole number between floor and cap for any streak', () => {
    fc.assert(
      fc.property(tries, unit, (n, random) => {
        const delay = delayOf(n, of(random));
        expect(Number.isSafeInteger(delay)).toBe(true);
        expect(delay).toBeGreaterThanOrEqual(500);
        expect(delay).toBeLessThan(30_000);
      }),
    );
  });
});

test('a throttled snooze adds its jitter to Retry-After and never cuts from it', () => {
  fc.assert(
    fc.property(tries, retryAfter, unit, (n, retryAfterMs, random) => {
      expect(throttleDelayMs(n, { random: of(random), retryAfterMs })).toBe(
        retryAfterMs + throttleDelayMs(n, { random: of(random) }),
      );
    }),
  );
});
