import { createHash } from 'node:crypto';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { invalid, valid, type Checked } from '../../domain/field-issue.ts';
import { shown } from '../../domain/shown.ts';
import { forEachYielding } from './event-loop.ts';
import { problem, PROBLEM_TYPE, sendProblem } from './problem.ts';

declare module 'fastify' {
  interface FastifyContextConfig {
    /** The call honours an Idempotency-Key. */
    keyed?: true;
  }
}

/** Printable ASCII; more than a UUID needs, and what every HTTP library can send. */
const KEY = /^[\x20-\x7e]{1,255}$/;

const KEY_HEADER = 'Idempotency-Key';
/** Stripe's name for it; the IETF's draft of the request header has none. */
export const REPLAYED_HEADER = 'Idempotent-Replayed';

/** What the ledger keeps of a request under a key: digests, from which neither can be read. */
export interface KeyedRequest {
  readonly key: string;
  readonly fingerprint: string;
}

/**
 * A request's key and body as they are kept; undefined for one that brings no key. The key is compared as it was sent:
 * quotes, which the IETF's draft asks for, are part of it.
 */
export async function readKeyed({
  headers,
  tokenSha256,
  routeOptions,
  body,
}: FastifyRequest): Promise<Checked<KeyedRequest | undefined>> {
  const sent = headers[KEY_HEADER.toLowerCase()];
  if (sent === undefined) return valid(undefined);
  if (typeof sent === 'string' && KEY.test(sent)) {
    const key = keyDigest({ tokenSha256, route: routeOptions.url ?? '', key: sent });
    return valid({ key, fingerprint: await bodyFingerprint(body) });
  }
  return invalid({
    field: KEY_HEADER,
    code: 'invalid_text',
    message: `An idempotency key has 1 to 255 printable ASCII characters, such as a UUID; this is ${shown(sent)}.`,
  });
}

/** What the ledger keeps instead of token, route and key: callers, and calls, never collide under one key. */
export const keyDigest = (parts: { tokenSha256: string; route: string; key: string }): string =>
  sha256([parts.tokenSha256, parts.route, parts.key].join('\n'));

/** Equal for bodies that differ in nothing but white space and the order of members. A batch is read in turns. */
export async function bodyFingerprint(body: unknown): Promise<string> {
  if (!Array.isArray(body)) return sha256(canonical(body));
  const hash = createHash('sha256').update('[');
  await forEachYielding(body as readonly unknown[], (item, index) => {
    hash.update(index === 0 ? canonical(item) : `,${canonical(item)}`);
  });
  return hash.update(']').digest('hex');
}

/** Nests no deeper than src/domain/json.ts lets a body nest, so no body can exhaust the stack. */
function canonical(value: unknown): string {
  if (typeof value !== 'object' || value === null) return JSON.stringify(value ?? null);
  if (Array.isArray(value)) return `[${value.map(canonical).join(',')}]`;
  const members = Object.entries(value).map(
    ([name, member]) => `${JSON.stringify(name)}:${canonical(member)}`,
  );
  return `{${members.sort().join(',')}}`;
}

const sha256 = (text: string): string => createHash('sha256').update(text).digest('hex');

/** An answer as it can be kept and sent again. */
export interface KeptAnswer {
  readonly status: number;
  readonly location?: string;
  readonly body: unknown;
}

/**
 * What came of a call under a key; `answer` is the kept one as JSON. `otherRequest`: the key stands for another body.
 * `atWork`: its first call has not ended yet.
 */
export type KeyedOutcome =
  | { readonly kind: 'first' | 'repeated'; readonly answer: string }
  | { readonly kind: 'otherRequest' | 'atWork' };

/** Answers a call under a key. A refusal is kept too: a wrong request is wrong at every repetition. */
export function sendKeyed(reply: FastifyReply, outcome: KeyedOutcome): FastifyReply {
  switch (outcome.kind) {
    case 'first':
      return sendAnswer(reply, JSON.parse(outcome.answer) as KeptAnswer);
    case 'repeated':
      return sendAnswer(reply.header(REPLAYED_HEADER, 'true'), JSON.parse(outcome.answer) as KeptAnswer);
    case 'otherRequest':
      return sendProblem(reply, KEY_REUSED);
    case 'atWork':
      return sendProblem(reply.header('retry-after', AT_WORK_RETRY_SECONDS), KEY_IN_USE);
  }
}

export function sendAnswer(reply: FastifyReply, { status, location, body }: KeptAnswer): FastifyReply {
  if (location !== undefined) reply.header('location', location);
  if (status >= 400) reply.type(PROBLEM_TYPE);
  return reply.code(status).send(status >= 400 ? JSON.stringify(body) : body);
}

const AT_WORK_RETRY_SECONDS = 2;

const KEY_REUSED = problem('idempotency_key_reused', {
  detail: 'This key was used with another body in the last 24 hours. Use a new key for every request.',
  field: KEY_HEADER,
});

const KEY_IN_USE = problem('idempotency_key_in_use', {
  detail: 'The first request with this key is still in progress. Send the same request again in a moment.',
  field: KEY_HEADER,
});
