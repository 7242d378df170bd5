import { randomBytes } from 'node:crypto';
import { createUploads, type UploadDeps } from '../api/http/import-upload.ts';
import { createApp, type App } from '../api/http/server.ts';
import type { Observability } from '../api/routes/health.ts';
import { createConsole } from '../console/console.ts';
import { mountBullBoard, QUEUES_PATH } from '../console/bull-board.ts';
import type { Intake } from '../intake/accept.ts';
import type { CheckNowDeps } from '../lifecycle/check-now.ts';
import { createFollowing } from '../operations/following.ts';
import type { OperatorDeps } from '../operations/operator-deps.ts';
import { createWaiting } from '../operations/wait.ts';
import type { Config } from '../runtime/config.ts';
import { packageVersion } from '../runtime/package.ts';
import type { Adapters } from './adapters.ts';
import type { ComposeContext } from './context.ts';
import { createAccess } from './create-access.ts';

interface HttpParts {
  readonly adapters: Adapters;
  readonly observability: Observability;
  readonly intake: Intake;
  readonly looks: Omit<CheckNowDeps, 'ledger' | 'circuits' | 'stopping'>;
}

/** The HTTP interface and the console over the use cases that they call. */
export async function createHttpApp(
  config: Config,
  context: ComposeContext,
  { adapters, observability, intake, looks }: HttpParts,
): Promise<App> {
  const { clock, log, metrics, stopping } = context;
  const { partner, regions, trustProxy } = config;
  const { ledger, queue } = adapters;
  const following = createFollowing({ feed: ledger.events, clock, log });
  const access = await createAccess(config, context, ledger);
  const operator = operatorOf(config, context, adapters);
  const rules = { partner, regions, callbackAllowHosts: config.webhook.callbackAllowHosts };
  const uploads: UploadDeps = {
    ...{ intake, ledger, clock, log, metrics, randomBytes, stopping },
    rules: { ...rules, defaultLane: 'bulk' },
  };
  const checkNow: CheckNowDeps = { ...looks, ledger, circuits: queue.circuits, stopping };
  const app = await createApp({
    access,
    trustProxy,
    publicUrl: config.publicUrl ?? context.url ?? '/',
    basePath: config.basePath,
    operator,
    metrics,
    observability,
    intake,
    rules,
    uploads,
    checkNow,
    waiting: createWaiting({ ledger, following, clock }, stopping),
    feed: ledger.events,
    following,
    console: await createConsole({
      site: { awsMode: config.awsMode, environment: config.environment, version: packageVersion() },
      access,
      operator,
      checkNow,
      uploads: createUploads(uploads),
      following,
      readiness: observability.readiness,
      settings: config.settings,
    }),
    rawQueues: rawQueuesOf(config, adapters),
  });
  await app.ready();
  context.closers.add('HTTP app', () => app.close());
  return app;
}

function operatorOf(
  { regions, quotaPerSecond }: Config,
  { clock, log, stopping }: ComposeContext,
  { ledger, queue, rateGate, gateway, checkups }: Adapters,
): OperatorDeps {
  return {
    ...{ ledger, queue, circuits: queue.circuits, rateGate, gateway, checkups },
    ...{ regions, quotaPerSecond, clock, log, randomBytes, stopping },
  };
}

function rawQueuesOf(config: Config, { queue, intakeQueue }: Adapters) {
  return {
    path: QUEUES_PATH,
    register: (mounted: App): Promise<void> =>
      mountBullBoard(mounted, [...queue.rawQueues(), intakeQueue.raw], {
        title: boardTitle(config),
        basePath: config.basePath,
      }),
  };
}

function boardTitle(config: Config): string {
  return ['onboard', config.environment, config.awsMode === 'sandbox' ? 'sandbox' : undefined]
    .filter((part) => part !== undefined)
    .join(' · ');
}
