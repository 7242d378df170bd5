import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import {
  afterRound,
  CLOSED,
  probeDelayMs,
  signOf,
  whenProbeIsDue,
  type CircuitMemory,
  type CircuitReport,
  type Sign,
} from '../../../src/domain/circuit.ts';
import type { OnboardingId } from '../../../src/domain/ids.ts';
import type { AttemptOutcome, FaultKind } from '../../../src/domain/outcome.ts';

const at = Date.parse('2026-03-04T05:06:07.890Z');
const id = (number: number): OnboardingId => `onb_${number}` as OnboardingId;

const fault = (kind: FaultKind, code: string): AttemptOutcome => ({ kind, code, message: 'as AWS says it' });
const created: AttemptOutcome = {
  kind: 'created',
  source: { eventSourceArn: 'arn:aws:events:…', arnOrigin: 'created', awsState: 'pending', expiresAt: null },
};
const expired = fault('operatorFault', 'ExpiredTokenException');
const timeout = fault('transient', 'Timeout');
const throttled = fault('throttled', 'ThrottlingException');
const rejected = fault('rejected', 'ValidationException');

/** What a Region hears in turn: an outcome, the onboarding it is of, and how many milliseconds later. */
type Heard = readonly [outcome: AttemptOutcome, of: number, afterMs?: number];

function hear(memory: CircuitMemory, heard: readonly Heard[], from = at): CircuitMemory {
  let now = from;
  return heard.reduce((before, [outcome, of, afterMs = 0]) => {
    now += afterMs;
    return afterRound(before, { outcome, onboardingId: id(of), openings: before.openings }, now);
  }, memory);
}

const opened = hear(CLOSED, [
  [expired, 1],
  [expired, 2],
  [expired, 3],
]);
const probing = whenProbeIsDue(opened, at + 1_000);

describe('what an outcome says about its Region', () => {
  test.each<[AttemptOutcome, Sign]>([
    [created, 'success'],
    [{ kind: 'unsettled', code: 'Unsettled', message: 'gone' }, 'answer'],
    [fault('quota', 'LimitExceededException'), 'answer'],
    [fault('regionOff', 'OperationDisabledException'), 'answer'],
    [rejected, 'answer'],
    [throttled, 'neutral'],
    [expired, 'operatorFault'],
    [timeout, 'unreachable'],
    [fault('transient', 'InternalException'), 'unreachable'],
    [fault('transient', 'ConcurrentModificationException'), 'answer'],
  ])('%o: %s', (outcome, sign) => {
    expect(signOf(outcome)).toBe(sign);
  });
});

describe('operator faults', () => {
  test('that are the onboarding’s own say nothing about the Region', () => {
    const two = hear(CLOSED, [
      [expired, 1],
      [expired, 2],
    ]);
    const own = { outcome: expired, onboardingId: id(3), openings: 0, isOwn: () => true };
    expect(afterRound(two, own, at)).toEqual(two);
    expect(afterRound(two, { ...own, isOwn: (memory) => memory !== two }, at).state).toBe('open');
  });

  test('open the circuit at the third in a row from different onboardings', () => {
    expect(opened).toMatchObject({
      state: 'open',
      openings: 1,
      code: 'ExpiredTokenException',
      since: at,
      nextProbeAt: at + 1_000,
      failedProbes: 0,
    });
  });

  test.each<[string, readonly Heard[]]>([
    [
      'two',
      [
        [expired, 1],
        [expired, 2],
      ],
    ],
    [
      'many of one onboarding',
      [
        [expired, 1],
        [expired, 1],
        [expired, 1],
        [expired, 1],
      ],
    ],
    [
      'three with a success between',
      [
        [expired, 1],
        [expired, 2],
        [created, 4],
        [expired, 3],
      ],
    ],
    [
      'three with a refusal between, which shows that the credentials are good',
      [
        [expired, 1],
        [expired, 2],
        [rejected, 4],
        [expired, 3],
      ],
    ],
    [
      'three with a timeout between',
      [
        [expired, 1],
        [expired, 2],
        [timeout, 4],
        [expired, 3],
      ],
    ],
  ])('%s leave it closed', (_, heard) => {
    expect(hear(CLOSED, heard).state).toBe('closed');
  });

  test('are in a row whatever was throttled between them', () => {
    expect(
      hear(CLOSED, [
        [expired, 1],
        [throttled, 9],
        [expired, 2],
        [throttled, 9],
        [expired, 3],
      ]).state,
    ).toBe('open');
  });

  test('need no second when no credentials can be loaded', () => {
    expect(hear(CLOSED, [[fault('operatorFault', 'CredentialsUnavailable'), 1]])).toMatchObject({
      state: 'open',
      code: 'CredentialsUnavailable',
    });
  });
});

describe('an unreachable AWS', () => {
  const faults = (count: number, { of, everyMs }: { of: number; everyMs: number }): Heard[] =>
    Array.from({ length: count }, (_, index): Heard => [timeout, index % of, index === 0 ? 0 : everyMs]);

  test('opens the circuit after 60 s, 20 faults and 5 onboardings', () => {
    expect(hear(CLOSED, faults(21, { of: 5, everyMs: 3_000 }))).toMatchObject({
      state: 'open',
      code: 'Timeout',
    });
  });

  test.each<[string, readonly Heard[]]>([
    ['19 faults in 60 s', faults(19, { of: 5, everyMs: 3_400 })],
    ['1,000 faults in 59 s', faults(1_000, { of: 5, everyMs: 59 })],
    ['100 faults of 4 onboardings in 5 minutes', faults(100, { of: 4, everyMs: 3_000 })],
    [
      'a success in the middle',
      [...faults(15, { of: 5, everyMs: 4_000 }), [created, 9, 10], ...faults(15, { of: 5, everyMs: 4_000 })],
    ],
    ['faults that lie more than 5 minutes apart', faults(50, { of: 5, everyMs: 301_000 })],
  ])('%s: stays closed', (_, heard) => {
    expect(hear(CLOSED, heard).state).toBe('closed');
  });
});

