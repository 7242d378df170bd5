import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { jittered, nextLookAt, shareOf } from '../../../src/domain/check-policy.ts';
import type { Connection } from '../../../src/domain/onboarding.ts';
import { CHECKS } from '../../support/check-policy.ts';

const MINUTE = 60_000;
const HOUR = 60 * MINUTE;
const DAY = 24 * HOUR;
const T0 = Date.parse('2026-03-01T12:00:00.000Z');

/** All looks at a source that stays as it is, in milliseconds after its create. */
function schedule(
  connection: Connection,
  {
    expiry = null,
    until,
    lostSince = null,
  }: { expiry?: number | null; until: number; lostSince?: number | null },
): number[] {
  const iso = (ms: number | null): string | null => (ms === null ? null : new Date(T0 + ms).toISOString());
  const times: number[] = [];
  let now = T0;
  for (;;) {
    const isWarned = expiry !== null && CHECKS.warningsMs.some((ms) => T0 + expiry - now <= ms);
    // As if each warning were sent at the look at which it is due.
    const warnedMs = isWarned ? Math.min(...CHECKS.warningsMs.filter((ms) => T0 + expiry - now <= ms)) : null;
    const source = { connection, expiresAt: iso(expiry), lostSince: iso(lostSince), warnedMs };
    now = nextLookAt(source, { now, provisionedAt: T0, policy: CHECKS, share: 0.5 });
    if (now - T0 > until) return times;
    times.push(now - T0);
  }
}

describe('when a source is looked at', () => {
  test('often while it is new, then every six hours', () => {
    expect(schedule('waiting', { until: DAY })).toEqual([
      MINUTE,
      5 * MINUTE,
      15 * MINUTE,
      HOUR,
      6 * HOUR,
      12 * HOUR,
      18 * HOUR,
      DAY,
    ]);
  });

  test('at each warning, hourly around its expiry, and right after it', () => {
    const times = schedule('waiting', { expiry: 7 * DAY, until: 8 * DAY });
    for (const ms of [7 * DAY - 72 * HOUR, 7 * DAY - 24 * HOUR, 7 * DAY + MINUTE])
      expect(times).toContain(ms);
    const last = times.filter((ms) => ms >= 7 * DAY - 6 * HOUR && ms <= 7 * DAY);
    expect(last).toEqual([6, 5, 4, 3, 2, 1, 0].map((hours) => 7 * DAY - hours * HOUR));
    expect(times.length).toBeLessThan(60);
  });

  test('once a day while connected; daily for a month once lost, then weekly', () => {
    expect(schedule('connected', { until: 4 * DAY })).toEqual([DAY, 2 * DAY, 3 * DAY, 4 * DAY]);
    const lost = schedule('removed', { lostSince: 0, until: 60 * DAY });
    expect(lost.filter((ms) => ms <= 30 * DAY)).toHaveLength(30);
    expect(lost.filter((ms) => ms > 30 * DAY).map((ms) => ms / DAY)).toEqual([37, 44, 51, 58]);
  });

  test('five minutes after it was missing for the first time', () => {
    expect(schedule('connected', { lostSince: 0, until: 6 * MINUTE })).toEqual([5 * MINUTE, 6 * MINUTE]);
  });
});

test('an import day does not come back as a crowd: 10,000 sources spread over a tenth of the interval', () => {
  const minutes = new Map<number, number>();
  for (let n = 0; n < 10_000; n += 1) {
    const share = shareOf(`onb_01kjmmafgm${n.toString(32).padStart(16, '0')}`);
    expect(share).toBeGreaterThanOrEqual(0);
    expect(share).toBeLessThan(1);
    const minute = Math.floor(jittered(DAY, share) / MINUTE);
    minutes.set(minute, (minutes.get(minute) ?? 0) + 1);
  }
  expect(minutes.size).toBeGreaterThan(130);
  expect(Math.max(...minutes.values())).toBeLessThan(200);
});

test('jitter keeps within a tenth and is the same at each look', () => {
  fc.assert(
    fc.property(fc.integer({ min: 1_000, max: 30 * DAY }), fc.string(), (ms, id) => {
      const time = jittered(ms, shareOf(id));
      expect(time).toBe(jittered(ms, shareOf(id)));
      expect(time).toBeGreaterThanOrEqual(Math.floor(ms * 0.95));
      expect(time).toBeLessThanOrEqual(Math.ceil(ms * 1.05));
    }),
  );
});
