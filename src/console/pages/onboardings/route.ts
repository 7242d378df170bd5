import type { FastifyInstance } from 'fastify';
import type { PagesDeps } from '../../deps.ts';
import { VIEWED } from '../../security.ts';
import { hrefOf, readPage } from '../../query.ts';
import { readFilters } from './filters.ts';
import { onboardingsPage } from './view.tsx';

/** All onboardings, newest first, by whatever the address says. */
export function onboardingsRoute(app: FastifyInstance, { ledger, regions, respond }: PagesDeps): void {
  app.get('/onboardings', VIEWED, async (request, reply) => {
    const filters = readFilters(request.query);
    const page = await readPage((from) => ledger.list(filters.filter, from), filters.cursor);
    if (page === undefined) return reply.redirect(hrefOf('/onboardings', filters.given), 303);
    return respond(request, reply, onboardingsPage({ ...filters, page, regions }));
  });
}
