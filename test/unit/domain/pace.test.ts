import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { afterThrottle, isAnswered, rateAt, type Pace } from '../../../src/domain/pace.ts';
import { seeded, sharesOf, simulate, type Simulated } from '../../support/quota-simulation.ts';

const CEILING = 50;
const AT = 1_000_000;

const measuredAt20: Pace = { limit: 20, measured: true, cutTo: 0.97, cutAt: AT, since: AT };

const paces = fc
  .record({
    limit: fc.double({ min: 0.01, max: 10_000, noNaN: true }),
    measured: fc.boolean(),
    cutTo: fc.constantFrom(0.7, 0.97, 1),
    cutAt: fc.integer({ min: 0, max: AT }),
    countedLater: fc.nat(100_000),
  })
  .map(({ countedLater, ...pace }): Pace => ({ ...pace, since: pace.cutAt + countedLater }));
const laterBy = fc.integer({ min: 0, max: 86_400_000 });

describe('the rate', () => {
  it('is the ceiling while no call was throttled', () => {
    expect(rateAt(null, CEILING, AT)).toBe(CEILING);
  });

  it('lies between a hundredth of the ceiling and the ceiling, and never falls without a throttled call', () => {
    fc.assert(
      fc.property(paces, laterBy, laterBy, (pace, one, other) => {
        const [sooner, later] = [Math.min(one, other), Math.max(one, other)];
        const rates = [sooner, later].map((ms) => rateAt(pace, CEILING, pace.cutAt + ms));
        expect(rates[0]).toBeGreaterThanOrEqual(CEILING / 100);
        expect(rates[1]).toBeLessThanOrEqual(CEILING);
        expect(rates[1]).toBeGreaterThanOrEqual((rates[0] ?? 0) * (1 - 1e-12));
      }),
    );
  });

  it('is level at the limit after 7 s, a tenth over it after 17 s, and twice it after half a minute', () => {
    expect(rateAt(measuredAt20, CEILING, AT)).toBeCloseTo(19.4);
    expect(rateAt(measuredAt20, CEILING, AT + 7_000)).toBeCloseTo(20, 1);
    expect(rateAt(measuredAt20, CEILING, AT + 17_000)).toBeCloseTo(22, 0);
    expect(rateAt(measuredAt20, CEILING, AT + 30_000)).toBeGreaterThan(40);
    expect(rateAt(measuredAt20, CEILING, AT + 60_000)).toBe(CEILING);
  });
});

