import { expect, test } from 'vitest';
import { differencesOf } from '../../../src/console/pages/audit/difference.ts';

test('names what changed, the status first, an error by its code and an instant as people read it', () => {
  const before = {
    completedAt: '2026-11-25T13:04:05.678Z',
    error: { code: 'LimitExceededException', message: 'too many' },
    awsState: null,
    replays: 0,
    status: 'failed',
  };
  const after = { completedAt: null, error: null, awsState: null, replays: 1, status: 'queued' };
  expect(differencesOf(before, after)).toEqual([
    { name: 'status', before: 'failed', after: 'queued' },
    { name: 'replays', before: '0', after: '1' },
    { name: 'error', before: 'LimitExceededException', after: undefined },
    { name: 'completedAt', before: '2026-11-25 13:04:05 UTC', after: undefined },
  ]);
});

test('of what began or ended it shows what is something', () => {
  const after = { filter: { errorCode: 'Internal', ids: ['a', 'b'] }, ratePerSecond: null, matched: 3 };
  expect(differencesOf(null, after)).toEqual([
    { name: 'filter', before: undefined, after: 'errorCode: Internal, ids: 2' },
    { name: 'matched', before: undefined, after: '3' },
  ]);
  expect(differencesOf({ role: 'viewer' }, null)).toEqual([
    { name: 'role', before: 'viewer', after: undefined },
  ]);
  expect(differencesOf(null, null)).toEqual([]);
});
