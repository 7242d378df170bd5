import { expect, it } from 'vitest';
import { paceOf } from '../../../../../src/console/pages/replays/summary.ts';
import type { Replay } from '../../../../../src/domain/replay.ts';

const START = Date.parse('2026-11-25T12:00:00.000Z');
const counts = {
  matched: 100,
  queued: 40,
  provisioned: 20,
  failed: 5,
  cancelled: 0,
  skipped: 5,
  waiting: 55,
};
const replay = { ...counts, createdAt: new Date(START).toISOString(), endedAt: null } as unknown as Replay;

it('continues as it came along', () => {
  expect(paceOf(replay, START + 15_000)).toEqual({ ended: 30, endedPerSecond: 2, leftMs: 35_000 });
});

it('says nothing of the time that is left before anything has ended, and when nothing is left', () => {
  const begun = { ...replay, provisioned: 0, failed: 0, skipped: 0 };
  expect(paceOf(begun, START).leftMs).toBeNull();
  const over = { ...replay, provisioned: 90, endedAt: new Date(START + 50_000).toISOString() };
  expect(paceOf(over, START + 900_000)).toEqual({ ended: 100, endedPerSecond: 2, leftMs: null });
});
