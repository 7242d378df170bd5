import type { FastifyPluginCallbackZod } from 'fastify-type-provider-zod';
import { readStats, type StatsDeps } from '../../operations/stats.ts';
import { regionView } from '../region-view.ts';
import { StatsSchema } from '../schemas.ts';

export const statsRoutes: FastifyPluginCallbackZod<{ deps: StatsDeps; quotaPerSecond: number }> = (
  app,
  { deps, quotaPerSecond },
  done,
) => {
  app.get(
    '/v1/stats',
    {
      config: { access: 'view' },
      schema: { summary: 'Counts by status, Region and lane', response: { 200: StatsSchema } },
    },
    async () => {
      const { ledger, textIndexed, regions } = await readStats(deps);
      return {
        byStatus: ledger.byStatus,
        byLane: ledger.byLane,
        byRegion: Object.fromEntries(ledger.byRegion.map(({ region, byStatus }) => [region, byStatus])),
        byErrorCode: Object.fromEntries(ledger.byErrorCode.map(({ errorCode, count }) => [errorCode, count])),
        search: textIndexed ? ('indexed' as const) : ('scanned' as const),
        regions: regions.map(({ queue, ...state }) => ({
          ...regionView(state),
          waiting: queue?.waiting ?? null,
          active: queue?.active ?? null,
          delayed: queue?.delayed ?? null,
          oldestWaitingMs: queue?.oldestWaitingMs ?? null,
          quota: { perSecond: quotaPerSecond },
        })),
      };
    },
  );
  done();
};
