/**
 * The composition root: the one place that knows every adapter and use case. Opens what the configuration asks
 * for (src/compose/adapters.ts) and hands the use cases their ports. Called by workers/ alone.
 */
import { randomBytes } from 'node:crypto';
import { hostname } from 'node:os';
import { createSideApp, type App } from './api/http/server.ts';
import { type Adapters, openAdapters } from './compose/adapters.ts';
import type { ComposeContext } from './compose/context.ts';
import { createHttpApp } from './compose/http-app.ts';
import { createObservability } from './compose/observability.ts';
import { createIntake } from './intake/accept.ts';
import { createQueuedRequests } from './intake/queued-requests.ts';
import { createChecks, type Checks } from './lifecycle/run-checks.ts';
import { createPickUp, type PickUp } from './maintenance/pick-up.ts';
import { createPruning } from './maintenance/prune.ts';
import { createRescue, type Rescue } from './maintenance/rescue.ts';
import { createReplayRunner, type ReplayRunner } from './maintenance/run-replays.ts';
import type { JobConsumer, JobHandler } from './ports.ts';
import type { LookDeps } from './lifecycle/look.ts';
import type { EventFeed } from './ports/event-feed.ts';
import type { IntakeQueue } from './ports/intake-queue.ts';
import { createProvisioner } from './provisioning/provision.ts';
import { createRegionKeeper, type RegionKeeper } from './provisioning/region-keeper.ts';
import type { Config } from './runtime/config.ts';
import { packageVersion } from './runtime/package.ts';
import { createRandomBytes } from './runtime/random-bytes.ts';
import { watchAlerts } from './webhooks/watch-alerts.ts';
import { runWebhooks, type WebhookDeps } from './webhooks/run-webhooks.ts';
import { createSender } from './webhooks/send.ts';

/** What the workers run. */
export interface Service {
  readonly app: App | undefined;
  /** Notes in Redis which parts a process runs. @throws QueueUnavailableError */
  readonly signOn: (parts: readonly string[]) => Promise<void>;
  /** Figures and health, for METRICS_PORT. */
  readonly sideApp: App | undefined;
  readonly events: Pick<EventFeed, 'keepPositions'>;
  readonly rescue: Rescue;
  /** Forgets idempotency keys and figures that are over their time. */
  readonly prune: () => Promise<void>;
  readonly pickUp: PickUp;
  /** Works replays of many off. */
  readonly replays: ReplayRunner;
  /** Calls `wake` when there may be onboardings that came in by SQL. @returns ends it */
  onAccepted(wake: () => void): () => void;
  /** What other programs add to Redis. */
  readonly intakeQueue: Pick<IntakeQueue, 'claim'> & { consume(): JobConsumer };
  /** Delivers webhooks until the signal aborts; calls under way then may end for `graceMs`. */
  readonly runWebhooks: (graceMs: number, signal: AbortSignal) => Promise<void>;
  /** Looks for what is to be told at ALERT_WEBHOOK_URL, until the signal aborts; undefined: it is not set. */
  readonly watchAlerts: ((signal: AbortSignal) => Promise<void>) | undefined;
  readonly regionKeeper: Pick<RegionKeeper, 'tick' | 'run'>;
  /** Follows sources after their creation. */
  readonly checks: Pick<Checks, 'run'>;
  /** One consumer per Region. */
  consume(): readonly JobConsumer[];
}

