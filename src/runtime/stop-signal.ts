import type { Log } from '../ports.ts';

const SIGNALS = ['SIGTERM', 'SIGINT', 'SIGHUP'] as const;

/**
 * Aborts at the first signal that asks the process to stop, or when a parent with an IPC channel is gone. SIGPIPE is left
 * out: Node turns it into write errors, and a closed log pipe must not stop provisioning.
 */
export function onStopSignal(log: Log): AbortSignal {
  const controller = new AbortController();
  const stop = (why: string): void => {
    if (controller.signal.aborted) return;
    log.info({ why }, 'service.stopping');
    controller.abort();
  };
  for (const signal of SIGNALS) process.on(signal, () => stop(signal));
  if (process.connected) process.once('disconnect', () => stop('parent gone'));
  return controller.signal;
}
