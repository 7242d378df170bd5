import type { Answer, CallError } from './answers.ts';
import { abortedBy, failed } from './http-call.ts';
import { pause } from './pause.ts';

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
 * Repeats a call that may be repeated until it has an answer for good, its time is up or the signal aborts. The last
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
