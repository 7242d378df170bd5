import { expect, test } from 'vitest';
import { retryAfterMs } from '../../../src/domain/retry-after.ts';

const NOW = Date.parse('2026-11-22T12:00:00Z');

test.each([
  [{}, undefined],
  [{ 'retry-after': '7' }, 7_000],
  [{ 'Retry-After': ' 7 ' }, 7_000],
  [{ 'retry-after': '0' }, 0],
  [{ 'retry-after': '1.5' }, 1_500],
  [{ 'retry-after': 'Sun, 22 Nov 2026 12:00:30 GMT' }, 30_000],
  [{ 'retry-after': 'Sun, 22 Nov 2026 11:00:00 GMT' }, 0],
  [{ 'retry-after': '86400' }, 3_600_000],
  [{ 'retry-after': 'Fri, 01 Jan 2100 00:00:00 GMT' }, 3_600_000],
  [{ 'retry-after': '-5' }, undefined],
  [{ 'retry-after': '1e9' }, undefined],
  [{ 'retry-after': 'soon' }, undefined],
  [{ 'retry-after': '' }, undefined],
  [{ 'retry-after': ['7'] }, undefined],
  [{ 'x-amz-retry-after': '250' }, 250],
  [{ 'x-amz-retry-after': '250', 'retry-after': '7' }, 250],
  [{ 'x-amz-retry-after': 'junk', 'retry-after': '7' }, 7_000],
  [{ 'x-amz-retry-after': '99999999' }, 3_600_000],
])('headers %j wish for %s ms', (headers, expected) => {
  expect(retryAfterMs(headers, NOW)).toBe(expected);
});
