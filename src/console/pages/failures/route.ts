import type { FastifyInstance } from 'fastify';
import { isOnboardingId } from '../../../domain/ids.ts';
import { readFailures } from '../../../operations/failures.ts';
import { VIEWED } from '../../security.ts';
import { textIn, textsIn } from '../../query.ts';
import type { PagesDeps } from '../../deps.ts';
import { failuresPage } from './view.tsx';

/** Present failures in groups of one cause, by what a replay of them would come to. */
export function failuresRoute(
  app: FastifyInstance,
  { ledger, clock, regions, respond }: PagesDeps,
): void {
  app.get('/failures', VIEWED, async (request, reply) => {
    const region = textIn(request.query, 'region');
    const groups = await readFailures(region === '' ? {} : { region }, { ledger, clock });
    // A few of each group, found by their key.
    const ids = groups.flatMap(({ sampleIds }) => sampleIds).filter(isOnboardingId);
    const samples = new Map((await ledger.getMany(ids)).map((onboarding) => [onboarding.id, onboarding]));
    const open = textsIn(request.query, 'open');
    return respond(request, reply, failuresPage({ groups, samples, region, regions, open }));
  });
}
