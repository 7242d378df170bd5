/**
 * Opens what the use cases reach through ports, in the order in which one needs the other; everything opened is added to the
 * closers at once, so that a later failure leaves nothing behind. Called by src/compose.ts alone.
 */
import { hostname } from 'node:os';
import { join, resolve } from 'node:path';
import { createPartnerGateway } from '../aws/partner-gateway.ts';
import type { OpenLedger } from '../ledger/ledger.ts';
import { openLedger } from '../ledger/open-ledger.ts';
import type { PartnerGateway } from '../ports.ts';
import type { Checkup } from '../ports/doctor.ts';
import type { RateGate } from '../ports/rate-gate.ts';
import { startEmbeddedRedis } from '../queue/embedded/embedded-redis.ts';
import { createJobQueue, type BullJobQueue } from '../queue/job-queue.ts';
import { createIntakeQueue, type BullIntakeQueue } from '../queue/intake-queue.ts';
import { queuePrefix } from '../queue/queue-keys.ts';
import { createRateGate } from '../queue/rate/rate-gate.ts';
import type { RedisTarget } from '../queue/redis/connection.ts';
import { PARTS, type Config } from '../runtime/config.ts';
import { createPartsCheckup } from '../operations/doctor.ts';
import { acquireDataDirLock, describeHolder } from '../runtime/data-dir-lock.ts';
import { measureGateway, measureLedger } from '../runtime/metrics/measure.ts';
import { startSandbox } from '../sandbox/server.ts';
import type { ComposeContext } from './context.ts';
import { awsCheckup, SANDBOX_CREDENTIALS, type AwsAccess } from './create-doctor.ts';

/** Everything that a use case reaches through a port. */
export interface Adapters {
  readonly ledger: OpenLedger;
  readonly queue: BullJobQueue;
  readonly intakeQueue: BullIntakeQueue;
  readonly rateGate: RateGate;
  readonly gateway: PartnerGateway;
  /** Looks at each of them, for the doctor. */
  readonly checkups: readonly Checkup[];
}

/** Another process holds DATA_DIR: starting would lose rows. */
class DataDirHeldError extends Error {
  override readonly name = 'DataDirHeldError';
}

export async function openAdapters(config: Config, context: ComposeContext): Promise<Adapters> {
  if (usesDataDir(config)) await lockDataDir(config, context);
  const { closers, log, metrics } = context;
  const [connection, ledger, aws] = await allOrNothing([
    openRedis(config, context),
    openLedgerOf(config, context),
    openAws(config, context),
  ]);
  const prefix = queuePrefix(config.redisPrefix, ledger.id);
  const rateGate = createRateGate({
    connection,
    prefix,
    perSecond: config.quotaPerSecond,
    checksPerSecond: config.checks.perSecond,
    log,
    onTaken: (region, waitedMs) => metrics.slotTaken(region, waitedMs),
  });
  closers.add('rate gate', () => rateGate.close());
  const gateway = createPartnerGateway({
    ...aws,
    timeoutMs: config.awsTimeoutMs,
    // Both lanes of a Region.
    maxSockets: 2 * config.concurrency + 10,
    rateGate,
    log,
    clock: context.clock,
  });
  closers.add('AWS clients', () => gateway.close());
  const { regions, concurrency } = config;
  const queue = await createJobQueue({
    connection,
    prefix,
    regions,
    concurrency,
    log,
    onStalled: (region) => metrics.jobStalled(region),
  });
  closers.add('queue', () => queue.close());
  const intakeQueue = createIntakeQueue({
    connection,
    redisPrefix: config.redisPrefix,
    ledgerId: ledger.id,
    log,
    skipVersionCheck: () => queue.redisReport()?.server === 'unknown',
  });
  closers.add('intake queue', () => intakeQueue.close());
  return {
    ledger: measureLedger(ledger, metrics),
    queue,
    intakeQueue,
    rateGate,
    gateway: measureGateway(gateway, metrics),
    checkups: [
      queue.checkup,
      createPartsCheckup(queue, PARTS),
      ledger.checkup,
      awsCheckup(config, aws, context),
    ],
  };
}

/** Tells an administrator of PostgreSQL or Redis which process a session belongs to: `onboard http@host1`. */
function sessionName({ parts }: Config): string {
  const which = parts.length === PARTS.length ? 'all' : parts.join('+');
  return `onboard ${which}@${hostname().replace(/[^\w.-]/g, '-')}`;
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
    waitMs: config.stopDeadlineMs + config.drainDelayMs + 5_000,
    clock,
    log,
    signal: stopping,
  });
  if (lock.kind === 'refused') {
    throw new DataDirHeldError(
      `DATA_DIR ${dir} is locked by ${describeHolder(lock.holder)}. Stop that process, or use another DATA_DIR.`,
    );
  }
  closers.add('DATA_DIR lock', () => lock.release());
}

/** Waits for all, so that nothing is still opening while an earlier failure is being cleaned up. */
async function allOrNothing<T extends readonly Promise<unknown>[]>(
  opening: readonly [...T],
): Promise<{ -readonly [K in keyof T]: Awaited<T[K]> }> {
  await Promise.allSettled(opening);
  return Promise.all(opening);
}

async function openRedis(config: Config, { clock, closers, log }: ComposeContext): Promise<RedisTarget> {
  // Redis takes no space in a name.
  const name = sessionName(config).replace(' ', ':');
  if (config.redisUrl !== undefined) return { url: config.redisUrl, name };
  const redis = await startEmbeddedRedis({ dir: join(config.dataDir, 'redis'), clock, log });
  closers.add('embedded Redis', () => redis.stop());
  return { socketPath: redis.socketPath, name };
}

async function openLedgerOf(
  config: Config,
  { clock, closers, log, stopping }: ComposeContext,
): Promise<OpenLedger> {
  const place =
    config.databaseUrl === undefined
      ? ({ kind: 'embedded', dir: join(config.dataDir, 'ledger') } as const)
      : ({ kind: 'postgres', url: config.databaseUrl, directUrl: config.databaseDirectUrl } as const);
  if (place.kind === 'embedded') {
    log.warn(
      {},
      'The ledger is embedded (PGlite), for trials and single hosts. It survives a killed process but not a power failure; set DATABASE_URL to use PostgreSQL.',
    );
  }
  const ledger = await openLedger(place, {
    awsMode: config.awsMode,
    partner: config.partner,
    regions: config.regions,
    receivers: { webhookUrl: config.webhook.url, alertUrl: config.alert.url },
    name: sessionName(config),
    clock,
    log,
    signal: stopping,
  });
  closers.add('ledger', () => ledger.close());
  return ledger;
}

/** Live: the SDK finds endpoint and credentials by itself. Sandbox: never AWS, whatever the environment holds. */
async function openAws(config: Config, { closers, log }: ComposeContext): Promise<AwsAccess> {
  if (config.awsMode === 'live') return { proxies: config.proxies };
  const credentials = SANDBOX_CREDENTIALS;
  if (config.awsEndpoint !== undefined)
    return { endpoint: config.awsEndpoint, credentials, proxies: config.proxies };
  const sandbox = await startSandbox({ dataDir: join(config.dataDir, 'sandbox') });
  closers.add('sandbox', () => sandbox.close());
  log.warn({ endpoint: sandbox.url }, 'Sandbox mode: no AWS calls are made and no sources are created.');
  return { endpoint: sandbox.url, credentials };
}
