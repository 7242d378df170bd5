import { createHmac, timingSafeEqual } from 'node:crypto';

/** What the cookie of a login holds; nothing in it is secret, and it is signed. */
export interface LoginClaims {
  /** Random; what a logout revokes. */
  readonly id: string;
  /** Tells the token that it was made with, by a keyed hash: the token's own hash never leaves the process. */
  readonly token: string;
  /** Milliseconds since 1970. */
  readonly beganAt: number;
  readonly expiresAt: number;
}

/** A keyed hash for one purpose; what was made for one is worth nothing for another. */
export function keyedHash(secret: string, purpose: 'cookie' | 'csrf' | 'token', text: string): string {
  return createHmac('sha256', secret).update(`${purpose}\0${text}`).digest('base64url');
}

export const sameText = (one: string, other: string): boolean =>
  one.length === other.length && timingSafeEqual(Buffer.from(one), Buffer.from(other));

export function sealClaims(secret: string, { id, token, beganAt, expiresAt }: LoginClaims): string {
  const body = [id, token, beganAt, expiresAt].join('.');
  return `${body}.${keyedHash(secret, 'cookie', body)}`;
}

/** Undefined for whatever this secret has not sealed. Whether it is over its time is for the caller to say. */
export function openClaims(secret: string, sealed: string): LoginClaims | undefined {
  const match = /^(([\w-]{22})\.([\w-]{43})\.([0-9]{13})\.([0-9]{13}))\.([\w-]{43})$/.exec(sealed);
  if (match === null) return undefined;
  const [, body = '', id = '', token = '', beganAt = '', expiresAt = '', seal = ''] = match;
  if (!sameText(keyedHash(secret, 'cookie', body), seal)) return undefined;
  return { id, token, beganAt: Number(beganAt), expiresAt: Number(expiresAt) };
}

/** The value of one cookie in a `Cookie` header; of two with a name the first counts. */
export function cookieValue(header: string | undefined, name: string): string | undefined {
  for (const pair of (header ?? '').split(';')) {
    const at = pair.indexOf('=');
    if (at > 0 && pair.slice(0, at).trim() === name) return pair.slice(at + 1).trim();
  }
  return undefined;
}
