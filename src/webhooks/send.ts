/**
 * One signed call of an endpoint, as Standard Webhooks says (standardwebhooks.com), on a connection of its own.
 *
 * Invariants: nothing is sent that is not signed; a call ends within its bound whatever the endpoint does; the
 * connection goes to the addresses that were judged and to no others; no error leaves here that names an address, since
 * a query or a path may hold a secret.
 */
import { createHmac } from 'node:crypto';
import type { Destination } from '../domain/delivery.ts';
import type { SendFault, SendResult } from '../domain/delivery-policy.ts';
import type { DeliveryId } from '../domain/ids.ts';
import { retryAfterMs } from '../domain/retry-after.ts';
import type { Clock } from '../ports.ts';
import { post } from './post.ts';
import { resolveName, routeTo, type Resolve } from './route.ts';

export interface SenderOptions {
  /** `whsec_…`, the newest first; none: nothing is sent. */
  readonly secrets: readonly string[];
  /** Hosts that callbacks may reach wherever they lie, by http too. */
  readonly allowHosts: readonly string[];
  /** Bound on one whole call, name resolution included, in milliseconds. */
  readonly timeoutMs: number;
  readonly userAgent: string;
  readonly clock: Pick<Clock, 'now'>;
  /** Asks the operating system, unless a test stands in for it. */
  readonly resolve?: Resolve;
}

export interface WebhookMessage {
  readonly id: DeliveryId;
  readonly url: string;
  readonly destination: Destination;
  readonly body: string;
}

/**
 * Sends one POST, bounded in time and in what is read of the answer; no redirect is followed, and a `callback` goes only
 * where a callback may. What became of it is a value; an aborted signal rejects with its reason.
 * @param signal of this call alone: one that lives longer would keep a trace of each call (`AbortSignal.any`, Node 20)
 */
export type Send = (message: WebhookMessage, signal: AbortSignal) => Promise<SendResult>;

export function createSender(options: SenderOptions): Send {
  const { secrets, allowHosts, timeoutMs, userAgent, clock, resolve = resolveName } = options;

  return async ({ id, url, destination, body }, signal) => {
    const startedAt = performance.now();
    const unanswered = (code: SendFault): SendResult => ({
      kind: 'unanswered',
      code,
      durationMs: performance.now() - startedAt,
    });
    if (secrets.length === 0) return unanswered('NoSigningSecret');
    const late = new AbortController();
    const timer = setTimeout(() => late.abort(new Error(`No answer within ${timeoutMs} ms.`)), timeoutMs);
    const ending = AbortSignal.any([signal, late.signal]);
    try {
      const target = new URL(url);
      const route = await unlessAborted(routeTo(target, destination, { resolve, allowHosts }), ending);
      if (route.kind === 'refused') return unanswered('AddressRefused');
      if (route.kind === 'unknown') return unanswered('NameNotResolved');
      const timestamp = Math.floor(clock.now() / 1_000);
      const headers = {
        'content-type': 'application/json',
        'user-agent': userAgent,
        'webhook-id': id,
        'webhook-timestamp': String(timestamp),
        'webhook-signature': signatures(secrets, { id, timestamp, body }),
      };
      const answer = await post(target, { headers, body, addresses: route.addresses }, ending);
      const wish = retryAfterMs({ 'retry-after': answer.retryAfter }, clock.now());
      return {
        kind: 'answered',
        statusCode: answer.statusCode,
        ...(wish === undefined ? {} : { retryAfterMs: wish }),
        bodyStart: answer.bodyStart,
        durationMs: performance.now() - startedAt,
      };
    } catch (error) {
      signal.throwIfAborted();
      return unanswered(late.signal.aborted ? 'Timeout' : faultOf(error));
    } finally {
      clearTimeout(timer);
    }
  };
}

/**
 * The value of `webhook-signature`: one `v1,<base64>` per secret (`whsec_` and the key in base64), so that a receiver
 * with any of them can verify, as it must be able to while secrets are rotated.
 * @param timestamp seconds since 1970
 */
function signatures(
  secrets: readonly string[],
  { id, timestamp, body }: { id: string; timestamp: number; body: string },
): string {
  return secrets
    .map((secret) => Buffer.from(secret.replace(/^whsec_/, ''), 'base64'))
    .map((key) => createHmac('sha256', key).update(`${id}.${timestamp}.${body}`).digest('base64'))
    .map((signature) => `v1,${signature}`)
    .join(' ');
}

/** A resolver that hangs cannot be called back, but nobody has to wait for it. */
async function unlessAborted<T>(work: Promise<T>, signal: AbortSignal): Promise<T> {
  let leave = (): void => undefined;
  signal.throwIfAborted();
  const aborted = new Promise<never>((_, reject) => {
    leave = () => reject(signal.reason as Error);
    signal.addEventListener('abort', leave, { once: true });
  });
  try {
    return await Promise.race([work, aborted]);
  } finally {
    signal.removeEventListener('abort', leave);
  }
}

/** By Node's codes: HPE_… is its HTTP parser, and OpenSSL has many names for a certificate that will not do. */
function faultOf(error: unknown): SendFault {
  const code = error instanceof Error && 'code' in error ? String(error.code) : '';
  if (code.startsWith('HPE_')) return 'UnreadableResponse';
  return /CERT|LEAF_SIGNATURE/.test(code) ? 'CertificateInvalid' : 'ConnectionFailed';
}
