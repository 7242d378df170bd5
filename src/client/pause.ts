import { TIMER_MAX_MS } from './number-options.ts';

export const isAborted = (signal: AbortSignal | undefined): boolean => signal?.aborted === true;

/** Resolves after `ms`, or at once when the signal aborts. A service may ask for more than a timer can wait. */
export function pause(ms: number, signal: AbortSignal | undefined): Promise<void> {
  return new Promise((resolve) => {
    if (isAborted(signal)) {
      resolve();
      return;
    }
    const end = (): void => {
      clearTimeout(timer);
      signal?.removeEventListener('abort', end);
      resolve();
    };
    const timer = setTimeout(end, Math.min(ms, TIMER_MAX_MS));
    signal?.addEventListener('abort', end, { once: true });
  });
}
