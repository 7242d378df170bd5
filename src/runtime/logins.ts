/**
 * Logins to the console: who has shown a token once carries a signed cookie from then on. The process keeps nothing of
 * them, so that a restart ends none and any process takes them; what is kept is which ones were ended (revoked-logins.ts).
 */
import { randomBytes } from 'node:crypto';
import type { Clock, Log } from '../ports.ts';
import type { LoginLedger } from '../ports/login-ledger.ts';
import type { ApiToken } from './api-token.ts';
import {
  cookieValue,
  keyedHash,
  openClaims,
  sameText,
  sealClaims,
  type LoginClaims,
} from './login-cookie.ts';
import { createRevokedLogins } from './revoked-logins.ts';

/** A logged-in user. */
export interface Login {
  readonly token: ApiToken;
  /** What every form of theirs carries. */
  readonly csrf: string;
  /** A `Set-Cookie` that makes the login last on; undefined while it is young. */
  readonly renewed: string | undefined;
}

/** `none`: no cookie, or one that counts for nothing any more. `unknown`: the ledger is down, see RevokedLogins. */
export type LoginFound =
  { readonly kind: 'in'; readonly login: Login } | { readonly kind: 'none' } | { readonly kind: 'unknown' };

export interface Logins {
  /** A `Set-Cookie` for a caller who has shown the token. */
  begin(token: ApiToken): string;
  /** By the `Cookie` header of a request. */
  find(cookies: string | undefined): Promise<LoginFound>;
  /**
   * Ends the login in every process.
   * @returns a `Set-Cookie` that takes the cookie away, and whether there was a login that had not been ended yet
   */
  end(cookies: string | undefined): Promise<{ readonly setCookie: string; readonly ended: boolean }>;
}

export interface LoginsDeps {
  readonly tokens: readonly ApiToken[];
  readonly secret: string;
  /** Whether browsers reach the service by https alone. */
  readonly secure: boolean;
  /** False: the service is below a path, and others may serve the rest of the host. */
  readonly ownsHost: boolean;
  readonly ledger: LoginLedger;
  readonly clock: Pick<Clock, 'now'>;
  readonly log: Log;
}

/** Without a request for so long, a login ends. */
const LASTS_MS = 8 * 3_600_000;
/** A cookie is renewed at most this often. */
const RENEW_EVERY_MS = 5 * 60_000;
/** However busy: after a week the token is asked for again. */
const LASTS_AT_MOST_MS = 7 * 86_400_000;

/** So far may the clocks of two processes be apart. */
const CLOCKS_APART_MS = 5 * 60_000;

export function createLogins({ tokens, secret, secure, ownsHost, ledger, clock, log }: LoginsDeps): Logins {
  const revoked = createRevokedLogins({ ledger, clock, log });
  // `__Host-` is for cookies of a whole host.
  const prefix = secure ? (ownsHost ? '__Host-' : '__Secure-') : '';
  const name = `${prefix}onboard-login`;
  const marks = tokens.map((token) => ({ token, mark: keyedHash(secret, 'token', token.sha256) }));
  const setCookie = (value: string, seconds: number): string =>
    `${name}=${value}; Path=/; Max-Age=${seconds}; HttpOnly; SameSite=Lax${secure ? '; Secure' : ''}`;
  const lastsUntil = ({ beganAt }: Pick<LoginClaims, 'beganAt'>): number =>
    Math.min(clock.now() + LASTS_MS, beganAt + LASTS_AT_MOST_MS);
  const issue = (claims: Omit<LoginClaims, 'expiresAt'>): string => {
    const expiresAt = lastsUntil(claims);
    const seconds = Math.ceil((expiresAt - clock.now()) / 1_000);
    return setCookie(sealClaims(secret, { ...claims, expiresAt }), seconds);
  };
  const claimsIn = (cookies: string | undefined): LoginClaims | undefined =>
    openClaims(secret, cookieValue(cookies, name) ?? '');

  return {
    begin: (token) =>
      issue({
        id: randomBytes(16).toString('base64url'),
        token: keyedHash(secret, 'token', token.sha256),
        beganAt: clock.now(),
      }),
    async find(cookies) {
      const claims = claimsIn(cookies);
      if (claims === undefined || claims.expiresAt <= clock.now()) return { kind: 'none' };
      const known = marks.find(({ mark }) => sameText(mark, claims.token));
      if (known === undefined) return { kind: 'none' };
      const ended = await revoked.has(claims.id);
      if (ended === 'unknown') return { kind: 'unknown' };
      if (ended) return { kind: 'none' };
      const isOld = lastsUntil(claims) - claims.expiresAt >= RENEW_EVERY_MS;
      return {
        kind: 'in',
        login: {
          token: known.token,
          csrf: keyedHash(secret, 'csrf', claims.id),
          renewed: isOld ? issue(claims) : undefined,
        },
      };
    },
    async end(cookies) {
      const claims = claimsIn(cookies);
      const cleared = setCookie('', 0);
      if (claims === undefined) return { setCookie: cleared, ended: false };
      // A process that has not heard of it yet may make a copy of the cookie last longer, and that one be renewed in
      // its turn, once the end of the login is forgotten: so it is remembered for as long as any copy can last.
      const expiresAt = claims.beganAt + LASTS_AT_MOST_MS + CLOCKS_APART_MS;
      return { setCookie: cleared, ended: await revoked.add({ id: claims.id, expiresAt }) };
    },
  };
}
