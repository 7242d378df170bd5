import type { FastifyInstance } from 'fastify';
import type { Onboarding } from '../../../domain/onboarding.ts';
import { isOnboardingId } from '../../../domain/ids.ts';
import type { Region } from '../../../domain/region.ts';
import { readFailures, type FailuresDeps } from '../../../operations/failures.ts';
import type { Ledger } from '../../../ports.ts';
import { VIEWED } from '../../security.ts';
import { textIn, textsIn } from '../../query.ts';
import type { Respond } from '../../page.ts';
import { failuresPage } from './view.tsx';

export interface FailuresPageDeps extends FailuresDeps {
  readonly ledger: FailuresDeps['ledger'] & Pick<Ledger, 'getMany'>;
  readonly regions: readonly Region[];
}

/** Present failures in groups of one cause, by what a replay of them would come to. */
export function failuresRoute(
  app: FastifyInstance,
  { ledger, clock, regions, respond }: FailuresPageDeps & { respond: Respond },
): void {
  app.get('/failures', VIEWED, async (request, reply) => {
    const region = textIn(request.query, 'region');
    const groups = await readFailures(region === '' ? {} : { region }, { ledger, clock });
    const samples = await readSamples(
      groups.flatMap(({ sampleIds }) => sampleIds),
      ledger,
    );
    const open = textsIn(request.query, 'open');
    return respond(request, reply, failuresPage({ groups, samples, region, regions, open }));
  });
}

/** By id: a few of each group, found by their key. */
async function readSamples(
  ids: readonly string[],
  ledger: Pick<Ledger, 'getMany'>,
): Promise<ReadonlyMap<string, Onboarding>> {
  const found = await ledger.getMany(ids.filter(isOnboardingId));
  return new Map(found.map((onboarding) => [onboarding.id, onboarding]));
}
