import { randomBytes } from 'node:crypto';
import { join } from 'node:path';
import { createApp, type App } from '../api/app.ts';
import { createCallerThrottles } from '../api/caller-throttles.ts';
import { createConsole, type Console, type ConsoleDeps } from '../console/console.ts';
import { mountRawQueues, QUEUES_PATH } from '../console/raw-queues.ts';
import type { Intake } from '../intake/accept.ts';
import { createFollowing } from '../operations/following.ts';
import { createWaiting } from '../operations/wait.ts';
import type { Log } from '../ports.ts';
import type { ApiToken } from '../runtime/api-token.ts';
import type { Config } from '../runtime/config.ts';
import { describeConfig } from '../runtime/describe-config.ts';
import { keepToken } from '../runtime/kept-token.ts';
import { packageVersion } from '../runtime/package-version.ts';
import type { ComposeContext } from './context.ts';
import { loginsOf } from './create-logins.ts';
import type { Ground } from './ground.ts';
import type { Sight } from './sight.ts';

interface HttpParts {
  readonly ground: Ground;
  readonly sight: Sight;
  readonly intake: Intake;
}

/** The HTTP interface over the use cases that it calls. */
export async function createHttpApp(
  config: Config,
  context: ComposeContext,
  { ground, sight, intake }: HttpParts,
): Promise<App> {
  const { clock, log, metrics, stopping } = context;
  const { ledger } = ground;
  const following = createFollowing({ feed: ledger.events, clock, log });
  const { callbackAllowHosts } = config.webhook;
  const rules = { partner: config.partner, regions: config.regions, callbackAllowHosts };
  const tokens = await tokensOf(config, log);
  const actions = actionsOf(config, context, ground);
  const people = {
    ...(await loginsOf(config, context, { tokens, ledger })),
    throttles: createCallerThrottles({ log, ratePerSecond: config.httpRatePerSecond }),
  };
  const app = await createApp({
    ...people,
    tokens,
    console: await consoleOf(config, context, {
      ...people,
      ...actions,
      regionActions: actions.regions,
      overview: { ...actions.regions, clock },
      tokens,
      ledger,
      following,
      ...sight,
    }),
    trustProxy: config.trustProxy,
    log,
    ...sight,
    metrics,
    ledger,
    intake,
    imports: { intake, ledger, clock, metrics, randomBytes, stopping },
    waiting: createWaiting({ ledger, following, clock }, stopping),
    events: { feed: ledger.events, following, clock },
    rules,
    ...actions,
    stats: actions.regions,
    doctor: { ...actions.regions, checkups: ground.checkups },
    clock,
    figures: { ledger, clock },
    quotaPerSecond: config.quotaPerSecond,
    publicUrl: config.publicUrl ?? context.url ?? '/',
    stopping,
    mounts: [rawQueuesOf(config, ground)],
  });
  await app.ready();
  context.closers.add('HTTP app', () => app.close());
  return app;
}

/** What operators do, by the API and in the console alike. */
function actionsOf({ regions }: Config, { clock, log }: ComposeContext, ground: Ground) {
  const { ledger, queue } = ground;
  return {
    replay: { ...ground, clock, log },
    replays: { ledger, clock, log, randomBytes },
    replayDelivery: { ledger, clock, log },
    cancel: { ...ground, clock, log },
    regions: { ledger, queue, circuits: queue.circuits, regions, rateGate: ground.rateGate, clock, log },
  };
}

type ConsoleParts = Pick<
  ConsoleDeps,
  | 'tokens'
  | 'logins'
  | 'loginLink'
  | 'throttles'
  | 'ledger'
  | 'replay'
  | 'replays'
  | 'cancel'
  | 'replayDelivery'
  | 'regionActions'
  | 'overview'
  | 'following'
  | 'readiness'
>;

function consoleOf(
  config: Config,
  { clock, log, stopping }: ComposeContext,
  parts: ConsoleParts,
): Promise<Console> {
  return createConsole({
    ...parts,
    stopping,
    clock,
    log,
    regions: config.regions,
    quotaPerSecond: config.quotaPerSecond,
    described: describeConfig(config),
    site: { awsMode: config.awsMode, environment: config.environment, version: packageVersion() },
  });
}

async function tokensOf(config: Config, log: Log): Promise<readonly ApiToken[]> {
  if (config.apiTokens !== undefined) return config.apiTokens;
  const token = await keepToken(config.dataDir);
  log.info(
    { token_file: join(config.dataDir, 'admin-token') },
    'API_TOKENS is unset: the admin token is in this file.',
  );
  return [token];
}

function rawQueuesOf(config: Config, { queue, intakeQueue }: Ground) {
  return {
    path: QUEUES_PATH,
    register: (mounted: App): Promise<void> =>
      mountRawQueues(mounted, [...queue.rawQueues(), intakeQueue.raw], boardTitle(config)),
  };
}

function boardTitle(config: Config): string {
  return ['onboard', config.environment, config.awsMode === 'sandbox' ? 'sandbox' : undefined]
    .filter((part) => part !== undefined)
    .join(' · ');
}
