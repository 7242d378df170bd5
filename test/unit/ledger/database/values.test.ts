import { expect, test } from 'vitest';
import { VALUE_PARSERS } from '../../../../src/ledger/database/values.ts';

test.each([
  ['2026-11-22 23:15:53.676+00', '2026-11-22T23:15:53.676Z'],
  ['2026-11-22 23:15:53+00', '2026-11-22T23:15:53.000Z'],
  ['2026-11-22 23:15:53.6+00', '2026-11-22T23:15:53.600Z'],
  ['2026-11-23 04:45:53.676+05:30', '2026-11-22T23:15:53.676Z'],
  ['2026-11-22 20:15:53.676-03', '2026-11-22T23:15:53.676Z'],
])('the instant %s is %s', (text, instant) => {
  expect(VALUE_PARSERS[1184]?.(text)).toBe(instant);
});

test('a count is a number', () => {
  expect(VALUE_PARSERS[20]?.('1000000')).toBe(1_000_000);
});
