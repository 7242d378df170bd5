import { randomBytes } from 'node:crypto';
import type { Clock } from '../ports.ts';
import { sha256Hex, type ApiToken } from './api-token.ts';
import { sameText } from './login-cookie.ts';

/** A word that logs its bearer in, once and within ten minutes, in the process that made it. */
export interface LoginLink {
  /** What stands behind `/login?link=`. */
  readonly word: string;
  /** The token to log in with; undefined when the word is wrong, used or too old. */
  use(word: string): ApiToken | undefined;
  /** It led to no login after all, and is good for another try. */
  giveBack(): void;
}

const LASTS_MS = 10 * 60_000;

export function createLoginLink(token: ApiToken, clock: Pick<Clock, 'now'>): LoginLink {
  const word = randomBytes(24).toString('base64url');
  const kept = sha256Hex(word);
  const until = clock.now() + LASTS_MS;
  let used = false;
  return {
    word,
    use(presented) {
      if (used || clock.now() > until || !sameText(sha256Hex(presented), kept)) return undefined;
      used = true;
      return token;
    },
    giveBack() {
      used = false;
    },
  };
}
