import type { Onboarding } from '../domain/onboarding.ts';
import type { Answer, CallError } from './answers.ts';
import { abortedBy, failed } from './http-call.ts';
import { TIMER_MAX_MS } from './options.ts';
import { hasEnded } from './wire.ts';

const BACKOFF_BASE_MS = 200;
const BACKOFF_CAP_MS = 5_000;

export interface RetryBounds {
  readonly signal?: AbortSignal | undefined;
  /** Milliseconds for all tries and the waits between them; 0: one try. */
  readonly withinMs: number;
  /** Milliseconds for one try. */
  readonly tryMs: number;
}

/**
 * Repeats a call that may be repeated until it has a final answer, its time is up or the signal aborts. The last
 * answer is given back: when the service asks to wait for longer than there is time, at once.
 */
export async function repeatCall<T>(
  tryOnce: (timeoutMs: number) => Promise<Answer<T>>,
  { signal, withinMs, tryMs }: RetryBounds,
): Promise<Answer<T>> {
  const endsAt = Date.now() + withinMs;
  for (let tries = 0; ; tries += 1) {
    const left = endsAt - Date.now();
    const answer = await tryOnce(withinMs === 0 ? tryMs : Math.min(tryMs, left));
    if (answer.ok || !isPassing(answer.error)) return answer;
    const waitMs = backoffMs(tries) + askedMs(answer.error);
    if (Date.now() + waitMs >= endsAt) return answer;
    await pause(waitMs, signal);
    if (signal?.aborted === true) return failed(abortedBy(signal));
  }
}

/**
 * Whether the same call may well have another answer in a moment. 502 and 504 come from a proxy whose service is being
 * replaced.
 */
export function isPassing(error: CallError): boolean {
  switch (error.kind) {
    case 'unreachable':
      return true;
    case 'unreadable':
      return PASSING_STATUSES.includes(error.status);
    case 'problem':
      return PASSING_STATUSES.includes(error.status) || error.code === 'idempotency_key_in_use';
    case 'aborted':
      return false;
  }
}

const PASSING_STATUSES: readonly number[] = [408, 429, 502, 503, 504];

/** Milliseconds that the service asks to wait. */
export function askedMs(error: CallError): number {
  const seconds = 'retryAfterSeconds' in error ? (error.retryAfterSeconds ?? 0) : 0;
  return seconds * 1_000;
}

/**
 * Capped exponential backoff with full jitter, so that many callers who failed together do not come back together.
 * @param tries how many there have been before the one that failed, from 0
 */
export function backoffMs(tries: number, { baseMs = BACKOFF_BASE_MS, capMs = BACKOFF_CAP_MS } = {}): number {
  return Math.random() * Math.min(capMs, baseMs * 2 ** Math.min(tries, 30));
}

/** A service that is stopping answers a waiting call early; this keeps the next one from coming at once. */
const ASK_PAUSE_MS = 250;
/** Milliseconds without one good answer after which waiting makes no sense any more. */
const OUTAGE_MAX_MS = 30_000;

/** Asks on until the onboarding has ended, through outages of the service of up to 30 s. */
export async function waitForEnd(
  ask: () => Promise<Answer<Onboarding>>,
  signal: AbortSignal | undefined,
): Promise<Answer<Onboarding>> {
  let misses = 0;
  let silentSince = 0;
  while (true) {
    const answer = await ask();
    if (answer.ok) {
      if (hasEnded(answer.value)) return answer;
      misses = 0;
      await pause(ASK_PAUSE_MS, signal);
    } else {
      if (misses === 0) silentSince = Date.now();
      const waitMs = ASK_PAUSE_MS + backoffMs(misses) + askedMs(answer.error);
      if (!isPassing(answer.error) || Date.now() + waitMs - silentSince >= OUTAGE_MAX_MS) return answer;
      await pause(waitMs, signal);
      misses += 1;
    }
    if (signal?.aborted === true) return failed(abortedBy(signal));
  }
}

export const isAborted = (signal: AbortSignal | undefined): boolean => signal?.aborted === true;

/** Resolves after `ms`, or at once when the signal aborts. A service may ask for more than a timer can wait. */
export function pause(ms: number, signal: AbortSignal | undefined): Promise<void> {
  return new Promise((resolve) => {
    if (isAborted(signal)) {
      resolve();
      return;
    }
    const end = (): void => {
      clearTimeout(timer);
      signal?.removeEventListener('abort', end);
      resolve();
    };
    const timer = setTimeout(end, Math.min(ms, TIMER_MAX_MS));
    signal?.addEventListener('abort', end, { once: true });
  });
}
