import type { FastifyInstance, InjectOptions, LightMyRequestResponse } from 'fastify';
import { onTestFinished } from 'vitest';
import { compose } from '../../src/compose.ts';
import type { Attempt, Onboarding, Status } from '../../src/domain/onboarding.ts';
import type { Clock } from '../../src/ports.ts';
import { systemClock } from '../../src/runtime/clock.ts';
import { createClosers } from '../../src/runtime/closers.ts';
import { loadConfig, PARTS } from '../../src/runtime/config.ts';
import { createMetrics } from '../../src/runtime/metrics/registry.ts';
import { supervise } from '../../src/runtime/supervisor.ts';
import { startSandbox, type Sandbox } from '../../src/sandbox/server.ts';
import { intakeQueueWorker } from '../../workers/intake-queue.ts';
import { lifecycleWorker } from '../../workers/lifecycle.ts';
import { maintenanceWorker, replaysWorker } from '../../workers/maintenance.ts';
import { provisioningWorker } from '../../workers/provisioning.ts';
import { alertsWorker, webhooksWorker } from '../../workers/webhooks.ts';
import { eventsWorker, presenceWorker } from '../../workers/service.ts';
import { eventually } from './eventually.ts';
import { createTestDatabase } from './postgres.ts';
import { recordingLog } from './recording-log.ts';
import { takeRedisDatabase } from './redis-database.ts';
import { startRedis, type TestRedis } from './redis.ts';

export const TOKENS = {
  signup: 'signup-0123456789',
  viewer: 'viewer-0123456789',
  operator: 'operator-0123456789',
  admin: 'admin-0123456789abc',
} as const;

type Reply = Omit<LightMyRequestResponse, 'json'> & { readonly body: string };

export interface RunningService {
  readonly app: FastifyInstance;
  readonly sandbox: Sandbox;
  readonly redis: Omit<TestRedis, 'socketPath'>;
  /** For whoever shares the database. */
  readonly databaseUrl: string;
  readonly log: ReturnType<typeof recordingLog>;
  /** A call as admin, unless it says otherwise. */
  call(options: InjectOptions & { token?: string | null }): Promise<Reply>;
  post(body: unknown): Promise<Reply>;
  onboarding(id: string): Promise<Onboarding>;
  attempts(id: string): Promise<readonly Attempt[]>;
  /** Waits until the onboarding has one of these statuses. */
  until(id: string, ...statuses: readonly Status[]): Promise<Onboarding>;
  stop(): Promise<void>;
}

export interface RunningOptions {
  readonly env?: Readonly<Record<string, string>>;
  /** Which workers run; none leaves what was accepted in the queue. */
  readonly workers?: readonly ('provisioning' | 'webhooks' | 'maintenance' | 'lifecycle')[];
  /** What the service takes for the time; left out: the machine's. */
  readonly clock?: Clock;
  /** A server of its own for a test that kills, empties or configures it; by default a database of the run's server. */
  readonly redis?: 'shared' | 'private';
  /** Which parts count as running, in this process or another: all, or `workers` and `http` alone. */
  readonly running?: 'all' | 'own';
  /** Puts something between the service and its database: gets the address, gives another. */
  readonly databaseThrough?: (url: string) => string;
  /** DATABASE_DIRECT_URL names the database past `databaseThrough`. */
  readonly direct?: boolean;
  /** Gets the address of the database before the service opens it. */
  readonly beforeStart?: (url: string) => Promise<void>;
  /** Who stops it; by default the test that started it. A file that shares one says `afterAll`. */
  readonly stopWith?: (stop: () => Promise<void>) => void;
}

/**
 * The whole service in this process: real Redis, real PostgreSQL, the sandbox over the wire, and the app without
 * a port. Each has databases of its own, and is gone after the test.
 */
