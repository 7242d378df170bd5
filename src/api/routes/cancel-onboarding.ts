import type { FastifyPluginCallbackZod } from 'fastify-type-provider-zod';
import { isOnboardingId } from '../../domain/ids.ts';
import { cancelOnboarding, type CancelDeps, type CancelResult } from '../../operations/cancel.ts';
import { noSuchOnboarding, problem, sendProblem, type Problem } from '../problem.ts';
import {
  DryRunQuerySchema,
  IdParamsSchema,
  OnboardingSchema,
  ProblemSchema,
  ReasonSchema,
} from '../schemas.ts';

export const cancelOnboardingRoute: FastifyPluginCallbackZod<{ deps: CancelDeps }> = (
  app,
  { deps },
  done,
) => {
  app.post(
    '/v1/onboardings/:id/cancel',
    {
      config: { access: 'operate' },
      schema: {
        summary: 'Give up one onboarding for good; its name is free for another one',
        params: IdParamsSchema,
        querystring: DryRunQuerySchema,
        body: ReasonSchema,
        response: {
          202: OnboardingSchema.describe('cancelled: it calls AWS no more'),
          200: OnboardingSchema.describe('dry run: this is what would be cancelled'),
          404: ProblemSchema,
          409: ProblemSchema.describe('attempt_running or not_cancellable'),
          503: ProblemSchema,
        },
      },
    },
    async (request, reply) => {
      const { id } = request.params;
      const asked = { actor: request.actor, reason: request.body.reason, dryRun: request.query.dryRun };
      const result: CancelResult = isOnboardingId(id)
        ? await cancelOnboarding(id, asked, deps)
        : { kind: 'notFound' };
      switch (result.kind) {
        case 'cancelled':
          return reply.code(202).send(result.onboarding);
        case 'wouldCancel':
          return reply.code(200).send(result.onboarding);
        case 'notFound':
        case 'attemptRunning':
        case 'notCancellable':
          return sendProblem(reply, refusal(result));
      }
    },
  );
  done();
};

function refusal(result: Exclude<CancelResult, { kind: 'cancelled' | 'wouldCancel' }>): Problem {
  switch (result.kind) {
    case 'notFound':
      return noSuchOnboarding();
    case 'attemptRunning':
      return problem('attempt_running', {
        detail:
          'A worker is at work on it and may be calling AWS. Nothing was changed; try again in a moment.',
      });
    case 'notCancellable':
      return problem('not_cancellable', {
        detail:
          result.status === 'cancelled'
            ? 'It is cancelled already. To onboard the customer after all, send the same request again.'
            : 'It is provisioned: AWS holds the source. To take it back, delete the partner event source at AWS.',
      });
  }
}
