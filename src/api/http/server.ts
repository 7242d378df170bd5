/**
 * The HTTP interface: a Fastify app whose registration order is the story. It knows routes, schemas, tokens and
 * problem documents; what a call does is a use case's business. Made by src/compose.ts, and by tests without a port.
 */
import { fastify, type FastifyInstance, type FastifyRequest } from 'fastify';
import { validatorCompiler } from 'fastify-type-provider-zod';
import type { RequestRules } from '../../domain/onboarding-request.ts';
import type { Intake } from '../../intake/accept.ts';
import type { ImportDeps } from '../../intake/import-rows.ts';
import type { CancelDeps } from '../../operations/cancel.ts';
import type { DoctorDeps } from '../../operations/doctor.ts';
import type { FailuresDeps } from '../../operations/failures.ts';
import type { FiguresDeps } from '../../operations/figures.ts';
import type { Following } from '../../operations/following.ts';
import type { RegionsDeps } from '../../operations/regions.ts';
import type { ReplayDeliveryDeps } from '../../operations/replay-delivery.ts';
import type { ReplayDeps } from '../../operations/replay.ts';
import type { ReplaysDeps } from '../../operations/replays.ts';
import type { StatsDeps } from '../../operations/stats.ts';
import type { Waiting } from '../../operations/wait.ts';
import type { Clock, EventFeed, Ledger, Log, Metrics } from '../../ports.ts';
import type { ApiToken } from '../../runtime/api-token.ts';
import type { Logins } from '../../runtime/logins.ts';
import { auditRoutes } from '../routes/audit.ts';
import { createOnboardingsRoutes } from '../routes/create-onboardings.ts';
import { deliveriesRoutes } from '../routes/deliveries.ts';
import { eventsRoutes } from '../routes/events.ts';
import { figuresRoutes } from '../routes/figures.ts';
import { doctorRoutes, healthRoutes, type Observability } from '../routes/health.ts';
import { importsRoutes } from '../routes/imports.ts';
import { onboardingActionsRoutes } from '../routes/onboarding-actions.ts';
import { onboardingsRoutes } from '../routes/onboardings.ts';
import { regionsRoutes } from '../routes/regions.ts';
import { replaysRoutes } from '../routes/replays.ts';
import { registerAuth } from './auth.ts';
import { registerBodyBudget, registerBodyPace } from './body-limits.ts';
import { registerJsonBody } from './body.ts';
import { trustProxyOption, type ProxyTrust } from './client-address.ts';
import { DOCS_PATH, registerDocsPage } from './docs-page.ts';
import { answerUnroutable, registerErrors } from './errors.ts';
import { registerOpenApi } from './openapi.ts';
import { SAFE_HEADERS, type ProblemPages } from './problem.ts';
import type { RateLimits } from './rate-limits.ts';
import type { SchemaTypes, TypedApp } from './typed-app.ts';

/** What operators do. */
export interface OperatorActions {
  readonly replay: ReplayDeps;
  readonly cancel: CancelDeps;
  readonly replays: ReplaysDeps;
  readonly replayDelivery: ReplayDeliveryDeps;
  readonly regions: RegionsDeps;
}

export interface AppDeps {
  readonly tokens: readonly ApiToken[];
  readonly logins: Pick<Logins, 'find'>;
  readonly rateLimits: RateLimits;
  readonly trustProxy: ProxyTrust;
  /** Address under which callers reach the service. */
  readonly publicUrl: string;
  readonly log: Log;
  readonly clock: Clock;
  readonly metrics: Metrics;
  /** Aborts when the process stops. */
  readonly stopping: AbortSignal;
  readonly observability: Observability;
  readonly ledger: Pick<Ledger, 'get' | 'list' | 'attempts' | 'getImport' | 'listDeliveries' | 'listAudit'>;
  readonly intake: Intake;
  readonly imports: ImportDeps;
  /** What requests are checked against, but for the lane. */
  readonly rules: Omit<RequestRules, 'defaultLane'>;
  readonly waiting: Waiting;
  readonly feed: Pick<EventFeed, 'read'>;
  readonly following: Following;
  readonly actions: OperatorActions;
  readonly figures: StatsDeps & FailuresDeps & FiguresDeps;
  readonly doctor: DoctorDeps;
  readonly quotaPerSecond: number;
  /** Pages for people; each of their routes says who may see it. */
  readonly console: ProblemPages & {
    readonly loginPath: string;
    register(app: FastifyInstance): Promise<void>;
  };
  /** Pages that are read-only for everyone, behind the same tokens: the raw queues. */
  readonly mounts: readonly { path: string; register: (app: FastifyInstance) => Promise<void> }[];
}

