import { expect, it } from 'vitest';
import { createSandboxClock } from '../../../src/sandbox/sandbox-clock.ts';

it('moves the book clock without the wire clock, and skews the wire clock without the book clock', () => {
  let nowMs = 1_000_000;
  const clock = createSandboxClock(() => nowMs);
  clock.advance(500);
  clock.advance(-200);
  clock.setWireSkew(70_000);
  nowMs += 10;
  expect([clock.bookNow(), clock.wireNow()]).toEqual([1_000_310, 1_070_010]);
});

it('lets the book clock go on from a set instant', () => {
  let nowMs = 1_000_000;
  const clock = createSandboxClock(() => nowMs);
  clock.setBookNow(5);
  nowMs += 10;
  expect(clock.bookNow()).toBe(15);
  clock.reset();
  expect(clock.bookNow()).toBe(nowMs);
});
