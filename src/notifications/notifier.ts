/**
 * The Notifier port over HTTP: signed as Standard Webhooks says (standardwebhooks.com), one connection per call, which
 * goes to the addresses that were judged and to no others. Made by the composition root only.
 *
 * Invariants: nothing is sent that is not signed; a call ends within its bound whatever the endpoint does; no error
 * leaves here that names an address, since a query or a path may hold a secret.
 */
import type { SendFault, SendResult } from '../domain/delivery-policy.ts';
import { retryAfterMs } from '../domain/retry-after.ts';
import type { Clock } from '../ports.ts';
import type { Notifier } from '../ports/notifications.ts';
import { post } from './post.ts';
import { resolveName, routeTo, type Resolve } from './route.ts';
import { signatures } from './sign.ts';

export interface NotifierOptions {
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

export function createNotifier(options: NotifierOptions): Notifier {
  const { secrets, allowHosts, clock, resolve = resolveName } = options;

  return {
    async send({ id, url, destination, body }, signal) {
      const startedAt = performance.now();
      const unanswered = (code: SendFault): SendResult => ({
        kind: 'unanswered',
        code,
        durationMs: performance.now() - startedAt,
      });
      if (secrets.length === 0) return unanswered('NoSigningSecret');
      const { ending, isLate, release } = endingWithin(options.timeoutMs, signal);
      try {
        const target = new URL(url);
        const route = await unlessAborted(routeTo(target, destination, { resolve, allowHosts }), ending);
        if (route.kind === 'refused') return unanswered('AddressRefused');
        if (route.kind === 'unknown') return unanswered('NameNotResolved');
        const timestamp = Math.floor(clock.now() / 1_000);
        const headers = {
          'content-type': 'application/json',
          'user-agent': options.userAgent,
          'webhook-id': id,
          'webhook-timestamp': String(timestamp),
          'webhook-signature': signatures(secrets, { id, timestamp, body }),
        };
        const call = { headers, body, addresses: route.addresses };
        const answer = await post(target, call, ending);
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
        return unanswered(isLate() ? 'Timeout' : faultOf(error));
      } finally {
        release();
      }
    },
  };
}

/**
 * A signal that ends with the caller's or after `ms`. By hand: of a caller's that lives for long, `AbortSignal.any` keeps a
 * trace for each call (Node 20).
 */
function endingWithin(
  ms: number,
  signal: AbortSignal,
): { readonly ending: AbortSignal; readonly isLate: () => boolean; readonly release: () => void } {
  const ending = new AbortController();
  let late = false;
  const end = (): void => ending.abort(signal.reason);
  const timer = setTimeout(() => {
    late = true;
    ending.abort(new Error(`No answer within ${ms} ms.`));
  }, ms);
  if (signal.aborted) end();
  else signal.addEventListener('abort', end, { once: true });
  return {
    ending: ending.signal,
    isLate: () => late,
    release() {
      clearTimeout(timer);
      signal.removeEventListener('abort', end);
    },
  };
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
