import { randomBytes } from 'node:crypto';
import { createApp, type App, type OperatorActions } from '../api/http/server.ts';
import type { Observability } from '../api/routes/health.ts';
import { createConsole, type Console } from '../console/console.ts';
import type { ConsoleDeps } from '../console/deps.ts';
import { mountBullBoard, QUEUES_PATH } from '../console/bull-board.ts';
import type { Intake } from '../intake/accept.ts';
import { createFollowing } from '../operations/following.ts';
import { createWaiting } from '../operations/wait.ts';
import type { Config } from '../runtime/config.ts';
import { describeConfig } from '../runtime/config.ts';
import { packageVersion } from '../runtime/package.ts';
import type { Adapters } from './adapters.ts';
import type { ComposeContext } from './context.ts';
import { createAccess, type Access } from './create-access.ts';

interface HttpParts {
  readonly adapters: Adapters;
  readonly observability: Observability;
  readonly intake: Intake;
}

/** The HTTP interface and the console over the use cases that they call. */
export async function createHttpApp(
  config: Config,
  context: ComposeContext,
  { adapters, observability, intake }: HttpParts,
): Promise<App> {
  const { clock, log, metrics, stopping } = context;
  const { partner, regions, quotaPerSecond, trustProxy } = config;
  const { ledger, queue, rateGate, checkups } = adapters;
  const { circuits } = queue;
  const following = createFollowing({ feed: ledger.events, clock, log });
  const access = await createAccess(config, context, ledger);
  const { tokens, logins, rateLimits } = access;
  const figures = { ledger, queue, circuits, rateGate, regions, clock };
  const actions = actionsOf(config, context, adapters);
  const app = await createApp({
    tokens,
    logins,
    rateLimits,
    trustProxy,
    publicUrl: config.publicUrl ?? context.url ?? '/',
    log,
    clock,
    metrics,
    stopping,
    observability,
    ledger,
    intake,
    imports: { intake, ledger, clock, metrics, randomBytes, stopping },
    rules: { partner, regions, callbackAllowHosts: config.webhook.callbackAllowHosts },
    waiting: createWaiting({ ledger, following, clock }, stopping),
    feed: ledger.events,
    following,
    actions,
    figures,
    doctor: { ledger, queue, circuits, regions, checkups },
    quotaPerSecond,
    console: await createPages(config, context, {
      access,
      ledger,
      actions,
      figures,
      following,
      readiness: observability.readiness,
    }),
    mounts: [rawQueuesOf(config, adapters)],
  });
  await app.ready();
  context.closers.add('HTTP app', () => app.close());
  return app;
}

type Pages = Pick<ConsoleDeps, 'ledger' | 'following' | 'readiness'> & {
  readonly access: Access;
  readonly actions: OperatorActions;
  readonly figures: ConsoleDeps['overview'];
};

function createPages(
  config: Config,
  { clock, log, stopping }: ComposeContext,
  { access, ledger, actions, figures, following, readiness }: Pages,
): Promise<Console> {
  const { regions, quotaPerSecond, awsMode, environment } = config;
  return createConsole({
    tokens: access.tokens,
    logins: access.logins,
    loginLink: access.loginLink,
    throttles: access.rateLimits,
    ledger,
    replay: actions.replay,
    replays: actions.replays,
    cancel: actions.cancel,
    replayDelivery: actions.replayDelivery,
    regionActions: actions.regions,
    overview: figures,
    following,
    readiness,
    stopping,
    clock,
    log,
    regions,
    quotaPerSecond,
    described: describeConfig(config),
    site: { awsMode, environment, version: packageVersion() },
  });
}

/** What operators do, by the API and in the console alike. */
function actionsOf(
  { regions }: Config,
  { clock, log }: ComposeContext,
  { ledger, queue, gateway }: Adapters,
): OperatorActions {
  return {
    replay: { ledger, queue, gateway, clock, log },
    replays: { ledger, clock, log, randomBytes },
    replayDelivery: { ledger, clock, log },
    cancel: { ledger, queue, clock, log },
    regions: { ledger, queue, circuits: queue.circuits, regions, clock, log },
  };
}

function rawQueuesOf(config: Config, { queue, intakeQueue }: Adapters) {
  return {
    path: QUEUES_PATH,
    register: (mounted: App): Promise<void> =>
      mountBullBoard(mounted, [...queue.rawQueues(), intakeQueue.raw], boardTitle(config)),
  };
}

function boardTitle(config: Config): string {
  return ['onboard', config.environment, config.awsMode === 'sandbox' ? 'sandbox' : undefined]
    .filter((part) => part !== undefined)
    .join(' · ');
}
