import type { FastifyRequest } from 'fastify';
import type { Log } from '../ports.ts';
import { addressKey } from './client-address.ts';
import { createThrottle, type Refusal } from './throttle.ts';

/** Wrong tokens that one address may send before it is told to wait. Right ones are taken all the same. */
const WRONG_TOKENS = { points: 20, seconds: 60 };

/** Counts wrong tokens by address, whichever way they come: in a header, or typed into the login page. */
export interface WrongTokens {
  /** Undefined: not too many yet. */
  count(request: FastifyRequest): Promise<Refusal | undefined>;
}

export function createWrongTokens(log: Log): WrongTokens {
  const throttle = createThrottle(WRONG_TOKENS);
  return {
    async count(request) {
      const key = addressKey(request.ip);
      const tooMany = await throttle.take(key);
      if (tooMany?.first === true) log.warn({ address: key }, 'http.wrong_tokens');
      return tooMany;
    },
  };
}
