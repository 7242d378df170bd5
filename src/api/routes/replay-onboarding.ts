import type { FastifyPluginCallbackZod } from 'fastify-type-provider-zod';
import { isOnboardingId } from '../../domain/ids.ts';
import { replayOnboarding, type ReplayDeps, type ReplayResult } from '../../operations/replay.ts';
import { noSuchOnboarding, problem, sendProblem, type Problem } from '../problem.ts';
import {
  DryRunQuerySchema,
  IdParamsSchema,
  OnboardingSchema,
  ProblemSchema,
  ReasonSchema,
} from '../schemas.ts';

export const replayOnboardingRoute: FastifyPluginCallbackZod<{ deps: ReplayDeps; stopping: AbortSignal }> = (
  app,
  { deps, stopping },
  done,
) => {
  app.post(
    '/v1/onboardings/:id/replay',
    {
      config: { access: 'operate' },
      schema: {
        summary: 'Replay one onboarding that failed, or whose source AWS no longer holds',
        params: IdParamsSchema,
        querystring: DryRunQuerySchema,
        body: ReasonSchema,
        response: {
          202: OnboardingSchema.describe('queued with a full budget'),
          200: OnboardingSchema.describe('dry run: this is what would be replayed'),
          404: ProblemSchema,
          409: ProblemSchema.describe('already_provisioned, not_replayable or region_draining'),
          503: ProblemSchema,
        },
      },
    },
    async (request, reply) => {
      const { id } = request.params;
      const replay = { actor: request.actor, reason: request.body.reason, dryRun: request.query.dryRun };
      const result: ReplayResult = isOnboardingId(id)
        ? await replayOnboarding(id, replay, { deps, signal: stopping })
        : { kind: 'notFound' };
      switch (result.kind) {
        case 'queued':
          return reply.code(202).send(result.onboarding);
        case 'wouldQueue':
          return reply.code(200).send(result.onboarding);
        case 'notFound':
        case 'notReplayable':
        case 'draining':
        case 'alreadyProvisioned':
        case 'unverified':
          return sendProblem(reply, refusal(result));
      }
    },
  );
  done();
};

function refusal(result: Exclude<ReplayResult, { kind: 'queued' | 'wouldQueue' }>): Problem {
  switch (result.kind) {
    case 'notFound':
      return noSuchOnboarding();
    case 'notReplayable':
      return problem('not_replayable', {
        detail:
          result.status === 'cancelled'
            ? 'It is cancelled: onboard the customer again, which makes a new onboarding.'
            : `It is ${result.status}: the machine is still at work on it. Only failed ones are replayed.`,
      });
    case 'draining':
      return problem('region_draining', {
        detail: 'Its Region is being drained, so nothing new goes into its queue. Resume the Region first.',
      });
    case 'alreadyProvisioned':
      return problem('already_provisioned', {
        detail: 'AWS holds the source for this account: there is nothing to replay.',
      });
    case 'unverified':
      return problem('aws_unavailable', {
        detail: `Before a provisioned one is replayed, AWS is asked whether the source is still there. It answered ${result.code}: ${result.message}`,
      });
  }
}
