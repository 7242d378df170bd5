import { shown } from '../../domain/shown.ts';
import type { OperatorDeps } from '../../operations/operator-deps.ts';
import { changeRegion } from '../../operations/regions.ts';
import { problem, sendProblem } from '../http/problem.ts';
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
            return sendProblem(
              reply,
              problem('not_found', {
                detail: `Unknown Region ${shown(request.params.region)}; the service’s Regions are ${deps.regions.join(', ')}.`,
                field: 'region',
              }),
            );
        }
      },
    );
  }
}
