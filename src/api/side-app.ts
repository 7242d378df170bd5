import { fastify } from 'fastify';
import type { Readiness } from '../operations/readiness.ts';
import type { Log } from '../ports.ts';
import type { App } from './app.ts';
import { registerErrors } from './errors.ts';
import { healthRoutes } from './routes/health.ts';
import { metricsRoute } from './routes/metrics.ts';

/** What a process shows of itself on a port of its own, to whoever reaches it: figures and health. */
export async function createSideApp(deps: {
  readonly log: Log;
  readonly readiness: () => Promise<Readiness>;
  readonly scrape: () => Promise<string>;
}): Promise<App> {
  const app = fastify({ logger: false });
  // Nothing here takes a body, and none is read: not even where an address is unknown.
  app.removeAllContentTypeParsers();
  app.setSerializerCompiler(() => (body) => JSON.stringify(body));
  registerErrors(app, { log: deps.log, pages: undefined });
  app.register(healthRoutes, { readiness: deps.readiness });
  app.register(metricsRoute, { scrape: deps.scrape, access: 'open' });
  await app.ready();
  return app;
}
