import { createDeliverer } from '../delivery/deliver.ts';
import { createRelay, type Relay } from '../delivery/relay.ts';
import { createNotifier } from '../notifications/notifier.ts';
import type { JobConsumer } from '../ports.ts';
import type { Config } from '../runtime/config.ts';
import { packageVersion } from '../runtime/package-version.ts';
import type { ComposeContext } from './context.ts';
import type { Ground } from './ground.ts';

/** What the notifications worker runs. */
export interface Notifications {
  readonly relay: Relay;
  consume(): JobConsumer;
}

export function createNotifications(
  { webhook }: Config,
  { clock, log, metrics }: ComposeContext,
  { ledger, queue }: Ground,
): Notifications {
  const notifier = createNotifier({
    secrets: webhook.secrets,
    allowHosts: webhook.callbackAllowHosts,
    timeoutMs: webhook.timeoutMs,
    userAgent: `eventbridge-partner-onboarding/${packageVersion()}`,
    clock,
  });
  const deliverer = createDeliverer({
    ledger,
    notifier,
    clock,
    random: Math.random,
    policy: { backoffBaseMs: webhook.backoffBaseMs },
    log,
    metrics,
  });
  return {
    relay: createRelay({ ledger, queue: queue.deliveries, clock }),
    consume: () => queue.deliveries.consume(deliverer),
  };
}