describe('a throttled call', () => {
  /** A third of the calls: more than is tolerated. */
  const throttled = { now: AT + 5_000, sentAt: AT + 4_970, passed: 100, throttled: 50, idleMs: 0 };

  it('that is the first one begins a count, and leaves the rate as it is', () => {
    const pace = afterThrottle(null, CEILING, { ...throttled, passed: 0, throttled: 1 });
    expect(pace).toMatchObject({ measured: false, since: throttled.now });
    expect(rateAt(pace, CEILING, throttled.now)).toBe(CEILING);
    expect(isAnswered(pace, throttled.sentAt)).toBe(false);
  });

  it('that comes more than 15 s after the last cut, or after the last count, begins a count', () => {
    const late = { ...throttled, now: AT + 15_001, sentAt: AT + 15_000 };
    const again = afterThrottle(measuredAt20, CEILING, late);
    expect(again).toEqual({ ...measuredAt20, since: late.now });
    const later = { ...throttled, now: late.now + 15_001, sentAt: late.now + 15_000 };
    expect(afterThrottle(again, CEILING, later)).toEqual({ ...measuredAt20, since: later.now });
  });

  it.each([
    { passed: 0, throttled: 0, tolerated: true },
    { passed: 0, throttled: 1, tolerated: false },
    { passed: 18, throttled: 1, tolerated: true },
    { passed: 18, throttled: 2, tolerated: true },
    { passed: 10, throttled: 2, tolerated: false },
    { passed: 100, throttled: 7, tolerated: true },
    { passed: 100, throttled: 8, tolerated: false },
    { passed: 1_000, throttled: 59, tolerated: true },
    { passed: 1_000, throttled: 62, tolerated: false },
  ])('of $throttled among $passed that passed is tolerated: $tolerated', ({ tolerated, ...counts }) => {
    const pace = afterThrottle(measuredAt20, CEILING, { ...throttled, ...counts });
    expect(pace === measuredAt20).toBe(tolerated);
  });

  it('that is one too many, with too little to measure, cuts by three tenths', () => {
    const counting: Pace = { limit: CEILING, measured: false, cutTo: 1, cutAt: 0, since: AT };
    expect(afterThrottle(counting, CEILING, { ...throttled, passed: 9 })).toEqual({
      limit: CEILING,
      measured: false,
      cutTo: 0.7,
      cutAt: throttled.now,
      since: throttled.now,
    });
  });

  it('that is one too many tells the quota: what passed since the count began', () => {
    const supposed: Pace = { limit: 50, measured: false, cutTo: 0.7, cutAt: AT, since: AT };
    expect(afterThrottle(supposed, CEILING, throttled)).toEqual({
      limit: 20,
      measured: true,
      cutTo: 0.97,
      cutAt: throttled.now,
      since: throttled.now,
    });
    const countedLater = { ...supposed, since: AT + 1_000 };
    expect(afterThrottle(countedLater, CEILING, throttled)).toMatchObject({ limit: 25, measured: true });
  });

  it('that was sent before the last cut, or within a second of it, changes nothing', () => {
    for (const sentAt of [AT - 1, AT, AT + 999]) {
      expect(afterThrottle(measuredAt20, CEILING, { ...throttled, sentAt })).toBe(measuredAt20);
      expect(isAnswered(measuredAt20, sentAt)).toBe(true);
    }
    expect(isAnswered(measuredAt20, AT + 1_000)).toBe(false);
  });

  it.each([
    ['too few calls have passed', { passed: 9 }],
    ['slots were left over', { idleMs: 4_000 }],
  ])('measures nothing when %s; a measured limit of the last hour is believed', (_, more) => {
    const supposed: Pace = { limit: 45, measured: false, cutTo: 0.7, cutAt: AT, since: AT };
    expect(afterThrottle(supposed, CEILING, { ...throttled, ...more })).toMatchObject({ measured: false });
    const forgotten: Pace = { ...measuredAt20, cutAt: AT - 30_000 };
    expect(afterThrottle(forgotten, CEILING, { ...throttled, ...more })).toMatchObject({
      limit: 20,
      measured: true,
      cutTo: 0.97,
    });
    const old: Pace = { ...measuredAt20, cutAt: AT - 3_600_000 };
    expect(afterThrottle(old, CEILING, { ...throttled, ...more })).toMatchObject({
      limit: CEILING,
      cutTo: 0.7,
    });
  });

  it('never raises the rate, and no limit goes beyond it', () => {
    const heard = fc.record({
      passed: fc.nat(100_000),
      throttled: fc.nat(100_000),
      idleMs: fc.nat(100_000),
      after: fc.integer({ min: 1_000, max: 7_200_000 }),
    });
    fc.assert(
      fc.property(fc.option(paces), heard, (pace, { after, ...counts }) => {
        const now = (pace?.since ?? 0) + after;
        const before = rateAt(pace, CEILING, now);
        const next = afterThrottle(pace, CEILING, { ...counts, now, sentAt: now });
        expect(rateAt(next, CEILING, now)).toBeLessThanOrEqual(before);
        if (next?.cutAt === now) expect(next.limit).toBeLessThanOrEqual(before);
        expect(rateAt(next, CEILING, now)).toBeGreaterThanOrEqual(Math.min(before, CEILING / 100));
      }),
    );
  });
});

