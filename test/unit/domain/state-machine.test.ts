import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { STATUSES, type Status } from '../../../src/domain/onboarding.ts';
import {
  isOpen,
  nextStatus,
  OPEN_STATUSES,
  sourcesOf,
  TRANSITIONS,
  type StatusEvent,
} from '../../../src/domain/state-machine.ts';

/** Every event there is; the compiler asks for a new one here. */
const SEEN: Record<StatusEvent, true> = {
  enqueue: true,
  unqueue: true,
  succeed: true,
  retry: true,
  fail: true,
  late: true,
  replay: true,
  cancel: true,
  renew: true,
  renewLater: true,
};
const EVENTS = Object.keys(SEEN) as StatusEvent[];

/** The rules in words, written without the table: what a status must be for an event, and what it becomes. */
const MODEL: Record<StatusEvent, (status: Status) => Status | undefined> = {
  enqueue: (status) => (status === 'accepted' ? 'queued' : undefined),
  unqueue: (status) => (status === 'queued' ? 'accepted' : undefined),
  succeed: (status) => (inWork(status) ? 'provisioned' : undefined),
  retry: (status) => (inWork(status) ? 'retrying' : undefined),
  fail: (status) => (inWork(status) ? 'failed' : undefined),
  late: (status) => (status === 'failed' ? 'provisioned' : undefined),
  replay: (status) => (status === 'failed' || status === 'provisioned' ? 'queued' : undefined),
  cancel: (status) => (inWork(status) || status === 'failed' ? 'cancelled' : undefined),
  renew: (status) => (status === 'provisioned' ? 'queued' : undefined),
  renewLater: (status) => (status === 'provisioned' ? 'accepted' : undefined),
};
const inWork = (status: Status) => status === 'accepted' || status === 'queued' || status === 'retrying';

const event = fc.constantFrom(...EVENTS);

describe('the table', () => {
  test('says the same as the rules in words, for every status and event', () => {
    for (const status of STATUSES) {
      for (const on of EVENTS) {
        expect(nextStatus(status, on), `${status} on ${on}`).toBe(MODEL[on](status));
      }
    }
  });

  test('has each arrow once and one end for each', () => {
    const keys = TRANSITIONS.map(({ from, on }) => `${from} ${on}`);
    expect(new Set(keys).size).toBe(keys.length);
  });

  test('reaches every status from accepted', () => {
    const reached = new Set<Status>(['accepted']);
    for (const status of reached) {
      for (const { from, to } of TRANSITIONS) if (from === status) reached.add(to);
    }
    expect([...reached].sort()).toEqual([...STATUSES].sort());
  });

  test('lists for each event the statuses that a fenced write may start from', () => {
    for (const on of EVENTS) {
      expect([...sourcesOf(on)].sort()).toEqual(
        STATUSES.filter((status) => MODEL[on](status) !== undefined).sort(),
      );
    }
  });
});

describe('any sequence of events', () => {
  test('walks only along arrows and never leaves the statuses', () => {
    fc.assert(
      fc.property(fc.array(event, { maxLength: 60 }), (events) => {
        let status: Status = 'accepted';
        for (const on of events) {
          const next = nextStatus(status, on);
          expect(next).toBe(MODEL[on](status));
          if (next === undefined) continue;
          expect(TRANSITIONS).toContainEqual({ from: status, on, to: next });
          expect(STATUSES).toContain(next);
          status = next;
        }
      }),
    );
  });

  test('returns to accepted only when a job was not added or a source was lost, and nothing follows cancelled', () => {
    fc.assert(
      fc.property(fc.array(event, { minLength: 1, maxLength: 60 }), (events) => {
        let status: Status = 'accepted';
        let cancelled = false;
        for (const on of events) {
          const next = nextStatus(status, on);
          if (cancelled) expect(next).toBeUndefined();
          const isBack =
            (on === 'unqueue' && status === 'queued') || (on === 'renewLater' && status === 'provisioned');
          expect(next === 'accepted').toBe(isBack);
          status = next ?? status;
          cancelled ||= status === 'cancelled';
        }
      }),
    );
  });

  test('leaves an ended status by a late success, a replay, a renewal or a cancellation only', () => {
    fc.assert(
      fc.property(fc.constantFrom(...STATUSES.filter((status) => !isOpen(status))), event, (ended, on) => {
        if (nextStatus(ended, on) !== undefined)
          expect(['late', 'replay', 'renew', 'renewLater', 'cancel']).toContain(on);
      }),
    );
  });

  test('leaves what AWS confirmed only by a replay or a renewal', () => {
    expect(EVENTS.filter((on) => nextStatus('provisioned', on) !== undefined)).toEqual([
      'replay',
      'renew',
      'renewLater',
    ]);
  });
});

test('open are exactly the statuses in which a job can still end', () => {
  expect([...OPEN_STATUSES].sort()).toEqual([...sourcesOf('succeed')].sort());
  expect(STATUSES.filter(isOpen)).toEqual(['accepted', 'queued', 'retrying']);
});
