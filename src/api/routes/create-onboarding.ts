import type { FastifyReply } from 'fastify';
import type { FastifyPluginCallbackZod } from 'fastify-type-provider-zod';
import { z } from 'zod';
import type { RequestRules } from '../../domain/onboarding-request.ts';
import type { Onboarding } from '../../domain/onboarding.ts';
import type { Intake } from '../../intake/accept.ts';
import { checkedElsewhere } from '../checked-elsewhere.ts';
import { answerItems, answerTrials, checkItem, requestsOf, type ItemAnswer } from '../judged-item.ts';
import { sendProblem } from '../problem.ts';
import { DryRunQuerySchema, OnboardingRequestSchema, OnboardingSchema, ProblemSchema } from '../schemas.ts';
import { KeyHeadersSchema, TrialSchema } from '../schemas-intake.ts';
import { takeIn, type KeptAnswer, type TakeInDeps } from '../take-in.ts';

export interface CreateOnboarding extends TakeInDeps {
  readonly intake: TakeInDeps['intake'] & Pick<Intake, 'tryMany'>;
  readonly rules: RequestRules;
}

export const createOnboardingRoute: FastifyPluginCallbackZod<CreateOnboarding> = (app, deps, done) => {
  app.post(
    '/v1/onboardings',
    {
      config: { access: 'enqueue', keyed: true, locates: true },
      schema: {
        summary: 'Onboard one customer account',
        headers: KeyHeadersSchema,
        querystring: DryRunQuerySchema,
        body: OnboardingRequestSchema,
        response: {
          202: OnboardingSchema.describe('recorded; the work goes on'),
          200: z
            .union([OnboardingSchema, TrialSchema])
            .describe('the same onboarding exists already, or a dry run'),
          400: ProblemSchema,
          409: ProblemSchema.describe('source_name_taken or idempotency_key_in_use'),
          422: ProblemSchema.describe('idempotency_key_reused'),
          503: ProblemSchema,
        },
      },
      validatorCompiler: checkedElsewhere('body', 'headers'),
    },
    async (request, reply) => {
      const item = checkItem(request.body, deps.rules);
      if (request.query.dryRun) {
        const [trial] = answerTrials([item], await deps.intake.tryMany(requestsOf([item])));
        return sendTrial(reply, only(trial));
      }
      return takeIn(
        { request, reply },
        {
          via: 'single',
          items: [item],
          answer: (acceptances) => answerOf(only(answerItems([item], acceptances)[0])),
        },
        deps,
      );
    },
  );
  done();
};

function only<T>(answer: T | undefined): T {
  if (answer === undefined) throw new Error('One request was judged and has no answer.');
  return answer;
}

function answerOf(answer: ItemAnswer): KeptAnswer {
  return 'problem' in answer
    ? { status: answer.status, body: answer.problem }
    : {
        status: answer.status,
        location: `/v1/onboardings/${answer.onboarding.id}`,
        body: answer.onboarding,
      };
}

function sendTrial(reply: FastifyReply, answer: ItemAnswer<Onboarding | null>): FastifyReply {
  return 'problem' in answer
    ? sendProblem(reply, answer.problem)
    : reply.code(200).send({ dryRun: true, ...answer });
}
