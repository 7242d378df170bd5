import type { FastifyInstance } from 'fastify';
import type { Region } from '../../../domain/region.ts';
import type { Ledger } from '../../../ports.ts';
import { VIEWED } from '../../security.ts';
import { hrefOf, readPage } from '../../query.ts';
import type { Respond } from '../../page.ts';
import { readFilters } from './filters.ts';
import { onboardingsPage } from './view.tsx';

export interface OnboardingsDeps {
  readonly ledger: Pick<Ledger, 'list'>;
  readonly regions: readonly Region[];
}

/** All onboardings, newest first, by whatever the address says. */
export function onboardingsRoute(
  app: FastifyInstance,
  { ledger, regions, respond }: OnboardingsDeps & { respond: Respond },
): void {
  app.get('/onboardings', VIEWED, async (request, reply) => {
    const filters = readFilters(request.query);
    const page = await readPage((from) => ledger.list(filters.filter, from), filters.cursor);
    if (page === undefined) return reply.redirect(hrefOf('/onboardings', filters.given), 303);
    return respond(request, reply, onboardingsPage({ ...filters, page, regions }));
  });
}