export async function compose(config: Config, context: ComposeContext): Promise<Service> {
  const adapters = await openAdapters(config, context);
  const { ledger, queue, rateGate } = adapters;
  const { clock, log, metrics } = context;
  const { partner, regions, retentionDays } = config;
  const { circuits } = queue;
  const observability = createObservability(config, context, adapters);
  const regionKeeper = createRegionKeeper({ ledger, queue, circuits, regions, clock, log });
  const looks = looksOf(config, context, { adapters, regionKeeper });
  const provisioner = provisionerOf(config, context, { adapters, regionKeeper });
  const intake = createIntake({ ledger, queue, clock, log, metrics, randomBytes: createRandomBytes() });
  const queuedRequests = createQueuedRequests({
    intake,
    rules: { partner, regions },
    log,
    metrics,
    random: Math.random,
  });
  const webhooks = webhooksOf(config, context, adapters);
  const app = config.parts.includes('http')
    ? await createHttpApp(config, context, { adapters, observability, intake, looks })
    : undefined;
  const sideApp = config.metricsPort === undefined ? undefined : await createSideApp({ log, observability });
  if (sideApp !== undefined) context.closers.add('side app', () => sideApp.close());
  return {
    app,
    sideApp,
    events: ledger.events,
    signOn: (parts) => queue.signOn(parts),
    rescue: createRescue({ ledger, queue, clock, log, metrics }),
    prune: createPruning({ ledger, clock, retentionDays }),
    pickUp: createPickUp({ ledger, queue, clock, log }),
    replays: createReplayRunner({
      ledger,
      queue,
      clock,
      log,
      metrics,
      holder: randomBytes(12).toString('hex'),
    }),
    onAccepted: (wake) => ledger.onAccepted(wake),
    intakeQueue: {
      claim: () => adapters.intakeQueue.claim(),
      consume: () => adapters.intakeQueue.consume(queuedRequests),
    },
    runWebhooks: (graceMs, signal) => runWebhooks(webhooks, graceMs, signal),
    watchAlerts: watchOf(config, adapters, webhooks),
    regionKeeper,
    checks: createChecks({ ...looks, ledger, clock, log, rateGate, configured: regions }),
    consume: () => regions.map((region) => queue.consume(region, provisioner)),
  };
}

interface Provisioning {
  readonly adapters: Adapters;
  readonly regionKeeper: RegionKeeper;
}

function provisionerOf(
  { retry: policy, checks }: Config,
  { clock, log, metrics }: ComposeContext,
  { adapters: { ledger, gateway, rateGate }, regionKeeper: regions }: Provisioning,
): JobHandler {
  const random = Math.random;
  return createProvisioner({
    ...{ ledger, gateway, rateGate, regions },
    ...{ clock, log, metrics, random, policy, checks },
  });
}

function looksOf(
  { checks: policy }: Config,
  { clock, log, metrics }: ComposeContext,
  { adapters: { ledger, gateway }, regionKeeper: regions }: Provisioning,
): LookDeps & { readonly ledger: Adapters['ledger'] } {
  const { renewalsMax } = policy;
  return { ledger, gateway, regions, clock, log, metrics, policy, renewalsMax };
}

function webhooksOf(
  { webhook, publicUrl = '', environment, proxies }: Config,
  { clock, log, metrics }: ComposeContext,
  { ledger }: Adapters,
): WebhookDeps {
  const { secrets, callbackAllowHosts: allowHosts, timeoutMs, backoffBaseMs } = webhook;
  const userAgent = `eventbridge-partner-onboarding/${packageVersion()}`;
  return {
    ledger,
    send: createSender({ secrets, allowHosts, timeoutMs, userAgent, clock, proxies }),
    timeoutMs,
    clock,
    random: Math.random,
    policy: { backoffBaseMs },
    site: { url: publicUrl, environment },
    log,
    metrics,
  };
}

function watchOf(
  { alert: { url, failuresAbove }, regions }: Config,
  { ledger, queue }: Adapters,
  webhooks: WebhookDeps,
): Service['watchAlerts'] {
  if (url === undefined) return undefined;
  const deps = {
    ...webhooks,
    ledger,
    queue,
    circuits: queue.circuits,
    note: queue.outageNote,
    regions,
    failuresAbove,
    alertUrl: url,
    host: hostname(),
    holder: randomBytes(12).toString('hex'),
    randomBytes,
  };
  return (signal) => watchAlerts(deps, signal);
}
