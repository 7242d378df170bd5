import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { AccountId } from '../../../src/domain/account.ts';
import { decide, streakAfter, type Decision, type DecisionContext } from '../../../src/domain/decision.ts';
import type { AttemptOutcome, FailedOutcome, Fault, HeldSource } from '../../../src/domain/outcome.ts';
import { OUTCOME_KINDS, type AttemptOutcomeKind } from '../../../src/domain/outcome-kind.ts';
import { UNSETTLED_ROUNDS, type RetryPolicy } from '../../../src/domain/retry-policy.ts';

const now = Date.parse('2026-03-04T05:06:07.890Z');
const policy: RetryPolicy = {
  attemptsMax: 60,
  backoffBaseMs: 2_000,
  backoffCapMs: 900_000,
  deadlineMs: 86_400_000,
  limitExceededWaitMs: 0,
};
const context: DecisionContext = {
  now,
  random: () => 0.5,
  policy,
  rounds: 0,
  streak: 1,
  deadlineAt: now + policy.deadlineMs,
  circuitOpen: false,
  deniedAlone: false,
};

const held: HeldSource = {
  eventSourceArn: 'arn:aws:events:eu-west-1::event-source/aws.partner/acme.example/a/b',
  arnOrigin: 'created',
  awsState: 'pending',
  expiresAt: null,
};
const fault = (kind: Fault['kind'], more: Partial<Fault> = {}): Fault => ({
  kind,
  code: 'SomeException',
  message: 'as AWS says it',
  ...more,
});
const conflict: AttemptOutcome = {
  kind: 'conflict',
  code: 'AccountConflict',
  message: 'taken',
  heldBy: '222222222222' as AccountId,
};
const unsettled: AttemptOutcome = { kind: 'unsettled', code: 'Unsettled', message: 'DELETED' };
/** One outcome of every kind there is; the compiler asks for a new one here. */
const ONE_OF_EACH: Record<AttemptOutcomeKind, AttemptOutcome> = {
  created: { kind: 'created', source: held },
  adopted: { kind: 'adopted', source: held },
  conflict,
  unsettled,
  transient: fault('transient'),
  throttled: fault('throttled'),
  quota: fault('quota'),
  regionOff: fault('regionOff'),
  operatorFault: fault('operatorFault'),
  rejected: fault('rejected'),
};

const waitOf = (decision: Decision): number => {
  if (!('delayMs' in decision)) throw new Error(`it is a ${decision.kind}`);
  return decision.delayMs;
};
const inShort = (decision: Decision): string =>
  decision.kind === 'fail' ? `fail: ${decision.because}` : decision.kind;

describe('the first outcome of a fresh onboarding', () => {
  test.each([
    ['created', 'provision'],
    ['adopted', 'provision'],
    ['conflict', 'fail: outcome'],
    ['unsettled', 'retry'],
    ['transient', 'retry'],
    ['throttled', 'snooze'],
    ['quota', 'fail: outcome'],
    ['regionOff', 'fail: outcome'],
    ['operatorFault', 'putAside'],
    ['rejected', 'fail: outcome'],
  ] as const)('%s leads to: %s', (kind, decision) => {
    expect(inShort(decide(ONE_OF_EACH[kind], context))).toBe(decision);
  });

  test.each([
    ['created', 'provision'],
    ['adopted', 'provision'],
    ['conflict', 'fail: outcome'],
    ['unsettled', 'fail: deadline'],
    ['transient', 'fail: deadline'],
    ['throttled', 'fail: deadline'],
    ['quota', 'fail: outcome'],
    ['regionOff', 'fail: outcome'],
    ['operatorFault', 'putAside'],
    ['rejected', 'fail: outcome'],
  ] as const)('%s at the deadline leads to: %s', (kind, decision) => {
    expect(inShort(decide(ONE_OF_EACH[kind], { ...context, deadlineAt: now }))).toBe(decision);
  });

  test.each([
    ['created', 'provision'],
    ['adopted', 'provision'],
    ['conflict', 'fail: outcome'],
    ['unsettled', 'fail: attempts'],
    ['transient', 'fail: attempts'],
    ['throttled', 'snooze'],
    ['quota', 'fail: outcome'],
    ['regionOff', 'fail: outcome'],
    ['operatorFault', 'putAside'],
    ['rejected', 'fail: outcome'],
  ] as const)('%s in the last allowed round leads to: %s', (kind, decision) => {
    const last = { ...context, rounds: policy.attemptsMax - 1 };
    expect(inShort(decide(ONE_OF_EACH[kind], last))).toBe(decision);
  });
});

