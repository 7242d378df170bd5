/**
 * The HTTP interface: a Fastify app whose registration order is the story. It knows routes, schemas, tokens and
 * problem documents; what a call does is a use case's business. Made by src/compose.ts, and by tests without a port.
 */
import { fastify, type FastifyInstance, type FastifyRequest } from 'fastify';
import { validatorCompiler } from 'fastify-type-provider-zod';
import type { RequestRules } from '../../domain/onboarding-request.ts';
import type { Intake } from '../../intake/accept.ts';
import type { CheckNowDeps } from '../../lifecycle/check-now.ts';
import type { Following } from '../../operations/following.ts';
import type { OperatorDeps } from '../../operations/operator-deps.ts';
import type { Waiting } from '../../operations/wait.ts';
import type { Log, Metrics } from '../../ports.ts';
import type { EventFeed } from '../../ports/event-feed.ts';
import { auditRoutes } from '../routes/audit.ts';
import { checkOnboardingRoute } from '../routes/check-onboarding.ts';
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
import { registerAuth, type AuthOptions } from './auth.ts';
import { registerBasePath, withoutBasePath } from './base-path.ts';
import { registerBodyBudget, registerBodyPace } from './body-limits.ts';
import { registerJsonBody } from './body.ts';
import { trustProxyOption, type ProxyTrust } from './client-address.ts';
import { DOCS_PATH, registerDocsPage } from './docs-page.ts';
import type { UploadDeps } from './import-upload.ts';
import { answerUnroutable, registerErrors } from './errors.ts';
import { registerOpenApi } from './openapi.ts';
import { SAFE_HEADERS, type ProblemPages } from './problem.ts';
import type { SchemaTypes, TypedApp } from './typed-app.ts';

export interface AppDeps {
  readonly access: AuthOptions['access'];
  readonly trustProxy: ProxyTrust;
  /** Address under which callers reach the service. */
  readonly publicUrl: string;
  /** The path of that address: src/api/http/base-path.ts. */
  readonly basePath: string;
  readonly operator: OperatorDeps;
  readonly metrics: Metrics;
  readonly observability: Observability;
  readonly intake: Intake;
  /** What requests are checked against, but for the lane. */
  readonly rules: Omit<RequestRules, 'defaultLane'>;
  readonly uploads: UploadDeps;
  readonly checkNow: CheckNowDeps;
  readonly waiting: Waiting;
  readonly feed: Pick<EventFeed, 'read'>;
  readonly following: Following;
  /** Pages for people; each of their routes says who may see it. */
  readonly console: ProblemPages & {
    readonly loginPath: string;
    register(app: FastifyInstance): Promise<void>;
  };
  /** Pages that are read-only for everyone, behind the same tokens. */
  readonly rawQueues: { readonly path: string; register(app: FastifyInstance): Promise<void> };
}

/** What others hold of the app, so that no other room has to name Fastify. */
export type App = FastifyInstance;

const BODY_MAX_BYTES = 1_048_576;

export async function createApp(deps: AppDeps): Promise<App> {
  const { operator, console, rawQueues, publicUrl, basePath } = deps;
  const app = fastify({
    bodyLimit: BODY_MAX_BYTES,
    trustProxy: trustProxyOption(deps.trustProxy),
    frameworkErrors: answerUnroutable,
    // One wide line per attempt is the log; a line per request would drown it.
    logger: false,
    routerOptions: { maxParamLength: 256 },
    rewriteUrl: ({ url = '/' }) => withoutBasePath(url, basePath),
  });
  app.setValidatorCompiler(validatorCompiler);
  answerAsJson(app);
  registerBasePath(app, basePath);
  countAnswers(app, deps.metrics, rawQueues.path);
  registerErrors(app, { log: operator.log, pages: console, regions: operator.regions });
  registerBodyPace(app);
  registerJsonBody(app);
  registerAuth(app, {
    access: deps.access,
    pages: console,
    loginPath: console.loginPath,
    publicUrl,
    openMount: DOCS_PATH,
    readOnlyMount: rawQueues.path,
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
  await rawQueues.register(app);
  return app;
}

function registerRoutes(app: TypedApp, deps: AppDeps): void {
  const { operator, intake, rules, metrics, waiting, feed, following } = deps;
  const { ledger, log, clock, stopping } = operator;
  healthRoutes(app, deps.observability, 'view');
  createOnboardingsRoutes(app, { intake, metrics, rules: { ...rules, defaultLane: 'live' } });
  onboardingsRoutes(app, { ledger, waiting });
  onboardingActionsRoutes(app, operator);
  checkOnboardingRoute(app, deps.checkNow);
  importsRoutes(app, { ...deps.uploads, ledger });
  replaysRoutes(app, operator);
  deliveriesRoutes(app, operator);
  regionsRoutes(app, operator);
  auditRoutes(app, operator);
  eventsRoutes(app, { feed, following, clock, log, metrics, stopping });
  figuresRoutes(app, operator);
  doctorRoutes(app, operator);
  // Open to all, and always the same: written once.
  let document: string | undefined;
  app.get('/openapi.json', { config: { access: 'open' }, schema: { hide: true } }, (_request, reply) =>
    reply.type('application/json; charset=utf-8').send((document ??= JSON.stringify(app.swagger()))),
  );
}

/** What a process shows on its metrics port, without a token: metrics and health. */
export async function createSideApp({
  log,
  observability,
}: { log: Log } & Pick<AppDeps, 'observability'>): Promise<App> {
  const app = fastify({ logger: false });
  // Nothing here takes a body, and none is read: not even where an address is unknown.
  app.removeAllContentTypeParsers();
  answerAsJson(app);
  registerErrors(app, { log, pages: undefined, regions: [] });
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
 * under the mount is one row of it, or strangers could fill the memory with names.
 */
function countAnswers(app: FastifyInstance, metrics: Pick<Metrics, 'httpAnswered'>, mount: string): void {
  const placeOf = (request: FastifyRequest): { method: string; route: string } => {
    const route = request.routeOptions.url;
    if (route === undefined) return { method: 'any', route: 'unknown' };
    return { method: request.method, route: route.startsWith(mount) ? mount : route };
  };
  app.addHook('onResponse', (request, reply, done) => {
    const { method, route } = placeOf(request);
    metrics.httpAnswered({ method, route, status: reply.statusCode }, reply.elapsedTime);
    done();
  });
}
