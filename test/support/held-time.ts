import { onTestFinished, vi } from 'vitest';

export interface HeldTime {
  /** Lets `ms` pass; gives back what the promise has come to by then. */
  pass<T>(ms: number, promise: Promise<T>): Promise<T | 'pending'>;
}

/**
 * Until the end of the test, `setTimeout` and `performance.now()` know only the time that the test lets pass, so that a
 * bound of 100 ms is met exactly on any machine. Sockets, `Date` and timers/promises go on.
 */
export function holdTime(): HeldTime {
  vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout', 'performance'] });
  onTestFinished(() => void vi.useRealTimers());
  return {
    async pass(ms, promise) {
      // What has just begun has set its timers by the next turn of the event loop.
      await turn();
      vi.advanceTimersByTime(ms);
      return Promise.race([promise, turn().then(() => 'pending' as const)]);
    },
  };
}

const turn = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));