describe('a success', () => {
  test.each(['created', 'adopted'] as const)('%s hands on the source as AWS holds it', (kind) => {
    expect(decide(ONE_OF_EACH[kind], context)).toEqual({ kind: 'provision', outcome: kind, source: held });
  });

  test('counts however late it comes', () => {
    const late = { ...context, rounds: 1_000, streak: 1_000, deadlineAt: now - 1 };
    expect(decide(ONE_OF_EACH.created, late).kind).toBe('provision');
  });
});

describe('a transient fault', () => {
  test('waits in the queue with full jitter under a ceiling that doubles with the rounds spent', () => {
    const waits = [0, 1, 2, 3].map((rounds) =>
      waitOf(decide(fault('transient'), { ...context, rounds, streak: 7 })),
    );
    expect(waits).toEqual([1_000, 2_000, 4_000, 8_000]);
  });

  test('honours Retry-After', () => {
    const decision = decide(fault('transient', { retryAfterMs: 30_000 }), { ...context, random: () => 0 });
    expect(waitOf(decision)).toBe(30_000);
  });

  test('spends exactly as many rounds as are allowed', () => {
    for (const attemptsMax of [1, 2, 60]) {
      let rounds = 0;
      const limited = { ...context, policy: { ...policy, attemptsMax } };
      while (decide(fault('transient'), { ...limited, rounds }).kind === 'retry') rounds += 1;
      expect(rounds + 1).toBe(attemptsMax);
      expect(inShort(decide(fault('transient'), { ...limited, rounds }))).toBe('fail: attempts');
    }
  });
});

describe('throttling', () => {
  test('snoozes longer with its streak, whatever rounds are spent', () => {
    const waits = [1, 2, 3, 99].map((streak) =>
      waitOf(decide(fault('throttled'), { ...context, rounds: 10_000, streak })),
    );
    expect(waits).toEqual([750, 1_500, 3_000, 22_500]);
  });

  test('honours Retry-After', () => {
    const decision = decide(fault('throttled', { retryAfterMs: 5_000 }), { ...context, random: () => 0 });
    expect(waitOf(decision)).toBe(5_500);
  });

  test('ends at the deadline and not a millisecond before', () => {
    expect(decide(fault('throttled'), { ...context, deadlineAt: now + 1 })).toMatchObject({
      kind: 'snooze',
      delayMs: 1,
    });
    expect(inShort(decide(fault('throttled'), { ...context, deadlineAt: now }))).toBe('fail: deadline');
  });
});

describe('an operator fault', () => {
  test('never fails an onboarding, whatever was spent and however late it is', () => {
    fc.assert(
      fc.property(fc.nat(), fc.integer({ min: 1 }), fc.integer(), (rounds, streak, left) => {
        const decision = decide(fault('operatorFault'), {
          ...context,
          rounds,
          streak,
          deadlineAt: now + left,
        });
        expect(decision.kind).toBe('putAside');
        expect(waitOf(decision)).toBeGreaterThanOrEqual(500);
        expect(waitOf(decision)).toBeLessThan(30_000);
      }),
    );
  });

  test('waits longer with its streak', () => {
    const waits = [1, 2, 3].map((streak) => waitOf(decide(fault('operatorFault'), { ...context, streak })));
    expect(waits).toEqual([750, 1_500, 3_000]);
  });

  test('fails the onboarding that is denied alone', () => {
    expect(inShort(decide(fault('operatorFault'), { ...context, deniedAlone: true }))).toBe('fail: outcome');
  });
});

describe('while the circuit is open', () => {
  test.each(['transient', 'operatorFault'] as const)(
    '%s is no fault of the onboarding: nothing is spent, and no limit ends it',
    (kind) => {
      const spent = { ...context, rounds: policy.attemptsMax + 1, deadlineAt: now - 1 };
      expect(inShort(decide(fault(kind), { ...spent, circuitOpen: true }))).toBe('putAside');
    },
  );

  test.each(['quota', 'rejected', 'regionOff'] as const)('%s is an answer, and fails', (kind) => {
    expect(inShort(decide(fault(kind), { ...context, circuitOpen: true }))).toBe('fail: outcome');
  });
});

describe('a quota', () => {
  const patient = { ...context, policy: { ...policy, limitExceededWaitMs: 600_000 } };

  test('fails at once unless the operator asked to wait', () => {
    expect(inShort(decide(fault('quota'), context))).toBe('fail: outcome');
  });

  test('waits as long as the operator said, without jitter, and spends the round', () => {
    expect(decide(fault('quota'), patient)).toMatchObject({ kind: 'retry', delayMs: 600_000 });
  });

  test('ends with the rounds or the deadline like any retry', () => {
    expect(inShort(decide(fault('quota'), { ...patient, rounds: policy.attemptsMax - 1 }))).toBe(
      'fail: attempts',
    );
    expect(inShort(decide(fault('quota'), { ...patient, deadlineAt: now }))).toBe('fail: deadline');
  });
});

