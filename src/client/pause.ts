export const isAborted = (signal: AbortSignal | undefined): boolean => signal?.aborted === true;

/** Resolves after `ms`, or at once when the signal aborts. The longest that a timer takes is 24 days. */
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
    const timer = setTimeout(end, ms);
    signal?.addEventListener('abort', end, { once: true });
  });
}
