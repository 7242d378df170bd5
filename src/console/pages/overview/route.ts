import type { FastifyInstance } from 'fastify';
import { FIGURE_WINDOWS, type FigureWindow } from '../../../domain/figures.ts';
import { VIEWED } from '../../security.ts';
import { keepLastKnown } from '../../last-known.ts';
import type { PagesDeps } from '../../deps.ts';
import { readSnapshot, type Snapshot } from './snapshot.ts';
import { overviewPage } from './view.tsx';

const WINDOWS = Object.keys(FIGURE_WINDOWS) as FigureWindow[];

/** The first page: what is wrong and where to look, then the figures. It stays when the ledger goes. */
export function overviewRoute(
  app: FastifyInstance,
  { overview, quotaPerSecond, respond }: PagesDeps,
): void {
  const snapshotsOf = (window: FigureWindow) =>
    keepLastKnown<Snapshot>((before) => readSnapshot(window, before, overview), overview.clock);
  const snapshots = { '15m': snapshotsOf('15m'), '24h': snapshotsOf('24h'), '7d': snapshotsOf('7d') };
  app.get('/', VIEWED, async (request, reply) => {
    const asked = (request.query as Record<string, unknown>)['window'];
    const window = WINDOWS.find((one) => one === asked) ?? '15m';
    const known = await snapshots[window]();
    return respond(request, reply, overviewPage({ ...known, window, quotaPerSecond }));
  });
}
