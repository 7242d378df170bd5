import type { FastifyInstance } from 'fastify';
import { readRegionQueues } from '../../../operations/region-queues.ts';
import { VIEWED } from '../../security.ts';
import type { PagesDeps } from '../../deps.ts';
import { regionActions } from './action.tsx';
import { regionsPage } from './view.tsx';

/** Every Region: what holds it, what waits there, and what can be done about it. */
export function regionsRoute(app: FastifyInstance, deps: PagesDeps): void {
  const { regionActions: regions, quotaPerSecond, respond } = deps;
  app.get('/regions', VIEWED, async (request, reply) =>
    respond(request, reply, regionsPage({ regions: await readRegionQueues(regions), quotaPerSecond })),
  );
  regionActions(app, deps);
}
