/**
 * The HTTP interface: a Fastify app whose registration order is the story. It knows routes, schemas, tokens and
 * problem documents; what a call does is a use case's business. Made by src/compose.ts, and by tests without a port.
 */
import { fastify, type FastifyInstance } from 'fastify';
import { validatorCompiler } from 'fastify-type-provider-zod';
import type { RequestRules } from '../domain/onboarding-request.ts';
import type { Intake } from '../intake/accept.ts';
import type { ImportDeps } from '../intake/import-rows.ts';
import type { Waiting } from '../operations/wait.ts';
import type { Clock, Ledger, Log, Metrics } from '../ports.ts';
import type { ApiToken } from '../runtime/api-token.ts';
import type { Logins } from '../runtime/logins.ts';
import { registerAuth } from './auth.ts';
import { registerBodyBudget } from './body-budget.ts';
import { registerBodyPace } from './body-pace.ts';
import { registerJsonBody } from './body.ts';
import type { CallerThrottles } from './caller-throttles.ts';
import { registerHttpMetrics } from './http-metrics.ts';
import { trustProxyOption, type ProxyTrust } from './client-address.ts';
import { answerUnroutable, registerErrors } from './errors.ts';
import { DOCS_PATH, registerDocsPage } from './docs-page.ts';
import { registerOpenApi } from './openapi.ts';
import type { EventStreamsDeps } from './event-streams.ts';
import { eventsRoute } from './routes/events.ts';
import { figuresRoutes } from './routes/figures.ts';
import { healthRoutes } from './routes/health.ts';
import type { Readiness } from '../operations/readiness.ts';
import { createBatchRoute } from './routes/create-batch.ts';
import { createImportRoute } from './routes/create-import.ts';
import { createOnboardingRoute } from './routes/create-onboarding.ts';
import { doctorRoute } from './routes/doctor.ts';
import { deliveryRoutes } from './routes/deliveries.ts';
import { listAttemptsRoute } from './routes/list-attempts.ts';
import { cancelOnboardingRoute } from './routes/cancel-onboarding.ts';
import { auditRoute } from './routes/audit.ts';
import { listOnboardingsRoute } from './routes/list-onboardings.ts';
import { regionRoutes } from './routes/regions.ts';
import { metricsRoute } from './routes/metrics.ts';
import { replayRoutes } from './routes/replays.ts';
import { replayOnboardingRoute } from './routes/replay-onboarding.ts';
import { showImportRoutes } from './routes/show-import.ts';
import { showOnboardingRoute } from './routes/show-onboarding.ts';
import { statsRoutes } from './routes/stats.ts';
import type { ProblemPages } from './pages.ts';
import { SAFE_HEADERS } from './safe-headers.ts';
import type { DoctorDeps } from '../operations/doctor.ts';
import type { CancelDeps } from '../operations/cancel.ts';
import type { ReplayDeps } from '../operations/replay.ts';
import type { ReplaysDeps } from '../operations/replays.ts';
import type { ReplayDeliveryDeps } from '../operations/replay-delivery.ts';
import type { RegionsDeps } from '../operations/regions.ts';
import type { StatsDeps } from '../operations/stats.ts';
import type { FailuresDeps } from '../operations/failures.ts';
import type { FiguresDeps } from '../operations/figures.ts';

export interface AppDeps {
  readonly tokens: readonly ApiToken[];
  readonly trustProxy: ProxyTrust;
  readonly log: Log;
  readonly readiness: () => Promise<Readiness>;
  readonly ledger: Pick<Ledger, 'get' | 'list' | 'attempts' | 'getImport' | 'listDeliveries' | 'listAudit'>;
  readonly intake: Intake;
  readonly imports: ImportDeps;
  readonly waiting: Waiting;
  readonly events: Pick<EventStreamsDeps, 'feed' | 'following' | 'clock'>;
  /** What requests are checked against, but for the lane. */
  readonly rules: Omit<RequestRules, 'defaultLane'>;
  readonly replay: ReplayDeps;
  readonly cancel: CancelDeps;
  readonly replays: ReplaysDeps;
  readonly replayDelivery: ReplayDeliveryDeps;
  readonly regions: RegionsDeps;
  readonly stats: StatsDeps;
  readonly doctor: DoctorDeps;
  readonly clock: Clock;
  readonly figures: FailuresDeps & FiguresDeps;
  readonly quotaPerSecond: number;
  readonly publicUrl: string;
  readonly metrics: Metrics;
  readonly scrape: () => Promise<string>;
  /** Aborts when the process stops. */
  readonly stopping: AbortSignal;
  /** Pages that are read-only for everyone, behind the same tokens: the raw queues. */
  /** Pages for people; each of their routes says who may see it. */
  readonly console: ProblemPages & {
    readonly loginPath: string;
    register(app: FastifyInstance): Promise<void>;
  };
  readonly logins: Pick<Logins, 'find'>;
  readonly throttles: CallerThrottles;
  readonly mounts: readonly { path: string; register: (app: FastifyInstance) => Promise<void> }[];
}

