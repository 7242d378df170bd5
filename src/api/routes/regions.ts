import { drainRegion, pauseRegion, resumeRegion, type RegionsDeps } from '../../operations/regions.ts';
import { problem, sendProblem } from '../http/problem.ts';
import type { TypedApp } from '../http/typed-app.ts';
import { DryRunQuerySchema, ReasonSchema } from '../schemas/parameters.ts';
import { ProblemSchema } from '../schemas/problem.ts';
import { RegionParamsSchema, regionView, RegionSchema } from '../schemas/regions.ts';

const ACTIONS = [
  { name: 'pause', act: pauseRegion, summary: 'Pause a Region: nothing there calls AWS until it is resumed' },
  {
    name: 'drain',
    act: drainRegion,
    summary: 'Drain a Region: its queue runs to its end, and what comes in waits until it is resumed',
  },
  { name: 'resume', act: resumeRegion, summary: 'Resume a paused or drained Region' },
] as const;

export function regionsRoutes(app: TypedApp, deps: RegionsDeps): void {
  for (const { name, act, summary } of ACTIONS) {
    app.post(
      `/v1/regions/:region/${name}`,
      {
        config: { access: 'operate' },
        schema: {
          summary,
          params: RegionParamsSchema,
          querystring: DryRunQuerySchema,
          body: ReasonSchema,
          response: {
            200: RegionSchema.describe('how the Region is now, or would be after a dry run'),
            404: ProblemSchema,
            503: ProblemSchema,
          },
        },
      },
      async (request, reply) => {
        const { dryRun } = request.query;
        const { reason } = request.body;
        const result = await act(request.params.region, { actor: request.actor, reason, dryRun }, deps);
        switch (result.kind) {
          case 'changed':
          case 'unchanged':
            return reply.code(200).send(regionView(result.state));
          case 'unknownRegion':
            return sendProblem(
              reply,
              problem('not_found', {
                detail: `This service has no such Region; its Regions are ${deps.regions.join(', ')}.`,
                field: 'region',
              }),
            );
        }
      },
    );
  }
}
