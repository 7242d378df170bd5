import { z } from 'zod';
import { LOSS_DECISIONS } from '../../domain/check.ts';
import { judgeLosses } from '../../operations/losses.ts';
import { shown } from '../../domain/shown.ts';
import type { OperatorDeps } from '../../operations/operator-deps.ts';
import { changeRegion } from '../../operations/regions.ts';
import { problem, sendProblem, type Problem } from '../http/problem.ts';
import type { TypedApp } from '../http/typed-app.ts';
import { DryRunQuerySchema, ReasonSchema } from '../schemas/parameters.ts';
import { ProblemSchema } from '../schemas/problem.ts';
import { RegionParamsSchema, regionView, RegionSchema } from '../schemas/regions.ts';

const SUMMARIES = {
  pause: 'Pause a Region: nothing there calls AWS until it is resumed',
  drain: 'Drain a Region: queued jobs finish, and new onboardings wait until it is resumed',
  resume: 'Resume a paused or drained Region',
} as const;

export function regionsRoutes(app: TypedApp, deps: OperatorDeps): void {
  lossesRoute(app, deps);
  for (const action of ['pause', 'drain', 'resume'] as const) {
    app.post(
      `/v1/regions/:region/${action}`,
      {
        config: { access: 'operate' },
        schema: {
          summary: SUMMARIES[action],
          params: RegionParamsSchema,
          querystring: DryRunQuerySchema,
          body: ReasonSchema,
          response: {
            200: RegionSchema.describe('the Region’s state; in a dry run, the state after the change'),
            404: ProblemSchema,
          },
        },
      },
      async (request, reply) => {
        const { dryRun } = request.query;
        const { reason } = request.body;
        const asked = { action, actor: request.actor, reason, dryRun };
        const result = await changeRegion(request.params.region, asked, deps);
        switch (result.kind) {
          case 'changed':
          case 'unchanged':
            return reply.code(200).send(regionView(result.state));
          case 'unknownRegion':
            return sendProblem(reply, unknownRegion(request.params.region, deps));
        }
      },
    );
  }
}

const LossesSchema = z
  .strictObject({
    action: z.enum(LOSS_DECISIONS).describe('confirm: they are gone; dismiss: look at all of them again'),
    ...ReasonSchema.shape,
  })
  .meta({ id: 'Losses', example: { action: 'dismiss', reason: 'the role was wrong' } });

function lossesRoute(app: TypedApp, deps: OperatorDeps): void {
  app.post(
    '/v1/regions/:region/losses',
    {
      config: { access: 'operate' },
      schema: {
        summary: 'Judge the missing sources that stopped a Region’s looks at AWS',
        params: RegionParamsSchema,
        querystring: DryRunQuerySchema,
        body: LossesSchema,
        response: {
          200: RegionSchema.describe('the Region’s state; in a dry run, the state after the change'),
          404: ProblemSchema,
          409: ProblemSchema.describe('no_hold'),
        },
      },
    },
    async (request, reply) => {
      const { action: decision, reason } = request.body;
      const { dryRun } = request.query;
      const asked = { decision, actor: request.actor, reason, dryRun };
      const result = await judgeLosses(request.params.region, asked, deps);
      switch (result.kind) {
        case 'judged':
          return reply.code(200).send(regionView(result.state));
        case 'noHold': {
          const detail = 'The looks of this Region are not stopped by missing sources.';
          return sendProblem(reply, problem('no_hold', { detail }));
        }
        case 'unknownRegion':
          return sendProblem(reply, unknownRegion(request.params.region, deps));
      }
    },
  );
}

const unknownRegion = (region: string, { regions }: OperatorDeps): Problem =>
  problem('not_found', {
    detail: `Unknown Region ${shown(region)}; the service’s Regions are ${regions.join(', ')}.`,
    field: 'region',
  });