export async function startService({
  env = {},
  workers = ['provisioning', 'maintenance'],
  clock = systemClock,
  redis: whose = 'shared',
  running: signedOn = 'all',
  databaseThrough = (url) => url,
  direct = false,
  beforeStart = () => Promise.resolve(),
  stopWith = onTestFinished,
}: RunningOptions = {}): Promise<RunningService> {
  const log = recordingLog();
  const closers = createClosers(log);
  const stopping = new AbortController();
  const redis = await (whose === 'shared' ? takeRedisDatabase() : startRedis());
  const database = await createTestDatabase();
  await beforeStart(database.url);
  const sandbox = await startSandbox();
  const loaded = loadConfig({
    AWS_MODE: 'sandbox',
    AWS_ENDPOINT_URL_EVENTBRIDGE: sandbox.url,
    REDIS_URL: redis.url,
    DATABASE_URL: databaseThrough(database.url),
    ...(direct ? { DATABASE_DIRECT_URL: database.url } : {}),
    REGIONS: 'us-east-1,eu-west-1',
    API_TOKENS: Object.entries(TOKENS)
      .map(([role, token]) => `${role}:${role}-person:${token}`)
      .join(','),
    SESSION_SECRET: 'login-secret-0123456789-0123456789',
    QUOTA_PER_SECOND: '1000',
    BACKOFF_BASE_MS: '20',
    BACKOFF_CAP_MS: '100',
    AWS_TIMEOUT_MS: '2000',
    ...env,
  });
  if (!loaded.ok) throw new Error(loaded.problems.join('\n'));
  const { config } = loaded;
  const context = {
    log,
    clock,
    metrics: createMetrics({ version: 'test', regions: config.regions, ofProcess: false }),
    closers,
    draining: stopping.signal,
    stopping: stopping.signal,
    troubles: () => ({}),
    tell: () => undefined,
    url: undefined,
  };
  const service = await compose(config, context);
  const { app } = service;
  if (app === undefined) throw new Error('The service has no HTTP part.');
  const surroundings = { clock: systemClock, log, stopDeadlineMs: config.stopDeadlineMs };
  const running = supervise(
    [
      eventsWorker(service),
      presenceWorker(service, {
        clock: systemClock,
        running: () => (signedOn === 'all' ? PARTS : ['http', ...workers]),
      }),
      ...(workers.includes('provisioning') ? [provisioningWorker(service, config.stopDeadlineMs)] : []),
      ...(workers.includes('lifecycle') ? [lifecycleWorker(service)] : []),
      ...(workers.includes('webhooks')
        ? [webhooksWorker(service, config.stopDeadlineMs), ...alertsWorker(service)]
        : []),
      ...(workers.includes('maintenance')
        ? [
            maintenanceWorker(service, surroundings),
            replaysWorker(service, surroundings),
            intakeQueueWorker(service, surroundings),
          ]
        : []),
    ],
    { clock: systemClock, log, signal: stopping.signal, troubles: new Map() },
  );
  let stopped: Promise<void> | undefined;
  const stop = (): Promise<void> =>
    (stopped ??= (async () => {
      stopping.abort();
      await endWithin('its parts', running);
      await endWithin('what it had opened', closers.closeAll());
      await endWithin('the sandbox', sandbox.close());
      await endWithin('Redis', redis.stop());
      await endWithin('the database', database.drop());
    })());
  stopWith(stop);

  const call: RunningService['call'] = async ({ token = TOKENS.admin, ...options }) =>
    app.inject({
      ...options,
      headers: { ...(token === null ? {} : { authorization: `Bearer ${token}` }), ...options.headers },
    });
  const onboarding = async (id: string): Promise<Onboarding> =>
    JSON.parse((await call({ url: `/v1/onboardings/${id}` })).body) as Onboarding;
  return {
    app,
    sandbox,
    redis,
    databaseUrl: database.url,
    log,
    call,
    post: (body) => call({ method: 'POST', url: '/v1/onboardings', payload: body as object }),
    onboarding,
    async attempts(id) {
      const reply = await call({ url: `/v1/onboardings/${id}/attempts` });
      return (JSON.parse(reply.body) as { items: Attempt[] }).items;
    },
    until: (id, ...statuses) =>
      eventually(
        async () => {
          const now = await onboarding(id);
          return statuses.includes(now.status) ? now : undefined;
        },
        { withinMs: 90_000 },
      ),
    stop,
  };
}

let made = 0;

/** A request that is valid; the last segment scripts the sandbox. */
export function request(
  eventName: string,
  more: Readonly<Record<string, unknown>> = {},
): Record<string, unknown> {
  made += 1;
  return {
    account: '000000000101',
    region: 'us-east-1',
    eventNamespace: `test/n${made}`,
    eventName,
    ...more,
  };
}

/** The id in a reply that holds an onboarding. */
export const idOf = (reply: { body: string }): string => (JSON.parse(reply.body) as Onboarding).id;

/** A process is bounded in its stop by STOP_DEADLINE_MS and then ends; here it is said what was late, and the test continues. */
async function endWithin(what: string, end: Promise<void>): Promise<void> {
  let deadline: NodeJS.Timeout | undefined;
  const late = new Promise<'late'>((resolve) => {
    deadline = setTimeout(() => resolve('late'), STOP_WITHIN_MS);
  });
  const how = await Promise.race([end, late]);
  clearTimeout(deadline);
  if (how === 'late')
    console.error(`A service under test stopped, but ${what} had not ended after ${STOP_WITHIN_MS} ms.`);
}

const STOP_WITHIN_MS = 12_000;