describe('an open circuit', () => {
  test('lets one onboarding probe when the time has come, not before', () => {
    expect(whenProbeIsDue(opened, at + 999)).toBe(opened);
    expect(probing).toMatchObject({ state: 'halfOpen', nextProbeAt: null, since: at });
  });

  test('waits 1 s before the first probe, twice as long after each failed one, at most 30 s', () => {
    expect([0, 1, 2, 3, 4, 5, 6, 1_000].map(probeDelayMs)).toEqual([
      1_000, 2_000, 4_000, 8_000, 16_000, 30_000, 30_000, 30_000,
    ]);
  });

  test('stays open at a failed probe, with the newest reason and the oldest since', () => {
    expect(hear(probing, [[timeout, 4]], at + 1_500)).toMatchObject({
      state: 'open',
      code: 'Timeout',
      since: at,
      failedProbes: 1,
      nextProbeAt: at + 3_500,
    });
  });

  test.each([created, rejected])('closes at a probe that AWS answered: %o', (outcome) => {
    const closed = hear(probing, [[outcome, 4]], at + 1_500);
    expect(closed).toMatchObject({
      state: 'closed',
      code: null,
      since: null,
      lastClosedAt: at + 1_500,
      openings: 1,
    });
    expect(closed.operatorFaults).toEqual([]);
  });

  test('remembers the closing before the last, however long the circuit was closed in between', () => {
    const again = hear(hear(probing, [[created, 4]], at + 1_500), [
      [expired, 1],
      [expired, 2],
      [expired, 3, 60_000],
    ]);
    const closed = hear(whenProbeIsDue(again, at + 90_000), [[created, 4]], at + 90_500);
    expect(closed).toMatchObject({ closedBeforeAt: at + 1_500, lastClosedAt: at + 90_500 });
  });

  test('learns nothing from a throttled probe', () => {
    expect(hear(probing, [[throttled, 4]])).toEqual(probing);
  });

  test.each([created, expired, timeout])(
    'learns nothing from a call that began before it opened: %o',
    (outcome) => {
      const late: CircuitReport = { outcome, onboardingId: id(7), openings: 0 };
      for (const memory of [opened, probing]) {
        expect(afterRound(memory, late, at + 2_000).state).toBe(memory.state);
      }
    },
  );

  test('counts a second probe that fails late only once', () => {
    const failed = hear(probing, [[expired, 4]]);
    expect(hear(failed, [[expired, 5]])).toEqual(failed);
  });
});

describe('a Region that AWS has switched off', () => {
  const off = fault('regionOff', 'OperationDisabledException');

  test('is noted from the first refusal until the next success, and stops nothing', () => {
    const noted = hear(CLOSED, [
      [off, 1],
      [off, 2, 5_000],
    ]);
    expect(noted).toMatchObject({ state: 'closed', off: { code: 'OperationDisabledException', since: at } });
    expect(hear(noted, [[created, 3]]).off).toBeNull();
  });
});

describe('whatever happens', () => {
  const anyHeard = fc.array(
    fc.tuple(
      fc.constantFrom(created, expired, timeout, throttled, rejected),
      fc.nat({ max: 8 }),
      fc.nat({ max: 40_000 }),
      fc.boolean(),
    ),
    { maxLength: 200 },
  );

  test('it is closed without a reason, open with a time for the next probe, or has one under way', () => {
    fc.assert(
      fc.property(anyHeard, (steps) => {
        let [memory, now] = [CLOSED, at];
        for (const [outcome, of, afterMs, isFresh] of steps) {
          now += afterMs;
          memory = whenProbeIsDue(memory, now);
          const openings = isFresh ? memory.openings : Math.max(0, memory.openings - 1);
          memory = afterRound(memory, { outcome, onboardingId: id(of), openings }, now);
          const { state, code, since, nextProbeAt } = memory;
          expect([code === null, since === null]).toEqual([state === 'closed', state === 'closed']);
          expect(nextProbeAt === null).toBe(state !== 'open');
          if (nextProbeAt !== null) expect(nextProbeAt - now).toBeLessThanOrEqual(30_000);
        }
      }),
    );
  });

  test('one success closes it, once it probes', () => {
    fc.assert(
      fc.property(anyHeard, (steps) => {
        const heard = steps.map(([outcome, of, afterMs]): Heard => [outcome, of, afterMs]);
        const later = at + 200 * 40_000 + 30_000;
        const due = whenProbeIsDue(hear(CLOSED, heard), later);
        expect(hear(due, [[created, 1]], later).state).toBe('closed');
      }),
    );
  });

  test('its memory stays small', () => {
    fc.assert(
      fc.property(
        fc.array(fc.tuple(fc.constantFrom(expired, timeout), fc.nat()), { maxLength: 500 }),
        (steps) => {
          const memory = hear(CLOSED, steps);
          expect(JSON.stringify(memory).length).toBeLessThan(1_000);
        },
      ),
    );
  });
});
