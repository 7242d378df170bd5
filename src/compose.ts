/**
 * The composition root: the one file that knows every adapter and use case. Opens what the configuration asks
 * for in the order in which one needs the other, and closes it in reverse. Called by workers/main.ts alone.
 */
import { randomBytes } from 'node:crypto';
import { join, resolve } from 'node:path';
import { createApp, type App } from './api/app.ts';
import { createPartnerGateway } from './aws/partner-gateway.ts';
import { mountRawQueues, QUEUES_PATH } from './console/raw-queues.ts';
import { createIntake } from './intake/accept.ts';
import type { OpenLedger } from './ledger/ledger.ts';
import { openLedger } from './ledger/open-ledger.ts';
import { createRescue, type Rescue } from './maintenance/rescue.ts';
import { readReadiness } from './operations/readiness.ts';
import { createWaiting } from './operations/wait.ts';
import type { Clock, JobConsumer, Log, PartnerGateway, RateGate } from './ports.ts';
import { createProvisioner } from './provisioning/provision.ts';
import { startEmbeddedRedis } from './queue/embedded-redis.ts';
import { createJobQueue, type BullJobQueue } from './queue/job-queue.ts';
import { queuePrefix } from './queue/queue-keys.ts';
import { createRateGate } from './queue/rate-gate.ts';
import type { ApiToken } from './runtime/api-token.ts';
import type { Closers } from './runtime/closers.ts';
import type { Config } from './runtime/config.ts';
import { acquireDataDirLock, describeHolder } from './runtime/data-dir-lock.ts';
import { keepToken } from './runtime/kept-token.ts';
import { startSandbox } from './sandbox/server.ts';

export interface ComposeContext {
  readonly log: Log;
  readonly clock: Clock;
  /** Everything opened is added here, also when a later step fails. */
  readonly closers: Closers;
  /** Aborts when the process is to stop; opening gives up then. */
  readonly stopping: AbortSignal;
  /** Names the parts of the process that are down. */
  readonly troubles: () => Readonly<Record<string, string>>;
  /** Where HTTP listens, when it does. */
  readonly url: string | undefined;
}

/** What the workers run. */
export interface Service {
  readonly app: App | undefined;
  readonly rescue: Rescue;
  /** One consumer per Region. */
  consume(): readonly JobConsumer[];
}

/** What the service stands on: everything that a use case reaches through a port. */
interface Ground {
  readonly ledger: OpenLedger;
  readonly queue: BullJobQueue;
  readonly rateGate: RateGate;
  readonly gateway: PartnerGateway;
}

/** Another process holds DATA_DIR: starting would lose rows. */
class DataDirHeldError extends Error {
  override readonly name = 'DataDirHeldError';
}

export async function compose(config: Config, context: ComposeContext): Promise<Service> {
  if (usesDataDir(config)) await lockDataDir(config, context);
  const ground = await openGround(config, context);
  const provisioner = createProvisioner({
    ...ground,
    clock: context.clock,
    log: context.log,
    random: Math.random,
    policy: config.retry,
  });
  return {
    app: config.parts.includes('http') ? await createHttpApp(config, context, ground) : undefined,
    rescue: createRescue({ ...ground, clock: context.clock, log: context.log }),
    consume: () => config.regions.map((region) => ground.queue.consume(region, provisioner)),
  };
}

function usesDataDir(config: Config): boolean {
  return (
    config.redisUrl === undefined ||
    config.databaseUrl === undefined ||
    config.apiTokens === undefined ||
    ownsSandbox(config)
  );
}

/** With an endpoint of its own the sandbox runs elsewhere, shared by several processes. */
function ownsSandbox(config: Config): boolean {
  return config.awsMode === 'sandbox' && config.awsEndpoint === undefined;
}

/** A stopping holder needs its stop deadline; one that is still there afterwards is really at work. */
async function lockDataDir(config: Config, { clock, closers, log, stopping }: ComposeContext): Promise<void> {
  const dir = resolve(config.dataDir);
  const lock = await acquireDataDirLock(dir, {
    waitMs: config.stopDeadlineMs + 5_000,
    clock,
    log,
    signal: stopping,
  });
  if (lock.kind === 'refused') {
    throw new DataDirHeldError(
      `DATA_DIR ${dir} is held by ${describeHolder(lock.holder)}. Stop that process, or start this one with another DATA_DIR.`,
    );
  }
  closers.add('DATA_DIR lock', () => lock.release());
}

