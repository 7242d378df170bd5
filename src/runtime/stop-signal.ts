import type { Log } from '../ports.ts';

const SIGNALS = ['SIGTERM', 'SIGINT', 'SIGHUP'] as const;

export interface StopSignals {
  /** Aborted by the first signal: callers should go elsewhere. */
  readonly draining: AbortSignal;
  /** Aborted `delayMs` later, or by the second signal: everything ends. */
  readonly stopping: AbortSignal;
}

/**
 * Follows the signals that ask the process to stop, and the loss of a parent with an IPC channel. SIGPIPE is left
 * out: Node turns it into write errors, and a closed log pipe must not stop provisioning.
 */
export function onStopSignal(log: Log, delayMs = 0): StopSignals {
  const draining = new AbortController();
  const stopping = new AbortController();
  const stop = (why: string): void => {
    if (stopping.signal.aborted) return;
    const isFirst = !draining.signal.aborted;
    draining.abort();
    if (isFirst) log.info({ why, ...(delayMs > 0 ? { delay_ms: delayMs } : {}) }, 'service.stopping');
    if (isFirst && delayMs > 0) setTimeout(() => stopping.abort(), delayMs).unref();
    else stopping.abort();
  };
  for (const signal of SIGNALS) process.on(signal, () => stop(signal));
  if (process.connected) process.once('disconnect', () => stop('parent gone'));
  return { draining: draining.signal, stopping: stopping.signal };
}
