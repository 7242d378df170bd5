import { z } from 'zod';
import { readFailures } from '../../operations/failures.ts';
import { readFigures } from '../../operations/figures.ts';
import type { OperatorDeps } from '../../operations/operator-deps.ts';
import { readStats } from '../../operations/stats.ts';
import type { TypedApp } from '../http/typed-app.ts';
import {
  FailureGroupSchema,
  FailuresQuerySchema,
  FiguresQuerySchema,
  FiguresSchema,
} from '../schemas/failures.ts';
import { regionView, StatsSchema } from '../schemas/regions.ts';

/** How things stand, what failed and why, and what happened over time. */
export function figuresRoutes(app: TypedApp, deps: OperatorDeps): void {
  app.get(
    '/v1/failures',
    {
      config: { access: 'view' },
      schema: {
        summary: 'Group failed onboardings by cause, with advice',
        querystring: FailuresQuerySchema,
        response: { 200: z.object({ items: z.array(FailureGroupSchema) }) },
      },
    },
    async (request) => {
      const groups = await readFailures(request.query, deps);
      return {
        items: groups.map(({ hours, ...group }) => ({
          ...group,
          trend: { lastHour: hours.at(-1) ?? 0, hourBefore: hours.at(-2) ?? 0, hours },
        })),
      };
    },
  );
  app.get(
    '/v1/figures',
    {
      config: { access: 'view' },
      schema: {
        summary: 'Count outcomes per time step',
        querystring: FiguresQuerySchema,
        response: { 200: FiguresSchema },
      },
    },
    (request) => readFigures(request.query, deps),
  );
  statsRoute(app, deps);
}

function statsRoute(app: TypedApp, deps: OperatorDeps): void {
  app.get(
    '/v1/stats',
    {
      config: { access: 'view' },
      schema: { summary: 'Count onboardings by status, Region and lane', response: { 200: StatsSchema } },
    },
    async () => {
      const { ledger, textIndexed, regions } = await readStats(deps);
      return {
        byStatus: ledger.byStatus,
        byLane: ledger.byLane,
        byConnection: ledger.byConnection,
        byRegion: Object.fromEntries(ledger.byRegion.map(({ region, byStatus }) => [region, byStatus])),
        byErrorCode: Object.fromEntries(ledger.byErrorCode.map(({ errorCode, count }) => [errorCode, count])),
        search: textIndexed ? ('indexed' as const) : ('scanned' as const),
        regions: regions.map(({ queue, rate, ...state }) => ({
          ...regionView(state),
          waiting: queue?.waiting ?? null,
          active: queue?.active ?? null,
          delayed: queue?.delayed ?? null,
          oldestWaitingMs: queue?.oldestWaitingMs ?? null,
          quota: {
            perSecond: deps.quotaPerSecond,
            presentPerSecond: rate && rounded(rate.perSecond),
            foundPerSecond: rate && (rate.limit === null ? null : rounded(rate.limit)),
          },
        })),
      };
    },
  );
}

/** To a thousandth, which is finer than any measurement. */
const rounded = (perSecond: number): number => Math.round(perSecond * 1_000) / 1_000;
