import type { DeliveryBacklog, EndpointDisabled } from './delivery.ts';
import type { Random } from './retry-policy.ts';

/** All durations in milliseconds. */
export interface DeliveryPolicy {
  readonly backoffBaseMs: number;
}

const FACTOR = 3;
const CAP_MS = 8 * 3_600_000;

/** The last attempt is made this long after the event, or after the replay. */
export const GIVE_UP_AFTER_MS = 3 * 86_400_000;

/** An endpoint is disabled that has failed for so long, and so often, without one success in between. */
export const DISABLE_AFTER_MS = 5 * 86_400_000;
export const DISABLE_AFTER_FAILURES = 20;

/** An endpoint is said to fail after so many failures in a row, while the last is younger than any backoff. */
export const FAILING_AFTER_FAILURES = 3;
export const FAILING_WITHIN_MS = 12 * 3_600_000;

/** A delivery that is due waits no longer than this while a `webhooks` process has places free. */
const DUE_TOO_LONG_MS = 60_000;

/** What is wrong with the deliveries, in words; empty: nothing. No origin is named, since `/readyz` is public. */
export function deliveryTroubles(backlog: DeliveryBacklog): readonly string[] {
  const { waiting, oldestMs, endpointsFailing, endpointsDisabled } = backlog;
  const isLate = oldestMs !== null && oldestMs >= DUE_TOO_LONG_MS;
  const troubles = [
    ...(isLate ? [`oldest due for ${Math.floor(oldestMs / 1_000)} s`] : []),
    ...(endpointsFailing > 0 ? [`endpoints failing: ${endpointsFailing}`] : []),
    ...(endpointsDisabled > 0 ? [`endpoints disabled: ${endpointsDisabled}`] : []),
  ];
  return troubles.length > 0 && waiting > 0 ? [...troubles, `deliveries waiting: ${waiting}`] : troubles;
}

/** What one call came to. A code is one of ours, or Node's name for what happened to the connection. */
export type SendResult =
  | {
      readonly kind: 'answered';
      readonly statusCode: number;
      /** The receiver's wish to wait. */
      readonly retryAfterMs?: number;
      /** At most 1 KB, as text. */
      readonly bodyStart: string;
      readonly durationMs: number;
    }
  | { readonly kind: 'unanswered'; readonly code: SendFault; readonly durationMs: number };

/**
 * `AddressRefused`: the name leads to an address that no callback may reach, or the scheme is not allowed.
 * `NoSigningSecret`: nothing is sent that the receiver could not verify.
 */
export const SEND_FAULTS = [
  'AddressRefused',
  'NoSigningSecret',
  'NameNotResolved',
  'ConnectionFailed',
  'CertificateInvalid',
  'Timeout',
  'UnreadableResponse',
] as const;
export type SendFault = (typeof SEND_FAULTS)[number];

export type DeliveryDecision =
  | { readonly kind: 'delivered' }
  | { readonly kind: 'retry'; readonly delayMs: number; readonly code: string }
  | { readonly kind: 'failed'; readonly code: string };

export interface DeliveryContext {
  /** Milliseconds since 1970. */
  readonly now: number;
  readonly random: Random;
  readonly policy: DeliveryPolicy;
  /** Attempts of this replay before the present one. */
  readonly tries: number;
  /** Milliseconds since 1970. */
  readonly beganAt: number;
}

/**
 * What follows from a call. Only 2xx is a success: a redirect is not followed, so it was not received. All else is
 * tried again for three days, since most 4xx are a receiver's mistake that its next release fixes; 410 says that it
 * never will be, and a refused address is refused until the configuration changes.
 */
export function decideDelivery(result: SendResult, context: DeliveryContext): DeliveryDecision {
  if (result.kind === 'answered' && isSuccess(result.statusCode)) return { kind: 'delivered' };
  const code = codeOf(result);
  if (isFinal(result)) return { kind: 'failed', code };
  const left = context.beganAt + GIVE_UP_AFTER_MS - context.now;
  if (left <= 0) return { kind: 'failed', code };
  const wish = result.kind === 'answered' ? (result.retryAfterMs ?? 0) : 0;
  // Cut to end at the limit, so that the last attempt is made then and not hours before.
  return { kind: 'retry', delayMs: Math.min(wish + backoffMs(context), left), code };
}

/** Exponential, half of it fixed and half of it random: no wait is near nothing, and no two receivers' waits align. */
function backoffMs({ tries, policy, random }: DeliveryContext): number {
  const ceiling = Math.min(CAP_MS, policy.backoffBaseMs * FACTOR ** Math.min(tries, 30));
  return Math.round(ceiling / 2 + (random() * ceiling) / 2);
}

/** What the call says of its endpoint. */
export function endpointSign(result: SendResult): 'works' | 'fails' | 'gone' | 'none' {
  if (result.kind === 'unanswered') return result.code === 'NoSigningSecret' ? 'none' : 'fails';
  if (isSuccess(result.statusCode)) return 'works';
  return result.statusCode === GONE ? 'gone' : 'fails';
}

/** Undefined while the endpoint is still tried. Instants in milliseconds since 1970. */
export function disabledBecause(endpoint: {
  readonly gone: boolean;
  readonly failingSince: number;
  readonly failures: number;
  readonly now: number;
}): EndpointDisabled | undefined {
  if (endpoint.gone) return 'gone';
  const isLong = endpoint.now - endpoint.failingSince >= DISABLE_AFTER_MS;
  return isLong && endpoint.failures >= DISABLE_AFTER_FAILURES ? 'failing' : undefined;
}

const GONE = 410;

const isSuccess = (statusCode: number): boolean => statusCode >= 200 && statusCode < 300;

const isFinal = (result: SendResult): boolean =>
  result.kind === 'answered' ? result.statusCode === GONE : result.code === 'AddressRefused';

const codeOf = (result: SendResult): string =>
  result.kind === 'answered' ? `Http${result.statusCode}` : result.code;
