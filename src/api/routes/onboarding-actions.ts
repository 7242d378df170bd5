import { isOnboardingId } from '../../domain/ids.ts';
import { cancelOnboarding, type CancelResult } from '../../operations/cancel.ts';
import type { OperatorDeps } from '../../operations/operator-deps.ts';
import { replayOnboarding, type ReplayResult } from '../../operations/replay.ts';
import { noSuchOnboarding, problem, sendProblem, type Problem } from '../http/problem.ts';
import type { TypedApp } from '../http/typed-app.ts';
import { OnboardingSchema } from '../schemas/onboardings.ts';
import { DryRunQuerySchema, IdParamsSchema, ReasonSchema } from '../schemas/parameters.ts';
import { ProblemSchema } from '../schemas/problem.ts';

/** What an operator does to one onboarding. */
export function onboardingActionsRoutes(app: TypedApp, deps: OperatorDeps): void {
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
        },
      },
    },
    async (request, reply) => {
      const { id } = request.params;
      const asked = { actor: request.actor, reason: request.body.reason, dryRun: request.query.dryRun };
      const result: CancelResult = isOnboardingId(id)
        ? await cancelOnboarding(id, asked, deps)
        : { kind: 'notFound' };
      if (!('onboarding' in result)) return sendProblem(reply, cancelRefusal(result));
      return reply.code(result.kind === 'cancelled' ? 202 : 200).send(result.onboarding);
    },
  );
  replayRoute(app, deps);
}

function replayRoute(app: TypedApp, deps: OperatorDeps): void {
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
        },
      },
    },
    async (request, reply) => {
      const { id } = request.params;
      const asked = { actor: request.actor, reason: request.body.reason, dryRun: request.query.dryRun };
      const result: ReplayResult = isOnboardingId(id)
        ? await replayOnboarding(id, asked, deps)
        : { kind: 'notFound' };
      if (!('onboarding' in result)) return sendProblem(reply, replayRefusal(result));
      return reply.code(result.kind === 'queued' ? 202 : 200).send(result.onboarding);
    },
  );
}

function cancelRefusal(result: Exclude<CancelResult, { kind: 'cancelled' | 'wouldCancel' }>): Problem {
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

function replayRefusal(result: Exclude<ReplayResult, { kind: 'queued' | 'wouldQueue' }>): Problem {
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
