import { isOnboardingId } from '../../domain/ids.ts';
import { cancelOnboarding, type CancelResult } from '../../operations/cancel.ts';
import type { OperatorDeps } from '../../operations/operator-deps.ts';
import { refusalOf } from '../../operations/refusal.ts';
import { replayOnboarding, type ReplayResult } from '../../operations/replay.ts';
import { noSuchOnboarding, problem, sendProblem } from '../http/problem.ts';
import type { TypedApp } from '../http/typed-app.ts';
import { OnboardingSchema } from '../schemas/onboardings.ts';
import { DryRunQuerySchema, IdParamsSchema, ReasonSchema } from '../schemas/parameters.ts';
import { ProblemSchema } from '../schemas/problem.ts';

const ACTIONS = {
  cancel: {
    run: cancelOnboarding,
    summary: 'Cancel an onboarding permanently; its name becomes free',
    done: 'cancelled: no further AWS calls',
    tried: 'dry run: what would be cancelled',
    refused: 'attempt_running or not_cancellable',
  },
  replay: {
    run: replayOnboarding,
    summary: 'Replay one onboarding that failed, or whose source no longer exists at AWS',
    done: 'queued with a full retry budget',
    tried: 'dry run: what would be replayed',
    refused: 'already_provisioned, not_replayable or region_draining',
  },
} as const;

/** What an operator does to one onboarding. */
export function onboardingActionsRoutes(app: TypedApp, deps: OperatorDeps): void {
  for (const action of ['cancel', 'replay'] as const) {
    const { run, summary, done, tried, refused } = ACTIONS[action];
    app.post(
      `/v1/onboardings/:id/${action}`,
      {
        config: { access: 'operate' },
        schema: {
          summary,
          params: IdParamsSchema,
          querystring: DryRunQuerySchema,
          body: ReasonSchema,
          response: {
            202: OnboardingSchema.describe(done),
            200: OnboardingSchema.describe(tried),
            404: ProblemSchema,
            409: ProblemSchema.describe(refused),
          },
        },
      },
      async (request, reply) => {
        const { id } = request.params;
        if (!isOnboardingId(id)) return sendProblem(reply, noSuchOnboarding());
        const { dryRun } = request.query;
        const asked = { actor: request.actor, reason: request.body.reason, dryRun };
        const result: CancelResult | ReplayResult = await run(id, asked, deps);
        if ('onboarding' in result) return reply.code(dryRun ? 200 : 202).send(result.onboarding);
        const { code, detail } = refusalOf(result);
        return sendProblem(reply, code === 'not_found' ? noSuchOnboarding() : problem(code, { detail }));
      },
    );
  }
}