describe('an unsettled name', () => {
  test('is looked at again within seconds, a few rounds in a row, and then fails with that reason', () => {
    for (let streak = 1; streak < UNSETTLED_ROUNDS; streak += 1) {
      const decision = decide(unsettled, { ...context, streak });
      expect(decision.kind).toBe('retry');
      expect(waitOf(decision)).toBeLessThan(10_000);
    }
    const end = decide(unsettled, { ...context, streak: UNSETTLED_ROUNDS });
    expect(end).toMatchObject({ kind: 'fail', because: 'attempts', error: { code: 'Unsettled' } });
  });

  test('waits longer with its streak, not with the rounds that other faults spent', () => {
    const waits = [1, 2, 3].map((streak) => waitOf(decide(unsettled, { ...context, streak, rounds: 20 })));
    expect(waits).toEqual([750, 1_000, 1_500]);
  });
});

describe('whatever happens', () => {
  const anyOutcome = fc.constantFrom(...Object.values(ONE_OF_EACH));
  const anyContext = fc.record({
    now: fc.constant(now),
    random: fc.double({ min: 0, max: 1, maxExcluded: true, noNaN: true }).map((value) => () => value),
    policy: fc.record({
      attemptsMax: fc.integer({ min: 1, max: 100 }),
      backoffBaseMs: fc.integer({ min: 1, max: 60_000 }),
      backoffCapMs: fc.integer({ min: 1, max: 3_600_000 }),
      deadlineMs: fc.constant(policy.deadlineMs),
      limitExceededWaitMs: fc.constantFrom(0, 60_000, 3_600_000),
    }),
    rounds: fc.nat({ max: 200 }),
    streak: fc.integer({ min: 1, max: 200 }),
    deadlineAt: fc.integer({ min: -10_000, max: 100_000 }).map((left) => now + left),
    circuitOpen: fc.constant(false),
    deniedAlone: fc.constant(false),
  });

  test('a wait is a whole number that does not pass the deadline, except for operator faults', () => {
    fc.assert(
      fc.property(anyOutcome, anyContext, (outcome, given) => {
        const decision = decide(outcome, given);
        if (!('delayMs' in decision)) return;
        expect(Number.isSafeInteger(decision.delayMs)).toBe(true);
        expect(decision.delayMs).toBeGreaterThanOrEqual(0);
        if (outcome.kind === 'operatorFault') return;
        expect(given.now).toBeLessThan(given.deadlineAt);
        expect(given.now + decision.delayMs).toBeLessThanOrEqual(given.deadlineAt);
      }),
    );
  });

  test('no onboarding that keeps failing is retried for ever', () => {
    fc.assert(
      fc.property(anyContext, fc.constantFrom('transient', 'quota', 'throttled'), (given, kind) => {
        let [at, rounds, streak] = [now, 0, 1];
        for (let step = 0; step < 1_000; step += 1) {
          const decision = decide(fault(kind), { ...given, now: at, rounds, streak });
          if (decision.kind === 'fail') return;
          at += waitOf(decision);
          rounds += decision.kind === 'retry' ? 1 : 0;
          streak += 1;
        }
        throw new Error('it still continues after 1,000 runs');
      }),
    );
  });
});

describe('the error that is kept', () => {
  const errorOf = (outcome: FailedOutcome) => {
    const decision = decide(outcome, context);
    if (decision.kind === 'provision') throw new Error('nothing failed');
    return decision.error;
  };

  test("has AWS's own name and words, the request id, the kind and the instant", () => {
    expect(errorOf(fault('transient', { code: 'NeverSeenException', requestId: '6f1c' }))).toEqual({
      code: 'NeverSeenException',
      kind: 'transient',
      message: 'as AWS says it',
      retryable: true,
      requestId: '6f1c',
      at: '2026-03-04T05:06:07.890Z',
    });
  });

  test('has no request id where AWS gave none, and never the account that holds the name', () => {
    expect(Object.keys(errorOf(fault('rejected')))).not.toContain('requestId');
    expect(JSON.stringify(errorOf(conflict))).not.toContain(conflict.heldBy);
  });

  test('is retryable exactly when time alone may cure it', () => {
    const failed = OUTCOME_KINDS.filter((kind) => kind !== 'created' && kind !== 'adopted');
    const curable = failed.filter((kind) => errorOf(ONE_OF_EACH[kind] as FailedOutcome).retryable);
    expect(curable).toEqual(['unsettled', 'transient', 'throttled', 'operatorFault']);
  });
});

describe('the streak', () => {
  test.each([
    ['begins at one', undefined, 0, 1],
    ['grows while the kind stays', 'transient', 4, 5],
    ['starts over when the kind changes', 'throttled', 4, 1],
  ])('%s', (_what, kind, before, after) => {
    expect(streakAfter(fault('transient'), { kind, streak: before })).toBe(after);
  });
});
