/**
 * One call of an endpoint, signed (standardwebhooks.com) unless it is an alert, on its own connection. a call ends within its
 * timeout, the connection goes to the checked addresses only, and no error contains a URL, which may hold a secret.
 */
import { createHmac } from 'node:crypto';
import { request as httpRequest, type IncomingHttpHeaders } from 'node:http';
import { request as httpsRequest } from 'node:https';
import { isIP, type LookupFunction } from 'node:net';
import { ProxyAgent, request } from 'undici';
import type { Destination } from '../domain/delivery.ts';
import type { SendFault, SendResult } from '../domain/delivery-policy.ts';
import type { DeliveryId } from '../domain/ids.ts';
import { type OutboundProxies, proxyFor } from '../domain/outbound-proxy.ts';
import { retryAfterMs } from '../domain/retry-after.ts';
import type { Clock } from '../ports.ts';
import { AddressError, judgedLookup, resolveName, type Resolve } from './address.ts';

export interface SenderOptions {
  /** `whsec_…`, the newest first; none: only alerts are sent. */
  readonly secrets: readonly string[];
  /** Hosts that callbacks may reach at any address, also by http. */
  readonly allowHosts: readonly string[];
  /** Bound on one whole call, name resolution included, in milliseconds. */
  readonly timeoutMs: number;
  readonly userAgent: string;
  readonly clock: Pick<Clock, 'now'>;
  /** What leads out; unset: nothing is in the way. */
  readonly proxies?: OutboundProxies;
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
  const { secrets, allowHosts, timeoutMs, userAgent, clock, proxies, resolve = resolveName } = options;

  return async ({ id, url, destination, body }, signal) => {
    const startedAt = performance.now();
    const unanswered = (code: SendFault): SendResult => ({
      kind: 'unanswered',
      code,
      durationMs: performance.now() - startedAt,
    });
    const isSigned = destination !== 'alert';
    if (isSigned && secrets.length === 0) return unanswered('NoSigningSecret');
    const late = new AbortController();
    const timer = setTimeout(() => late.abort(new Error(`No answer within ${timeoutMs} ms.`)), timeoutMs);
    try {
      const target = new URL(url);
      const timestamp = Math.floor(clock.now() / 1_000);
      const response = await post(target, body, {
        headers: {
          'content-type': 'application/json',
          'content-length': Buffer.byteLength(body),
          'user-agent': userAgent,
          ...(isSigned
            ? {
                'webhook-id': id,
                'webhook-timestamp': String(timestamp),
                'webhook-signature': signatures(secrets, { id, timestamp, body }),
              }
            : {}),
        },
        lookup: judgedLookup(target, destination, { resolve, allowHosts }),
        proxy: proxies && proxyFor(target, proxies),
        signal: AbortSignal.any([signal, late.signal]),
      });
      const bodyStart = await readStart(response);
      const wish = retryAfterMs({ 'retry-after': response.headers['retry-after'] }, clock.now());
      return {
        kind: 'answered',
        statusCode: response.statusCode,
        ...(wish === undefined ? {} : { retryAfterMs: wish }),
        bodyStart,
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
 * The value of `webhook-signature`: one `v1,<base64>` per secret (`whsec_` and base64), so that secrets can be rotated.
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

interface Posting {
  readonly headers: Readonly<Record<string, string | number>>;
  /** Judges the addresses that the connection may go to. */
  readonly lookup: LookupFunction;
  readonly proxy: string | undefined;
  readonly signal: AbortSignal;
}

interface Answer {
  readonly statusCode: number;
  readonly headers: IncomingHttpHeaders;
  readonly body: AsyncIterable<Buffer>;
  /** Ends the connection. */
  readonly end: () => void;
}

/** Rejects with the network's error, or with the signal's reason. */
function post(url: URL, body: string, { proxy, ...posting }: Posting): Promise<Answer> {
  return proxy === undefined
    ? postStraight(url, body, posting)
    : postThrough(url, body, { proxy, ...posting });
}

/**
 * One POST on a connection of its own: a pool would keep connections that were opened under another judgement of the
 * same name.
 */
function postStraight(url: URL, body: string, options: Omit<Posting, 'proxy'>): Promise<Answer> {
  const open = url.protocol === 'https:' ? httpsRequest : httpRequest;
  return new Promise((resolve, reject) => {
    const request = open(url, { ...options, method: 'POST', agent: false });
    request.on('response', (response) => {
      const { statusCode = 0, headers } = response;
      resolve({ statusCode, headers, body: response, end: () => response.destroy() });
    });
    // Stays attached: what is destroyed at the end may still complain.
    request.on('error', reject);
    request.end(body);
  });
}

/**
 * The same through a proxy, which resolves the name again: what is judged here is what this host sees. A name that leads inwards
 * from here is refused before the proxy hears of it; where the proxy itself may connect to is for its own rules.
 */
async function postThrough(
  url: URL,
  body: string,
  { proxy: uri, headers, lookup, signal }: Posting & { readonly proxy: string },
): Promise<Answer> {
  const host = url.hostname.replace(/^\[(.*)\]$/, '$1');
  if (isIP(host) === 0) await judged(host, lookup);
  const agent = new ProxyAgent({ uri, proxyTunnel: url.protocol === 'https:' });
  const end = (): void => void agent.destroy();
  try {
    const sent = Object.fromEntries(Object.entries(headers).map(([name, value]) => [name, String(value)]));
    const answer = await request(url, { dispatcher: agent, method: 'POST', headers: sent, body, signal });
    return { ...answer, end };
  } catch (error) {
    end();
    throw error;
  }
}

const judged = (host: string, lookup: LookupFunction): Promise<void> =>
  new Promise((resolve, reject) => {
    lookup(host, { all: true }, (error) => {
      if (error === null) resolve();
      else reject(error);
    });
  });

/** What is kept of an answer, for people to look at; and what is read of it at most, to let a connection end well. */
const KEPT_BYTES = 1_024;
const READ_BYTES = 65_536;

/** The status is the answer: a body that breaks off, or never ends, changes nothing. Ends the connection. */
async function readStart({ body, end }: Answer): Promise<string> {
  const kept: Buffer[] = [];
  let read = 0;
  try {
    for await (const chunk of body) {
      if (read < KEPT_BYTES) kept.push(chunk.subarray(0, KEPT_BYTES - read));
      read += chunk.length;
      if (read >= READ_BYTES) break;
    }
  } catch {
    // What has come so far is kept.
  }
  end();
  return new TextDecoder().decode(Buffer.concat(kept));
}

/** By Node's codes: HPE_… is its HTTP parser, and OpenSSL has many names for a certificate that will not do. */
function faultOf(error: unknown): SendFault {
  if (error instanceof AddressError) return error.code;
  const code = error instanceof Error && 'code' in error ? String(error.code) : '';
  if (code.startsWith('HPE_')) return 'UnreadableResponse';
  return /CERT|LEAF_SIGNATURE/.test(code) ? 'CertificateInvalid' : 'ConnectionFailed';
}
