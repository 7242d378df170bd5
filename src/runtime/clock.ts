import { setTimeout as delay } from 'node:timers/promises';
import type { Clock } from '../ports.ts';

export const systemClock: Clock = {
  now: () => Date.now(),
  async sleep(ms, signal) {
    signal?.throwIfAborted();
    try {
      await delay(ms, undefined, signal === undefined ? {} : { signal });
    } catch (error) {
      // timers/promises wraps the reason in an AbortError of its own; callers compare the reason itself.
      signal?.throwIfAborted();
      throw error;
    }
  },
};