/** What others hold of the app, so that no other room has to name Fastify. */
export type App = FastifyInstance;

const BODY_MAX_BYTES = 1_048_576;

export async function createApp(deps: AppDeps): Promise<App> {
  const { log, console, mounts, publicUrl } = deps;
  const app = fastify({
    bodyLimit: BODY_MAX_BYTES,
    trustProxy: trustProxyOption(deps.trustProxy),
    frameworkErrors: answerUnroutable,
    // One wide line per attempt is the log; a line per request would drown it.
    logger: false,
    routerOptions: { maxParamLength: 256 },
  });
  app.setValidatorCompiler(validatorCompiler);
  answerAsJson(app);
  const mountPaths = mounts.map(({ path }) => path);
  countAnswers(app, deps.metrics, mountPaths);
  registerErrors(app, { log, pages: console });
  registerBodyPace(app);
  registerJsonBody(app);
  registerAuth(app, {
    tokens: deps.tokens,
    logins: deps.logins,
    rateLimits: deps.rateLimits,
    pages: console,
    loginPath: console.loginPath,
    publicUrl,
    openMounts: [DOCS_PATH],
    readOnlyMounts: mountPaths,
  });
  registerBodyBudget(app);
  await registerOpenApi(app, publicUrl);
  app.addHook('onSend', (_request, reply) => {
    // What a page or a file has said of itself holds.
    for (const [name, value] of Object.entries(SAFE_HEADERS))
      if (!reply.hasHeader(name)) reply.header(name, value);
    return Promise.resolve();
  });
  await registerDocsPage(app);
  registerRoutes(app.withTypeProvider<SchemaTypes>(), deps);
  await console.register(app);
  for (const mount of mounts) await mount.register(app);
  return app;
}

function registerRoutes(app: TypedApp, deps: AppDeps): void {
  const { ledger, intake, rules, metrics, log, clock, stopping, waiting, actions } = deps;
  const { cancel, replay } = actions;
  healthRoutes(app, deps.observability, 'view');
  createOnboardingsRoutes(app, { intake, metrics, rules: { ...rules, defaultLane: 'live' } });
  onboardingsRoutes(app, { ledger, waiting });
  onboardingActionsRoutes(app, { cancel, replay, stopping });
  importsRoutes(app, { imports: deps.imports, ledger, rules: { ...rules, defaultLane: 'bulk' } });
  replaysRoutes(app, actions.replays);
  deliveriesRoutes(app, { ledger, replay: actions.replayDelivery });
  regionsRoutes(app, actions.regions);
  auditRoutes(app, { ledger });
  eventsRoutes(app, { feed: deps.feed, following: deps.following, clock, log, metrics, stopping });
  figuresRoutes(app, { figures: deps.figures, quotaPerSecond: deps.quotaPerSecond });
  doctorRoutes(app, { deps: deps.doctor, clock });
  // Open to everybody, and always the same: written once.
  let document: string | undefined;
  app.get('/openapi.json', { config: { access: 'open' }, schema: { hide: true } }, (_request, reply) =>
    reply.type('application/json; charset=utf-8').send((document ??= JSON.stringify(app.swagger()))),
  );
}

/** What a process shows of itself on a port of its own, to whoever reaches it: figures and health. */
export async function createSideApp({
  log,
  observability,
}: Pick<AppDeps, 'log' | 'observability'>): Promise<App> {
  const app = fastify({ logger: false });
  // Nothing here takes a body, and none is read: not even where an address is unknown.
  app.removeAllContentTypeParsers();
  answerAsJson(app);
  registerErrors(app, { log, pages: undefined });
  healthRoutes(app.withTypeProvider<SchemaTypes>(), observability, 'open');
  await app.ready();
  return app;
}

/** Answers are made from typed values: checking each one again would cost more than making it. */
function answerAsJson(app: FastifyInstance): void {
  app.setSerializerCompiler(() => (body) => JSON.stringify(body));
}

/**
 * Counts every answer under its route's pattern. What matched no route is one row whatever was asked for, and what lies
 * under a mount is one row of it, or strangers could fill the memory with names.
 */
function countAnswers(
  app: FastifyInstance,
  metrics: Pick<Metrics, 'httpAnswered'>,
  mounts: readonly string[],
): void {
  const placeOf = (request: FastifyRequest): { method: string; route: string } => {
    const route = request.routeOptions.url;
    if (route === undefined) return { method: 'any', route: 'unknown' };
    return { method: request.method, route: mounts.find((mount) => route.startsWith(mount)) ?? route };
  };
  app.addHook('onResponse', (request, reply, done) => {
    const { method, route } = placeOf(request);
    metrics.httpAnswered({ method, route, status: reply.statusCode }, reply.elapsedTime);
    done();
  });
}
