import type { FastifyInstance } from 'fastify';
import type { Region } from '../../../domain/region.ts';
import { InvalidCursorError } from '../../../domain/unavailable.ts';
import type { Ledger } from '../../../ports.ts';
import { VIEWED } from '../../access.ts';
import type { Respond } from '../../respond.tsx';
import { listHref, readFilters, type Filters } from './filters.ts';
import { onboardingsPage } from './view.tsx';

export interface OnboardingsDeps {
  readonly ledger: Pick<Ledger, 'list'>;
  readonly regions: readonly Region[];
}

const PER_PAGE = 50;

/** All onboardings, newest first, by whatever the address says. */
export function onboardingsRoute(
  app: FastifyInstance,
  { ledger, regions, respond }: OnboardingsDeps & { respond: Respond },
): void {
  app.get('/onboardings', VIEWED, async (request, reply) => {
    const filters = readFilters(request.query);
    const page = await readPage(ledger, filters);
    if (page === undefined) return reply.redirect(listHref(filters.given), 303);
    return respond(request, reply, onboardingsPage({ ...filters, page, regions }));
  });
}

/** Undefined: the cursor is none of ours. */
async function readPage(
  ledger: Pick<Ledger, 'list'>,
  { filter, cursor }: Filters,
): Promise<Awaited<ReturnType<Ledger['list']>> | undefined> {
  try {
    return await ledger.list(filter, { limit: PER_PAGE, ...(cursor === undefined ? {} : { cursor }) });
  } catch (error) {
    if (error instanceof InvalidCursorError) return undefined;
    throw error;
  }
}
