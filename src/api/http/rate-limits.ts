import type { FastifyRequest } from 'fastify';
import { RateLimiterMemory, RateLimiterRes } from 'rate-limiter-flexible';
import type { Log } from '../../ports.ts';
import type { ApiToken } from '../../runtime/api-token.ts';
import { addressKey } from './client-address.ts';

/** So many in a window, which begins with a key's first one. */
interface Limit {
  readonly points: number;
  readonly seconds: number;
}

/** Wrong tokens that one address may send before it is told to wait. Right ones are taken all the same. */
const WRONG_TOKENS: Limit = { points: 20, seconds: 60 };
/** Logins of one address. Each is kept in the audit for ever, and a viewer's token is enough for one. */
const LOGINS: Limit = { points: 20, seconds: 60 };

/** One too many. */
export interface Refusal {
  /** Whole seconds until the key's window ends, at least 1. */
  readonly retryAfterSeconds: number;
  /** True for the first refusal of a window: worth a line in the log, the others are not. */
  readonly first: boolean;
}

/** What callers are held to by this process. Each counts one and answers undefined where it is not too much yet. */
export interface RateLimits {
  /** A request with this token, however it was shown: in a header, by a login, or typed into the login page. */
  request(token: ApiToken): Promise<Refusal | undefined>;
  /** A wrong token, by address, whichever way it came: in a header, or typed into the login page. */
  wrongToken(request: FastifyRequest): Promise<Refusal | undefined>;
  /** A login with a right token, by address. */
  login(request: FastifyRequest): Promise<Refusal | undefined>;
}

/** @param options.ratePerSecond requests that one token may make; 0: any number */
export function createRateLimits({ log, ratePerSecond }: { log: Log; ratePerSecond: number }): RateLimits {
  const requests = ratePerSecond > 0 ? counter({ points: ratePerSecond, seconds: 1 }) : undefined;
  const byAddress = (limit: Limit, message: string) => {
    const count = counter(limit);
    return async ({ clientAddress }: FastifyRequest): Promise<Refusal | undefined> => {
      const address = addressKey(clientAddress);
      const tooMany = await count(address);
      if (tooMany?.first === true) log.warn({ address }, message);
      return tooMany;
    };
  };
  return {
    request: async (token) => requests?.(token.sha256),
    wrongToken: byAddress(WRONG_TOKENS, 'http.wrong_tokens'),
    login: byAddress(LOGINS, 'console.too_many_logins'),
  };
}

/**
 * Counts by key, in this process's memory. Redis would make one count of all processes, but then every request would
 * wait for it, and intake has to answer while Redis is down. A key costs one entry until its window ends.
 */
function counter({ points, seconds }: Limit): (key: string) => Promise<Refusal | undefined> {
  const limiter = new RateLimiterMemory({ points, duration: seconds });
  return async (key) => {
    try {
      await limiter.consume(key);
      return undefined;
    } catch (refused) {
      if (!(refused instanceof RateLimiterRes)) throw refused;
      return {
        retryAfterSeconds: Math.max(1, Math.ceil(refused.msBeforeNext / 1_000)),
        first: refused.consumedPoints === points + 1,
      };
    }
  };
}
