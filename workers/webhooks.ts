import type { Service } from '../src/compose.ts';
import type { Runnable } from '../src/runtime/supervisor.ts';

/** Watches for alerts, if ALERT_WEBHOOK_URL is set. */
export function alertsWorker({ watchAlerts }: Pick<Service, 'watchAlerts'>): readonly Runnable[] {
  return watchAlerts === undefined ? [] : [{ name: 'alerts', run: watchAlerts }];
}

/** Delivers webhooks. At the stop, calls have half of the deadline to end. */
export function webhooksWorker(
  { runWebhooks }: Pick<Service, 'runWebhooks'>,
  stopDeadlineMs: number,
): Runnable {
  return { name: 'webhooks', run: (signal) => runWebhooks(stopDeadlineMs / 2, signal) };
}
