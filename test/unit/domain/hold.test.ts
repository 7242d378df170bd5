import fc from 'fast-check';
import { expect, test } from 'vitest';
import { heldMs, type Hold } from '../../../src/domain/hold.ts';
import type { Region } from '../../../src/domain/region.ts';

const zero = Date.parse('2026-03-04T05:06:00.000Z');
const iso = (seconds: number): string => new Date(zero + seconds * 1_000).toISOString();
const hold = (from: number, to: number | null): Hold => ({
  region: 'eu-west-1' as Region,
  kind: 'circuit',
  reason: 'Timeout',
  actor: null,
  beganAt: iso(from),
  endedAt: to === null ? null : iso(to),
});
const held = (holds: readonly Hold[]): number => heldMs(holds, { from: zero, to: zero + 100_000 }) / 1_000;

test.each<[string, number, readonly Hold[]]>([
  ['nothing', 0, []],
  ['one', 10, [hold(20, 30)]],
  ['one that lasts', 80, [hold(20, null)]],
  ['one that began before', 30, [hold(-50, 30)]],
  ['one that ends after', 40, [hold(60, 400)]],
  ['one from before', 0, [hold(-50, -20)]],
  ['one from after', 0, [hold(150, null)]],
  ['two apart', 20, [hold(20, 30), hold(50, 60)]],
  ['two that overlap', 30, [hold(30, 50), hold(20, 40)]],
  ['a drain, in which jobs run', 0, [{ ...hold(10, 60), kind: 'drain', actor: 'ann' }]],
  [
    'a pause within a drain',
    10,
    [
      { ...hold(10, 60), kind: 'drain' },
      { ...hold(20, 30), kind: 'operator' },
    ],
  ],
  ['one within another', 50, [hold(10, 60), hold(20, 30)]],
])('%s counts %i s', (_, seconds, holds) => {
  expect(held(holds)).toBe(seconds);
});

test('it is the number of seconds in which any of them lasted', () => {
  const anyHold = fc
    .tuple(fc.integer({ min: -50, max: 150 }), fc.option(fc.nat({ max: 100 })))
    .map(([from, length]) => hold(from, length === null ? null : from + length));
  fc.assert(
    fc.property(fc.array(anyHold, { maxLength: 8 }), (holds) => {
      const seconds = Array.from({ length: 100 }, (_, second) => iso(second));
      const lasted = seconds.filter((second) =>
        holds.some(({ beganAt, endedAt }) => beganAt <= second && (endedAt === null || second < endedAt)),
      );
      expect(held(holds)).toBe(lasted.length);
    }),
  );
});
