import type { FastifyPluginCallbackZod } from 'fastify-type-provider-zod';
import { z } from 'zod';
import { readFailures, type FailuresDeps } from '../../operations/failures.ts';
import { readFigures, type FiguresDeps } from '../../operations/figures.ts';
import { adviceView } from '../schemas-advice.ts';
import {
  FailureGroupSchema,
  FailuresQuerySchema,
  FiguresQuerySchema,
  FiguresSchema,
} from '../schemas-figures.ts';
import { ProblemSchema } from '../schemas.ts';
import { withoutAbsent } from '../without-absent.ts';

export const figuresRoutes: FastifyPluginCallbackZod<{ deps: FailuresDeps & FiguresDeps }> = (
  app,
  { deps },
  done,
) => {
  app.get(
    '/v1/failures',
    {
      config: { access: 'view' },
      schema: {
        summary: 'Failed onboardings by cause, with what to do about each',
        querystring: FailuresQuerySchema,
        response: { 200: z.object({ items: z.array(FailureGroupSchema) }), 400: ProblemSchema },
      },
    },
    async (request) => {
      const groups = await readFailures(withoutAbsent(request.query), deps);
      return {
        items: groups.map(({ hours, advice, ...group }) => ({
          ...group,
          regions: [...group.regions],
          sampleIds: [...group.sampleIds],
          trend: { lastHour: hours.at(-1) ?? 0, hourBefore: hours.at(-2) ?? 0, hours: [...hours] },
          advice: adviceView(advice),
        })),
      };
    },
  );
  app.get(
    '/v1/figures',
    {
      config: { access: 'view' },
      schema: {
        summary: 'What happened, step by step',
        querystring: FiguresQuerySchema,
        response: { 200: FiguresSchema, 400: ProblemSchema },
      },
    },
    async (request) => {
      const { window, ...rest } = request.query;
      const chart = await readFigures({ window, ...withoutAbsent(rest) }, deps);
      return { ...chart, points: [...chart.points], byErrorCode: [...chart.byErrorCode] };
    },
  );
  done();
};
