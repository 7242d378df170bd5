import { setMaxListeners } from 'node:events';

/** The bound on a whole AWS call has passed. Whether AWS applied the call is not known. */
export class CallTimeoutError extends Error {
  override readonly name = 'CallTimeoutError';
}

/**
 * Runs one call within `timeoutMs`: credentials, a free socket, connecting, headers and body. The SDK has no such limit:
 * `requestTimeout` only logs, `connectionTimeout` excludes the wait for a pooled socket, and credentials take no signal. A
 * call that ignores its signal is abandoned. Rejects with {@link CallTimeoutError}, or with the reason of `signal`; leaves no
 * timer or listener behind.
 */
export async function withinBound<T>(
  call: (cut: AbortSignal) => Promise<T>,
  { timeoutMs, signal }: { timeoutMs: number; signal: AbortSignal },
): Promise<T> {
  signal.throwIfAborted();
  // All calls of a process may share one stop signal; Node takes more than ten listeners for a leak.
  setMaxListeners(0, signal);
  const cut = new AbortController();
  const stop = (): void => cut.abort(signal.reason);
  signal.addEventListener('abort', stop, { once: true });
  const timer = setTimeout(
    () => cut.abort(new CallTimeoutError(`AWS did not respond within ${timeoutMs} ms.`)),
    timeoutMs,
  );
  try {
    return await Promise.race([call(cut.signal), rejectedOnceAborted(cut.signal)]);
  } catch (error) {
    // The SDK wraps the reason into an AbortError of its own, or reports the socket that we cut as a reset.
    cut.signal.throwIfAborted();
    throw error;
  } finally {
    clearTimeout(timer);
    signal.removeEventListener('abort', stop);
  }
}

function rejectedOnceAborted(signal: AbortSignal): Promise<never> {
  return new Promise((_, reject) => {
    signal.addEventListener('abort', () => reject(new Error('The call was aborted.')), { once: true });
  });
}