async function openGround(config: Config, context: ComposeContext): Promise<Ground> {
  const { closers, log } = context;
  const [connection, ledger, aws] = await allOrNothing([
    openRedis(config, context),
    openLedgerOf(config, context),
    openAws(config, context),
  ]);
  const prefix = queuePrefix(config.redisPrefix, ledger.id);
  const rateGate = createRateGate({ connection, prefix, perSecond: config.quotaPerSecond, log });
  closers.add('rate gate', () => rateGate.close());
  const gateway = createPartnerGateway({
    ...aws,
    timeoutMs: config.awsTimeoutMs,
    maxSockets: config.concurrency + 10,
    rateGate,
    log,
    clock: context.clock,
  });
  closers.add('AWS clients', () => gateway.close());
  const { regions, concurrency } = config;
  const queue = await createJobQueue({ connection, prefix, regions, concurrency, log });
  closers.add('queue', () => queue.close());
  return { ledger, queue, rateGate, gateway };
}

/** Waits for all, so that nothing is still opening while an earlier failure is being cleaned up. */
async function allOrNothing<T extends readonly Promise<unknown>[]>(
  opening: readonly [...T],
): Promise<{ -readonly [K in keyof T]: Awaited<T[K]> }> {
  await Promise.allSettled(opening);
  return Promise.all(opening);
}

async function openRedis(
  config: Config,
  { clock, closers, log }: ComposeContext,
): Promise<{ url: string } | { socketPath: string }> {
  if (config.redisUrl !== undefined) return { url: config.redisUrl };
  const redis = await startEmbeddedRedis({ dir: join(config.dataDir, 'redis'), clock, log });
  closers.add('embedded Redis', () => redis.stop());
  return { socketPath: redis.socketPath };
}

async function openLedgerOf(
  config: Config,
  { clock, closers, log, stopping }: ComposeContext,
): Promise<OpenLedger> {
  const place =
    config.databaseUrl === undefined
      ? ({ kind: 'embedded', dir: join(config.dataDir, 'ledger') } as const)
      : ({ kind: 'postgres', url: config.databaseUrl } as const);
  if (place.kind === 'embedded') {
    log.warn(
      {},
      'The ledger is embedded (PGlite): for trials and single hosts. It survives a killed process, not a power cut; set DATABASE_URL for PostgreSQL.',
    );
  }
  const ledger = await openLedger(place, {
    awsMode: config.awsMode,
    partner: config.partner,
    clock,
    log,
    signal: stopping,
  });
  closers.add('ledger', () => ledger.close());
  return ledger;
}

interface AwsAccess {
  readonly endpoint?: string;
  readonly credentials?: { accessKeyId: string; secretAccessKey: string };
}

/** Live: the SDK finds endpoint and credentials by itself. Sandbox: never AWS, whatever the environment holds. */
async function openAws(config: Config, { closers, log }: ComposeContext): Promise<AwsAccess> {
  if (config.awsMode === 'live') return {};
  const credentials = { accessKeyId: 'sandbox', secretAccessKey: 'sandbox' };
  if (config.awsEndpoint !== undefined) return { endpoint: config.awsEndpoint, credentials };
  const sandbox = await startSandbox({ dataDir: join(config.dataDir, 'sandbox') });
  closers.add('sandbox', () => sandbox.close());
  log.warn({ endpoint: sandbox.url }, 'Sandbox mode: no call goes to AWS, and no customer gets a source.');
  return { endpoint: sandbox.url, credentials };
}

async function createHttpApp(config: Config, context: ComposeContext, ground: Ground): Promise<App> {
  const { clock, log, stopping, troubles } = context;
  const { ledger, queue } = ground;
  const intake = createIntake({ ...ground, clock, log, randomBytes });
  const rules = { partner: config.partner, regions: config.regions };
  const app = await createApp({
    tokens: await tokensOf(config, log),
    trustProxy: config.trustProxy,
    log,
    readiness: () => readReadiness({ ...ground, servesHttp: true, troubles, stopping }),
    ledger,
    intake,
    imports: { intake, ledger, clock, randomBytes },
    waiting: createWaiting(ledger, clock, stopping),
    rules,
    replay: { ...ground, clock, log },
    stats: { ledger, queue, regions: config.regions },
    quotaPerSecond: config.quotaPerSecond,
    publicUrl: config.publicUrl ?? context.url ?? '/',
    stopping,
    mounts: [
      {
        path: QUEUES_PATH,
        register: (mounted) => mountRawQueues(mounted, queue.rawQueues(), boardTitle(config)),
      },
    ],
  });
  await app.ready();
  context.closers.add('HTTP app', () => app.close());
  return app;
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

function boardTitle(config: Config): string {
  return ['onboard', config.environment, config.awsMode === 'sandbox' ? 'sandbox' : undefined]
    .filter((part) => part !== undefined)
    .join(' · ');
}
