import type { ProblemCode } from '../domain/problem-codes.ts';

/** A newer service may know more codes: any other text is kept as it came. */
export type { ProblemCode } from '../domain/problem-codes.ts';

/** An RFC 9457 document of the service. Compare `code`, which is stable; `detail` is a sentence for people. */
export interface Problem {
  readonly status: number;
  readonly code: ProblemCode | (string & {});
  readonly detail: string;
  readonly title?: string;
  readonly type?: string;
  /** The first thing that is wrong; `errors` has all of them. */
  readonly field?: string;
  readonly errors?: readonly { readonly field: string; readonly code: string; readonly message: string }[];
  /** How long the service asks to wait, from `Retry-After`. */
  readonly retryAfterSeconds?: number;
}

/** Why there is no value. The kinds are all there are; each has a sentence for people in `detail`. */
export type CallError =
  /** The service answered, and refused. */
  | ({ readonly kind: 'problem' } & Problem)
  /** No answer came in time: refused, reset, timed out, or the name does not resolve. `cause` is what fetch threw. */
  | { readonly kind: 'unreachable'; readonly detail: string; readonly url: string; readonly cause: unknown }
  /** Something answered that is not the API: a proxy, a login page, another service. */
  | {
      readonly kind: 'unreadable';
      readonly detail: string;
      readonly status: number;
      readonly retryAfterSeconds?: number;
    }
  /** The caller's own signal ended the call; whether the service got it is not known. */
  | { readonly kind: 'aborted'; readonly detail: string; readonly reason: unknown };

/** What came of a call: a value, or why there is none. `status` is HTTP's: 202 new, 200 known before. */
export type Answer<T> =
  | { readonly ok: true; readonly status: number; readonly value: T }
  | { readonly ok: false; readonly error: CallError };

/** What {@link valueOrThrow} throws; `error` tells the kinds apart. */
export class OnboardingCallError extends Error {
  override readonly name = 'OnboardingCallError';
  readonly error: CallError;

  constructor(error: CallError) {
    super(error.kind === 'problem' ? `${error.code}: ${error.detail}` : error.detail, {
      cause: error.kind === 'unreachable' ? error.cause : undefined,
    });
    this.error = error;
  }
}

/**
 * The value of an answer, for callers that prefer exceptions: an error is thrown as {@link OnboardingCallError}, an
 * abort as the signal's own reason.
 */
export function valueOrThrow<T>(answer: Answer<T>): T {
  if (answer.ok) return answer.value;
  if (answer.error.kind === 'aborted') throw answer.error.reason as Error;
  throw new OnboardingCallError(answer.error);
}
