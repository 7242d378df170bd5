/**
 * The console: server-rendered pages over the same use cases as the API. src/api/http/auth.ts checks every route's `access`.
 * Pages work without JavaScript, but for sending a file; with it they update live (src/console/live.ts).
 */
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import { loadAssets } from './assets.ts';
import { carriesCsrf } from './security.ts';
import type { ConsoleDeps, PagesDeps } from './deps.ts';
import { createHealth } from './health.ts';
import { liveRoute } from './live.ts';
import { LOGIN_PATH, loginPages } from './pages/login.tsx';
import { onboardingActions } from './pages/onboarding/actions.tsx';
import { onboardingRoute } from './pages/onboarding/route.ts';
import { onboardingsRoute } from './pages/onboardings/view.tsx';
import { auditRoute } from './pages/audit/view.tsx';
import { deliveriesRoutes } from './pages/deliveries/route.tsx';
import { failuresRoute } from './pages/failures/view.tsx';
import { importsRoutes } from './pages/imports/route.tsx';
import { overviewRoute } from './pages/overview/view.tsx';
import { replaysRoutes } from './pages/replays/route.tsx';
import { problemPage, type ShownProblem } from './pages/problem.tsx';
import { regionsRoute } from './pages/regions/view.tsx';
import { cancelSelected } from './pages/onboardings/cancel-selected.tsx';
import { startReplayAction } from './pages/replays/start.tsx';
import { runbooksRoute } from './pages/runbooks/route.tsx';
import { settingsRoute } from './pages/settings/route.tsx';
import { themeAction } from './cookies.ts';
import { createRespond } from './respond.tsx';

export interface Console {
  /** Where people log in. */
  readonly loginPath: string;
  /** Adds every page to the app. */
  register(app: FastifyInstance): Promise<void>;
  /** Says in a page what went wrong. */
  sendProblemPage(request: FastifyRequest, reply: FastifyReply, problem: ShownProblem): FastifyReply;
}

export async function createConsole(deps: ConsoleDeps): Promise<Console> {
  const assets = await loadAssets();
  const health = createHealth(deps);
  const respond = createRespond({ ...deps.site, assets: assets.urls }, health, deps.operator.clock);
  const pagesDeps: PagesDeps = { ...deps, health, respond };
  return {
    loginPath: LOGIN_PATH,
    sendProblemPage(request, reply, problem) {
      if (problem.status === 503) reply.header('retry-after', 2);
      return respond(request, reply, problemPage(problem, request.url));
    },
    async register(app) {
      // The content type parser and the hooks below hold for these routes alone.
      await app.register((scope, _options, done) => {
        registerFormBody(scope);
        scope.addHook('preHandler', async (request, reply) => {
          const changes = request.method !== 'GET' && request.method !== 'HEAD';
          if (changes && !carriesCsrf(request))
            return respond(request, reply, problemPage(FORGED, request.url));
        });
        assets.register(scope);
        loginPages(scope, pagesDeps);
        themeAction(scope);
        liveRoute(scope, pagesDeps);
        overviewRoute(scope, pagesDeps);
        onboardingsRoute(scope, pagesDeps);
        onboardingRoute(scope, pagesDeps);
        onboardingActions(scope, pagesDeps);
        startReplayAction(scope, pagesDeps);
        cancelSelected(scope, pagesDeps);
        deliveriesRoutes(scope, pagesDeps);
        auditRoute(scope, pagesDeps);
        regionsRoute(scope, pagesDeps);
        failuresRoute(scope, pagesDeps);
        replaysRoutes(scope, pagesDeps);
        importsRoutes(scope, pagesDeps);
        runbooksRoute(scope, pagesDeps);
        settingsRoute(scope, pagesDeps);
        done();
      });
    },
  };
}

const FORM_MAX_BYTES = 32_768;

/** Reads what a form sends, and nothing else; of a field that comes twice the last one counts. */
function registerFormBody(app: FastifyInstance): void {
  app.removeAllContentTypeParsers();
  app.addContentTypeParser(
    'application/x-www-form-urlencoded',
    { parseAs: 'string', bodyLimit: FORM_MAX_BYTES },
    (_request, body, done) => done(null, Object.fromEntries(new URLSearchParams(String(body)))),
  );
}

const FORGED: ShownProblem = {
  status: 403,
  code: 'forbidden',
  title: 'The form is not from this login',
  detail: 'The form’s CSRF token is missing or not yours. Reload the page and submit the form again.',
};
