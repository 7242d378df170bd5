import type { ProvisioningError } from './codec.ts';
import {
  succeeded,
  type AttemptOutcome,
  type FailedOutcome,
  type Fault,
  type HeldSource,
} from './outcome.ts';
import {
  operatorFaultDelayMs,
  roundDelayMs,
  throttleDelayMs,
  UNSETTLED_ROUNDS,
  unsettledDelayMs,
  type Random,
  type RetryPolicy,
} from './retry-policy.ts';

/** What follows from an outcome. Delays in milliseconds. */
export type Decision =
  | { readonly kind: 'provision'; readonly outcome: 'created' | 'adopted'; readonly source: HeldSource }
  /** Put back after a delay; the round is spent. */
  | { readonly kind: 'retry'; readonly delayMs: number; readonly error: ProvisioningError }
  /** Put back after a delay; nothing is spent. */
  | { readonly kind: 'snooze'; readonly delayMs: number; readonly error: ProvisioningError }
  /** Put aside until the Region's circuit closes, or for the delay at the most; nothing is spent, and no deadline ends it. */
  | { readonly kind: 'putAside'; readonly delayMs: number; readonly error: ProvisioningError }
  | { readonly kind: 'fail'; readonly because: FailReason; readonly error: ProvisioningError };

/** `outcome`: this outcome ends it. `attempts`, `deadline`: what was allowed is used up. */
export type FailReason = 'outcome' | 'attempts' | 'deadline';

export interface DecisionContext {
  /** Milliseconds since 1970. */
  readonly now: number;
  readonly random: Random;
  readonly policy: RetryPolicy;
  /** Rounds spent in this replay, the present one not counted. */
  readonly rounds: number;
  /** How many rounds in a row, the present one counted, ended with this outcome's kind; ≥ 1. */
  readonly streak: number;
  /** Milliseconds since 1970 after which the machine gives up. */
  readonly deadlineAt: number;
  /** The Region's circuit is open: a fault is no onboarding's own. */
  readonly circuitOpen: boolean;
  /** Denied again and again while others of the Region succeed: see denied-alone.ts. */
  readonly deniedAlone: boolean;
}

/** The outcome → decision table of ARCHITECTURE.md. Pure: time and randomness come in. */
export function decide(outcome: AttemptOutcome, context: DecisionContext): Decision {
  if (succeeded(outcome)) return { kind: 'provision', outcome: outcome.kind, source: outcome.source };
  const { policy, random, streak } = context;
  switch (outcome.kind) {
    case 'conflict':
    case 'regionOff':
    case 'rejected':
      return fail(outcome, context, 'outcome');
    case 'quota':
      return policy.limitExceededWaitMs === 0
        ? fail(outcome, context, 'outcome')
        : nextRound(outcome, context, policy.limitExceededWaitMs);
    case 'unsettled':
      return streak >= UNSETTLED_ROUNDS
        ? fail(outcome, context, 'attempts')
        : nextRound(outcome, context, unsettledDelayMs(streak, random));
    case 'transient': {
      const delayMs = roundDelayMs(context.rounds + 1, policy, { random, ...wishOf(outcome) });
      return context.circuitOpen ? putAside(outcome, context, delayMs) : nextRound(outcome, context, delayMs);
    }
    case 'throttled':
      return snooze(outcome, context, throttleDelayMs(streak, { random, ...wishOf(outcome) }));
    case 'operatorFault':
      return context.deniedAlone
        ? fail(outcome, context, 'outcome')
        : putAside(outcome, context, operatorFaultDelayMs(streak, random));
  }
}

/** The streak after an outcome: how many rounds in a row ended with its kind. */
export function streakAfter(
  outcome: AttemptOutcome,
  before: { kind: string | undefined; streak: number },
): number {
  return before.kind === outcome.kind ? before.streak + 1 : 1;
}

function nextRound(outcome: FailedOutcome, context: DecisionContext, delayMs: number): Decision {
  if (context.rounds + 1 >= context.policy.attemptsMax) return fail(outcome, context, 'attempts');
  return within(outcome, context, { kind: 'retry', delayMs });
}

function snooze(outcome: FailedOutcome, context: DecisionContext, delayMs: number): Decision {
  return within(outcome, context, { kind: 'snooze', delayMs });
}

function putAside(outcome: FailedOutcome, context: DecisionContext, delayMs: number): Decision {
  return { kind: 'putAside', delayMs, error: errorOf(outcome, context.now) };
}

/** A wait that would pass the deadline is cut to end there, so that the last try happens at it and not long before. */
function within(
  outcome: FailedOutcome,
  context: DecisionContext,
  wait: { kind: 'retry' | 'snooze'; delayMs: number },
): Decision {
  const left = context.deadlineAt - context.now;
  if (left <= 0) return fail(outcome, context, 'deadline');
  return { kind: wait.kind, delayMs: Math.min(wait.delayMs, left), error: errorOf(outcome, context.now) };
}

function fail(outcome: FailedOutcome, context: DecisionContext, because: FailReason): Decision {
  return { kind: 'fail', because, error: errorOf(outcome, context.now) };
}

/** Whether time alone may cure it. The others need a change before a replay makes sense. */
const CURED_BY_TIME: ReadonlySet<string> = new Set<FailedOutcome['kind']>([
  'transient',
  'throttled',
  'unsettled',
  'operatorFault',
]);

function errorOf(outcome: FailedOutcome, now: number): ProvisioningError {
  return {
    code: outcome.code,
    kind: outcome.kind,
    message: outcome.message,
    retryable: CURED_BY_TIME.has(outcome.kind),
    ...(outcome.requestId === undefined ? {} : { requestId: outcome.requestId }),
    at: new Date(now).toISOString(),
  };
}

function wishOf(outcome: Fault): { retryAfterMs?: number } {
  return outcome.retryAfterMs === undefined ? {} : { retryAfterMs: outcome.retryAfterMs };
}