/** What others hold of the app, so that no other room has to name Fastify. */
export type App = FastifyInstance;

const BODY_MAX_BYTES = 1_048_576;

export async function createApp(deps: AppDeps): Promise<App> {
  const app = fastify({
    bodyLimit: BODY_MAX_BYTES,
    trustProxy: trustProxyOption(deps.trustProxy),
    frameworkErrors: answerUnroutable,
    // One wide line per attempt is the log; a line per request would drown it.
    logger: false,
    routerOptions: { maxParamLength: 256 },
  });
  app.setValidatorCompiler(validatorCompiler);
  // Answers are made from typed values: checking each one again would cost more than making it.
  app.setSerializerCompiler(() => (body) => JSON.stringify(body));
  registerHttpMetrics(app, { metrics: deps.metrics, mounts: deps.mounts.map((mount) => mount.path) });
  registerErrors(app, { log: deps.log, pages: deps.console });
  registerBodyPace(app);
  registerJsonBody(app);
  registerAuth(app, {
    ...deps,
    pages: deps.console,
    loginPath: deps.console.loginPath,
    openMounts: [DOCS_PATH],
    readOnlyMounts: deps.mounts.map((mount) => mount.path),
  });
  registerBodyBudget(app);
  await registerOpenApi(app, deps.publicUrl);
  await registerDocsPage(app);
  app.addHook('onSend', async (_request, reply) => {
    // What a page or a file has said of itself holds.
    for (const [name, value] of Object.entries(SAFE_HEADERS))
      if (!reply.hasHeader(name)) reply.header(name, value);
  });

  app.register(healthRoutes, { readiness: deps.readiness });
  app.register(metricsRoute, { scrape: deps.scrape, access: 'view' });
  app.register(createOnboardingRoute, { ...deps, rules: { ...deps.rules, defaultLane: 'live' } });
  app.register(createBatchRoute, { ...deps, rules: { ...deps.rules, defaultLane: 'live' } });
  app.register(showOnboardingRoute, { ledger: deps.ledger, waiting: deps.waiting });
  app.register(listOnboardingsRoute, { ledger: deps.ledger });
  app.register(listAttemptsRoute, { ledger: deps.ledger });
  app.register(createImportRoute, { deps: deps.imports, rules: { ...deps.rules, defaultLane: 'bulk' } });
  app.register(showImportRoutes, { ledger: deps.ledger });
  app.register(replayOnboardingRoute, { deps: deps.replay, stopping: deps.stopping });
  app.register(cancelOnboardingRoute, { deps: deps.cancel });
  app.register(replayRoutes, { deps: deps.replays });
  app.register(deliveryRoutes, { ledger: deps.ledger, replay: deps.replayDelivery });
  app.register(regionRoutes, { deps: deps.regions });
  app.register(auditRoute, { ledger: deps.ledger });
  app.register(eventsRoute, { deps: { ...deps, ...deps.events } });
  app.register(doctorRoute, { deps: deps.doctor, clock: deps.clock });
  app.register(statsRoutes, { deps: deps.stats, quotaPerSecond: deps.quotaPerSecond });
  app.register(figuresRoutes, { deps: deps.figures });
  // Open to everybody, and always the same: written once.
  let document: string | undefined;
  app.get('/openapi.json', { config: { access: 'open' }, schema: { hide: true } }, (_request, reply) =>
    reply.type('application/json; charset=utf-8').send((document ??= JSON.stringify(app.swagger()))),
  );
  await deps.console.register(app);
  for (const mount of deps.mounts) await mount.register(app);
  return app;
}
