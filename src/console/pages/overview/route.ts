import type { FastifyInstance } from 'fastify';
import { FIGURE_WINDOWS, type FigureWindow } from '../../../domain/figures.ts';
import type { OverviewDeps } from '../../../operations/overview.ts';
import { VIEWED } from '../../security.ts';
import { keepLastKnown, type Known } from '../../last-known.ts';
import type { Respond } from '../../page.ts';
import { readSnapshot, type Snapshot } from './snapshot.ts';
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
  const snapshotsOf = (window: FigureWindow): (() => Promise<Known<Snapshot>>) =>
    keepLastKnown<Snapshot>((before) => readSnapshot(window, before, overview), overview.clock);
  const snapshots: Readonly<Record<FigureWindow, () => Promise<Known<Snapshot>>>> = {
    '15m': snapshotsOf('15m'),
    '24h': snapshotsOf('24h'),
    '7d': snapshotsOf('7d'),
  };
  app.get('/', VIEWED, async (request, reply) => {
    const asked = (request.query as Record<string, unknown>)['window'];
    const window = WINDOWS.find((one) => one === asked) ?? '15m';
    const known = await snapshots[window]();
    return respond(request, reply, overviewPage({ ...known, window, quotaPerSecond }));
  });
}
