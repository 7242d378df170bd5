/** All durations in milliseconds. */
export interface RetryPolicy {
  /** Rounds (job runs that count) per replay before the onboarding fails; ≥ 1. */
  readonly attemptsMax: number;
  readonly backoffBaseMs: number;
  readonly backoffCapMs: number;
  /** How long after the first create call of a replay the service keeps trying. */
  readonly deadlineMs: number;
  /** Wait before the next round after LimitExceeded; 0 = the onboarding fails at once. */
  readonly limitExceededWaitMs: number;
}

/** A number in [0, 1), given from outside so that the policy stays pure. */
export type Random = () => number;

/** Quick tries inside one job run, after the round's first create call. */
export const QUICK_TRIES = 2;
export const QUICK_TRIES_WITHIN_MS = 1_000;
const QUICK_BASE_MS = 100;

/** An existing name without a holder settles within seconds or not at all: this many rounds, then an operator looks. */
export const UNSETTLED_ROUNDS = 5;
const UNSETTLED_BASE_MS = 500;
const UNSETTLED_CAP_MS = 8_000;

const THROTTLE_BASE_MS = 1_000;
const THROTTLE_CAP_MS = 30_000;
const OPERATOR_FAULT_BASE_MS = 1_000;
const OPERATOR_FAULT_CAP_MS = 30_000;

/**
 * Capped exponential backoff with full jitter: uniform in [0, min(cap, base·2^(n-1))).
 * The cap is applied before the jitter, so that waits at the cap stay spread.
 * @param n how many tries have failed, ≥ 1
 */
export function fullJitterMs(n: number, limits: { baseMs: number; capMs: number }, random: Random): number {
  // 2^52 is far over any cap; beyond it the power would become Infinity and 0·Infinity is NaN.
  const ceiling = Math.min(limits.capMs, limits.baseMs * 2 ** Math.min(n - 1, 52));
  return Math.floor(random() * ceiling);
}

/** The wait after the n-th spent round; AWS's Retry-After is a lower bound that jitter is added to, never cut from. */
export function roundDelayMs(
  n: number,
  policy: RetryPolicy,
  wish: { random: Random; retryAfterMs?: number },
): number {
  const limits = { baseMs: policy.backoffBaseMs, capMs: policy.backoffCapMs };
  return (wish.retryAfterMs ?? 0) + fullJitterMs(n, limits, wish.random);
}

/** The wait before quick try n (1 or 2) inside the job run. */
export function quickDelayMs(n: number, random: Random): number {
  return fullJitterMs(n, { baseMs: QUICK_BASE_MS, capMs: QUICK_TRIES_WITHIN_MS / 2 }, random);
}

export function unsettledDelayMs(n: number, random: Random): number {
  return UNSETTLED_BASE_MS + fullJitterMs(n, { baseMs: UNSETTLED_BASE_MS, capMs: UNSETTLED_CAP_MS }, random);
}

/** Snoozes keep half of the ceiling as a floor: a jittered zero would call a throttling AWS again at once. */
export function throttleDelayMs(n: number, wish: { random: Random; retryAfterMs?: number }): number {
  return (
    (wish.retryAfterMs ?? 0) +
    equalJitterMs(n, { baseMs: THROTTLE_BASE_MS, capMs: THROTTLE_CAP_MS }, wish.random)
  );
}

export function operatorFaultDelayMs(n: number, random: Random): number {
  return equalJitterMs(n, { baseMs: OPERATOR_FAULT_BASE_MS, capMs: OPERATOR_FAULT_CAP_MS }, random);
}

function equalJitterMs(n: number, limits: { baseMs: number; capMs: number }, random: Random): number {
  const half = { baseMs: limits.baseMs / 2, capMs: limits.capMs / 2 };
  const floor = fullJitterMs(n, half, () => 1);
  return floor + fullJitterMs(n, half, random);
}
