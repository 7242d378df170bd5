import { asSignupSees } from '../../domain/as-signup-sees.ts';
import { isOnboardingId } from '../../domain/ids.ts';
import { checkNow, type CheckNowDeps } from '../../lifecycle/check-now.ts';
import { noSuch, problem, sendProblem } from '../http/problem.ts';
import type { TypedApp } from '../http/typed-app.ts';
import { OnboardingSchema } from '../schemas/onboardings.ts';
import { IdParamsSchema } from '../schemas/parameters.ts';
import { ProblemSchema } from '../schemas/problem.ts';

const HELD = {
  paused: 'An operator has paused this Region. Resume it first.',
  draining: 'An operator drains this Region. Resume it first.',
  losses: 'Too many sources were missing at once. Confirm or dismiss the losses first.',
} as const;

/** A look at AWS now. It changes nothing there, so a signup page may ask for it. */
export function checkOnboardingRoute(app: TypedApp, deps: CheckNowDeps): void {
  app.post(
    '/v1/onboardings/:id/check',
    {
      config: { access: 'enqueue' },
      schema: {
        summary: 'Look at AWS now: has the customer accepted the source?',
        params: IdParamsSchema,
        response: {
          200: OnboardingSchema.describe(
            'as AWS has it now; within 5 seconds of a look, as that one found it. checkError: the look failed',
          ),
          404: ProblemSchema,
          409: ProblemSchema.describe('not_provisioned or region_paused'),
          503: ProblemSchema.describe('aws_unavailable: the circuit is open, or Redis is away'),
        },
      },
    },
    async (request, reply) => {
      const { id } = request.params;
      if (!isOnboardingId(id)) return sendProblem(reply, noSuch('onboarding', id));
      const result = await checkNow(id, deps);
      switch (result.kind) {
        case 'looked':
          return reply.code(200).send(request.mayView ? result.onboarding : asSignupSees(result.onboarding));
        case 'notFound':
          return sendProblem(reply, noSuch('onboarding', id));
        case 'notProvisioned': {
          const detail = `The onboarding is ${result.status}: there is no source to look at.`;
          return sendProblem(reply, problem('not_provisioned', { detail }));
        }
        case 'regionHeld':
          return sendProblem(reply, problem('region_paused', { detail: HELD[result.because] }));
        case 'awsUnavailable':
          return sendProblem(reply, problem('aws_unavailable', { detail: result.detail }));
      }
    },
  );
}
