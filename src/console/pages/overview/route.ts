import type { FastifyInstance } from 'fastify';
import { FIGURE_WINDOWS, type FigureWindow } from '../../../domain/figures.ts';
import type { OverviewDeps } from '../../../operations/overview.ts';
import { VIEWED } from '../../access.ts';
import { keepLastKnown, type Known } from '../../last-known.ts';
import type { Respond } from '../../respond.tsx';
import { readSight, type Sight } from './sight.ts';
import { overviewPage } from './view.tsx';

export interface OverviewPageDeps {
  readonly overview: OverviewDeps;
  readonly quotaPerSecond: number;
}

const WINDOWS = Object.keys(FIGURE_WINDOWS) as FigureWindow[];

/** The first page: what is wrong and where to look, then the figures. It stays when the ledger goes. */
export function overviewRoute(
  app: FastifyInstance,
  { overview, quotaPerSecond, respond }: OverviewPageDeps & { respond: Respond },
): void {
  const sightOf = (window: FigureWindow): (() => Promise<Known<Sight>>) =>
    keepLastKnown<Sight>((before) => readSight(window, before, overview), overview.clock);
  const sights: Readonly<Record<FigureWindow, () => Promise<Known<Sight>>>> = {
    '15m': sightOf('15m'),
    '24h': sightOf('24h'),
    '7d': sightOf('7d'),
  };
  app.get('/', VIEWED, async (request, reply) => {
    const asked = (request.query as Record<string, unknown>)['window'];
    const window = WINDOWS.find((one) => one === asked) ?? '15m';
    const known = await sights[window]();
    return respond(request, reply, overviewPage({ ...known, window, quotaPerSecond }));
  });
}
