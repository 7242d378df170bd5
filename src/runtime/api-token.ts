import { createHash, timingSafeEqual } from 'node:crypto';
import { problem, value, type Parsed } from './config-parsers.ts';

export const ROLES = ['signup', 'viewer', 'operator', 'admin'] as const;

/** Roles are sets of rights, not a ladder. */
export type Role = (typeof ROLES)[number];

/** A token as it is kept: only its hash, and the name that stands in the audit log. */
export interface ApiToken {
  readonly role: Role;
  readonly actor: string;
  readonly sha256: string;
}

const TOKEN = /^[A-Za-z0-9_-]{16,}$/;
const HASHED = /^sha256=([0-9a-f]{64})$/i;
const NAME = /^[A-Za-z0-9_.@-]{1,64}$/;

export const sha256Hex = (text: string): string => createHash('sha256').update(text).digest('hex');

/** Makes the kept form of a token; without a name the actor is the role and 6 hex digits of the hash. */
export function apiToken(role: Role, sha256: string, name?: string): ApiToken {
  return { role, actor: name ?? `${role}-${sha256.slice(0, 6)}`, sha256 };
}

/** Reads `role:token` or `role:name:token`; the token may be `sha256=<hex>`. No message repeats the input. */
export function parseApiToken(input: string): Parsed<ApiToken> {
  const parts = input.split(':');
  const role = ROLES.find((candidate) => candidate === parts[0]);
  const token = parts.at(-1) ?? '';
  const name = parts.length === 3 ? parts[1] : undefined;
  if (role === undefined || parts.length < 2 || parts.length > 3)
    return problem(`must be role:token or role:name:token, where role is one of ${ROLES.join(', ')}`);
  if (name !== undefined && !NAME.test(name))
    return problem('has a name with characters other than A-Z a-z 0-9 _ . @ - (at most 64)');
  const hashed = HASHED.exec(token)?.[1]?.toLowerCase();
  if (hashed === undefined && !TOKEN.test(token))
    return problem('has a token that is not 16 or more characters of A-Z a-z 0-9 _ - (or sha256=<64 hex>)');
  return value(apiToken(role, hashed ?? sha256Hex(token), name));
}

/** Finds the token by comparing hashes in constant time; every candidate is compared. */
export function findToken(tokens: readonly ApiToken[], presented: string): ApiToken | undefined {
  const hash = createHash('sha256').update(presented).digest();
  let found: ApiToken | undefined;
  for (const token of tokens) {
    if (timingSafeEqual(hash, Buffer.from(token.sha256, 'hex'))) found = token;
  }
  return found;
}
