import type { Service } from '../src/compose.ts';
import type { Runnable } from '../src/runtime/supervisor.ts';

/** Delivers webhooks. At the stop, calls have half of the deadline to end. */
export function webhooksWorker(
  { runWebhooks }: Pick<Service, 'runWebhooks'>,
  stopDeadlineMs: number,
): Runnable {
  return { name: 'webhooks', run: (signal) => runWebhooks(stopDeadlineMs / 2, signal) };
}
