import type { FastifyPluginCallbackZod } from 'fastify-type-provider-zod';
import { parseOnboardingRequest, type RequestRules } from '../../domain/onboarding-request.ts';
import type { Intake } from '../../intake/accept.ts';
import { invalidRequest, problem, sendProblem } from '../problem.ts';
import { OnboardingRequestSchema, OnboardingSchema, ProblemSchema } from '../schemas.ts';

export const createOnboardingRoute: FastifyPluginCallbackZod<{
  intake: Pick<Intake, 'accept'>;
  rules: RequestRules;
}> = (app, { intake, rules }, done) => {
  app.post(
    '/v1/onboardings',
    {
      config: { access: 'enqueue' },
      schema: {
        summary: 'Onboard one customer account',
        body: OnboardingRequestSchema,
        response: {
          202: OnboardingSchema.describe('recorded; the work goes on'),
          200: OnboardingSchema.describe('the same onboarding exists already'),
          400: ProblemSchema,
          409: ProblemSchema.describe('source_name_taken'),
          503: ProblemSchema,
        },
      },
      // The domain checks the body: it reports every wrong field at once, for imports as for single calls.
      validatorCompiler: () => (value: unknown) => ({ value }),
    },
    async (request, reply) => {
      const checked = parseOnboardingRequest(request.body, rules);
      if (!checked.ok) return sendProblem(reply, invalidRequest(checked.issues));
      const acceptance = await intake.accept(checked.value);
      switch (acceptance.kind) {
        case 'accepted':
          return reply
            .code(202)
            .header('location', `/v1/onboardings/${acceptance.onboarding.id}`)
            .send(acceptance.onboarding);
        case 'existing':
          return reply
            .code(200)
            .header('location', `/v1/onboardings/${acceptance.onboarding.id}`)
            .send(acceptance.onboarding);
        case 'taken':
          return sendProblem(
            reply,
            problem('source_name_taken', {
              detail:
                'This source name is onboarded for another account in this Region: choose another name.',
              field: 'sourceName' in (request.body as object) ? 'sourceName' : 'eventName',
            }),
          );
      }
    },
  );
  done();
};
