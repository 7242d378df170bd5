import type { FastifyRequest } from 'fastify';
import type { Log } from '../ports.ts';
import type { ApiToken } from '../runtime/api-token.ts';
import { addressKey } from './client-address.ts';
import { createThrottle, type Refusal } from './throttle.ts';

/** Wrong tokens that one address may send before it is told to wait. Right ones are taken all the same. */
const WRONG_TOKENS = { points: 20, seconds: 60 };
/** Logins of one address. Each is kept in the audit for ever, and a viewer's token is enough for one. */
const LOGINS = { points: 20, seconds: 60 };

/** What callers are held to by this process. Each counts one and answers undefined where it is not too much yet. */
export interface CallerThrottles {
  /** A request with this token, however it was shown: in a header, by a login, or typed into the login page. */
  request(token: ApiToken): Promise<Refusal | undefined>;
  /** A wrong token, by address, whichever way it came: in a header, or typed into the login page. */
  wrongToken(request: FastifyRequest): Promise<Refusal | undefined>;
  /** A login with a right token, by address. */
  login(request: FastifyRequest): Promise<Refusal | undefined>;
}

/** @param options.ratePerSecond requests that one token may make; 0: any number */
export function createCallerThrottles({
  log,
  ratePerSecond,
}: {
  log: Log;
  ratePerSecond: number;
}): CallerThrottles {
  const requests = ratePerSecond > 0 ? createThrottle({ points: ratePerSecond, seconds: 1 }) : undefined;
  const byAddress = (limit: { points: number; seconds: number }, message: string) => {
    const throttle = createThrottle(limit);
    return async ({ clientAddress }: FastifyRequest): Promise<Refusal | undefined> => {
      const address = addressKey(clientAddress);
      const tooMany = await throttle.take(address);
      if (tooMany?.first === true) log.warn({ address }, message);
      return tooMany;
    };
  };
  return {
    request: async (token) => requests?.take(token.sha256),
    wrongToken: byAddress(WRONG_TOKENS, 'http.wrong_tokens'),
    login: byAddress(LOGINS, 'console.too_many_logins'),
  };
}