describe('over time, against a bucket like AWS’s', () => {
  const WORLD: Simulated = {
    configured: 50,
    real: () => 20,
    burst: 50,
    processes: 3,
    forMs: 150_000,
    latencyMs: 30,
    jitterMs: 3,
    random: seeded(7),
  };
  const steady = { from: 30_000, to: 150_000, real: 20 };

  it.each([
    // A bucket that holds one call throttles every call that comes a moment too soon.
    { burst: 0, used: 0.8 },
    { burst: 2, used: 0.98 },
    { burst: 5, used: 0.99 },
    { burst: 20, used: 0.99 },
    { burst: 50, used: 0.99 },
  ])('of a real 20/s under a configured 50/s it uses all, with a burst of $burst', ({ burst, used }) => {
    for (const processes of [1, 3, 20]) {
      const shares = sharesOf(simulate({ ...WORLD, burst, processes }), steady);
      expect(shares.used).toBeGreaterThanOrEqual(used);
      expect(shares.throttled).toBeLessThanOrEqual(0.03);
    }
  });

  it.each([
    { real: 45, throttled: 0.03 },
    { real: 35, throttled: 0.03 },
    { real: 10, throttled: 0.04 },
    // The fewer the calls, the longer chance explains them.
    { real: 5, throttled: 0.05 },
    { real: 2, throttled: 0.1 },
  ])('finds a real $real/s as well', ({ real, throttled }) => {
    const shares = sharesOf(simulate({ ...WORLD, real: () => real }), { ...steady, real });
    expect(shares.used).toBeGreaterThanOrEqual(0.98);
    expect(shares.throttled).toBeLessThanOrEqual(throttled);
  });

  it.each([
    { byChance: 0.01, used: 0.7 },
    { byChance: 0.04, used: 0.6 },
    // More than is tolerated: slower, but never to a standstill.
    { byChance: 0.06, used: 0.03 },
  ])(
    'comes back, and stays, though $byChance of all calls are throttled whatever the rate is',
    ({ byChance, used }) => {
      for (const seed of [1, 2, 3]) {
        const calls = simulate({
          ...WORLD,
          configured: 150,
          burst: 150,
          random: seeded(seed),
          real: (ms) => (ms < 30_000 ? 20 : 1_000),
          throttledByChance: byChance,
          forMs: 300_000,
        });
        expect(sharesOf(calls, { from: 120_000, to: 300_000, real: 150 }).used).toBeGreaterThanOrEqual(used);
      }
    },
  );

  it('throttles nothing where the quota is as configured', () => {
    for (const burst of [5, 50]) {
      const shares = sharesOf(simulate({ ...WORLD, real: () => 50, burst }), { ...steady, real: 50 });
      expect(shares.used).toBeGreaterThanOrEqual(0.99);
      expect(shares.throttled).toBe(0);
    }
  });

  it('finds a quota that is raised from 20 to 50 within 40 s, and one that is lowered within 10 s', () => {
    for (const burst of [2, 50]) {
      const raised = simulate({ ...WORLD, burst, forMs: 250_000, real: (ms) => (ms < 90_000 ? 20 : 50) });
      const after = sharesOf(raised, { from: 130_000, to: 250_000, real: 50 });
      expect(after.used).toBeGreaterThanOrEqual(0.98);
      const lowered = simulate({ ...WORLD, burst, real: (ms) => (ms < 60_000 ? 50 : 20) });
      const later = sharesOf(lowered, { from: 70_000, to: 150_000, real: 20 });
      expect(later.used).toBeGreaterThanOrEqual(0.97);
      expect(later.throttled).toBeLessThanOrEqual(0.03);
    }
  });

  it('keeps what it knows over a time without work', () => {
    const isBusy = (ms: number): boolean => ms < 60_000 || ms > 90_000;
    const calls = simulate({ ...WORLD, burst: 5, isBusy });
    const after = sharesOf(calls, { from: 90_000, to: 150_000, real: 20 });
    expect(after.used).toBeGreaterThanOrEqual(0.95);
    expect(after.throttled).toBeLessThanOrEqual(0.05);
  });

  it('is put off by a jump of the clock for moments only', () => {
    const calls = simulate({ ...WORLD, burst: 5, jump: { at: 60_000, byMs: 3_000_000 } });
    const after = sharesOf(calls, { from: 60_000, to: 150_000, real: 20 });
    expect(after.used).toBeGreaterThanOrEqual(0.95);
    expect(after.throttled).toBeLessThanOrEqual(0.05);
  });

  it('comes to the shares whatever the quota, the burst, the processes and the delays are', () => {
    const worlds = fc.record({
      real: fc.integer({ min: 8, max: 50 }),
      // Up to five slots go at once after a pause.
      burst: fc.integer({ min: 6, max: 50 }),
      processes: fc.integer({ min: 1, max: 10 }),
      latencyMs: fc.integer({ min: 1, max: 300 }),
      seed: fc.nat(),
    });
    fc.assert(
      fc.property(worlds, ({ real, seed, ...more }) => {
        const calls = simulate({ ...WORLD, ...more, real: () => real, random: seeded(seed) });
        const shares = sharesOf(calls, { ...steady, real });
        expect(shares.used).toBeGreaterThanOrEqual(0.95);
        // A rate that is a little more than the quota is tolerated permanently.
        expect(shares.throttled).toBeLessThanOrEqual(0.065);
      }),
      { numRuns: 40 },
    );
  });
});
