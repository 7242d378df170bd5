import { createHash } from 'node:crypto';
import type { FastifyRequest } from 'fastify';
import { invalid, valid, type Checked } from '../domain/field-issue.ts';
import { eachInTurns } from './turns.ts';

declare module 'fastify' {
  interface FastifyContextConfig {
    /** The call honours an Idempotency-Key. */
    keyed?: true;
  }
}

/** Printable ASCII; more than a UUID needs, and what every HTTP library can send. */
const KEY = /^[\x20-\x7e]{1,255}$/;

export const KEY_HEADER = 'Idempotency-Key';
/** Stripe's name for it; the IETF's draft of the request header has none. */
export const REPLAYED_HEADER = 'Idempotent-Replayed';

/** The key that a request brings, or undefined. It is compared as it was sent: quotes, which the IETF's draft asks for, are part of it. */
export function readIdempotencyKey({ headers }: FastifyRequest): Checked<string | undefined> {
  const sent = headers[KEY_HEADER.toLowerCase()];
  if (sent === undefined) return valid(undefined);
  if (typeof sent === 'string' && KEY.test(sent)) return valid(sent);
  return invalid({
    field: KEY_HEADER,
    code: 'invalid_text',
    message: 'An idempotency key has 1 to 255 printable ASCII characters, such as a UUID.',
  });
}

/** What the ledger keeps in place of token, route and key: callers, and calls, never meet under one key. */
export const keyDigest = (parts: { tokenSha256: string; route: string; key: string }): string =>
  sha256([parts.tokenSha256, parts.route, parts.key].join('\n'));

/** Equal for bodies that differ in nothing but white space and the order of members. A batch is read in turns. */
export async function bodyFingerprint(body: unknown): Promise<string> {
  if (!Array.isArray(body)) return sha256(canonical(body));
  const hash = createHash('sha256').update('[');
  await eachInTurns(body as readonly unknown[], (item, index) => {
    hash.update(index === 0 ? canonical(item) : `,${canonical(item)}`);
  });
  return hash.update(']').digest('hex');
}

/** Nests no deeper than src/domain/json-bounds.ts lets a body nest, so no body can exhaust the stack. */
function canonical(value: unknown): string {
  if (typeof value !== 'object' || value === null) return JSON.stringify(value ?? null);
  if (Array.isArray(value)) return `[${value.map(canonical).join(',')}]`;
  const members = Object.entries(value).map(
    ([name, member]) => `${JSON.stringify(name)}:${canonical(member)}`,
  );
  return `{${members.sort().join(',')}}`;
}

const sha256 = (text: string): string => createHash('sha256').update(text).digest('hex');
