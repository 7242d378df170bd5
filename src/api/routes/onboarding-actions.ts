import { asSignupSees } from '../../domain/as-signup-sees.ts';
import { isOnboardingId } from '../../domain/ids.ts';
import { cancelOnboarding, type CancelResult } from '../../operations/cancel.ts';
import type { OperatorDeps } from '../../operations/operator-deps.ts';
import { refusalOf } from '../../operations/refusal.ts';
import { replayOnboarding, type ReplayResult } from '../../operations/replay.ts';
import { retryOnboarding } from '../../operations/retry.ts';
import { noSuch, problem, sendProblem } from '../http/problem.ts';
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

/** A signup flow's own replay. */
function retryRoute(app: TypedApp, deps: OperatorDeps): void {
  app.post(
    '/v1/onboardings/:id/retry',
    {
      config: { access: 'enqueue' },
      schema: {
        summary: 'Retry a failed onboarding where a replay makes sense, at most 3 times a day',
        params: IdParamsSchema,
        querystring: DryRunQuerySchema,
        response: {
          202: OnboardingSchema.describe('queued with a full retry budget'),
          200: OnboardingSchema.describe('dry run: what would be retried'),
          404: ProblemSchema,
          409: ProblemSchema.describe('not_retryable or region_draining'),
          429: ProblemSchema.describe('too_many_requests, with Retry-After'),
        },
      },
    },
    async (request, reply) => {
      const { id } = request.params;
      if (!isOnboardingId(id)) return sendProblem(reply, noSuch('onboarding', id));
      const { dryRun } = request.query;
      const result = await retryOnboarding(id, { actor: request.actor, dryRun }, deps);
      if ('onboarding' in result) {
        const shown = request.mayView ? result.onboarding : asSignupSees(result.onboarding);
        return reply.code(dryRun ? 200 : 202).send(shown);
      }
      switch (result.kind) {
        case 'notRetryable':
          return sendProblem(reply, problem('not_retryable', { detail: result.detail }));
        case 'retriedOften': {
          const detail =
            'This onboarding was retried three times within a day. Ask an operator to replay it.';
          reply.header('retry-after', result.retryAfterSeconds);
          return sendProblem(reply, problem('too_many_requests', { detail }));
        }
        default: {
          const { code, detail } = refusalOf(result);
          return sendProblem(
            reply,
            code === 'not_found' ? noSuch('onboarding', id) : problem(code, { detail }),
          );
        }
      }
    },
  );
}

/** What an operator does to one onboarding. */
export function onboardingActionsRoutes(app: TypedApp, deps: OperatorDeps): void {
  retryRoute(app, deps);
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
        if (!isOnboardingId(id)) return sendProblem(reply, noSuch('onboarding', id));
        const { dryRun } = request.query;
        const asked = { actor: request.actor, reason: request.body.reason, dryRun };
        const result: CancelResult | ReplayResult = await run(id, asked, deps);
        if ('onboarding' in result) return reply.code(dryRun ? 200 : 202).send(result.onboarding);
        const { code, detail } = refusalOf(result);
        return sendProblem(
          reply,
          code === 'not_found' ? noSuch('onboarding', id) : problem(code, { detail }),
        );
      },
    );
  }
}
