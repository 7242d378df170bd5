import { RateLimiterMemory, RateLimiterRes } from 'rate-limiter-flexible';

/** Counts by key in windows that begin with a key's first request. */
export interface Throttle {
  /** Counts one request. Undefined lets it through. */
  take(key: string): Promise<Refusal | undefined>;
}

export interface Refusal {
  /** Whole seconds until the key's window ends, at least 1. */
  readonly retryAfterSeconds: number;
  /** True for the first refusal of a window: worth a line in the log, the others are not. */
  readonly first: boolean;
}

/**
 * Counts in this process's memory. Redis would make one count of all processes, but then every request would wait
 * for it, and intake has to answer while Redis is down. A key costs one entry until its window ends.
 */
export function createThrottle({ points, seconds }: { points: number; seconds: number }): Throttle {
  const limiter = new RateLimiterMemory({ points, duration: seconds });
  return {
    async take(key) {
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
    },
  };
}
