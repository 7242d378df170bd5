import type { FastifyReply } from 'fastify';
import { validatorCompiler, type FastifyPluginCallbackZod } from 'fastify-type-provider-zod';
import { z } from 'zod';
import { parseOnboardingRequest, type RequestRules } from '../../domain/onboarding-request.ts';
import type { Onboarding, OnboardingRequest } from '../../domain/onboarding.ts';
import type { Intake } from '../../intake/accept.ts';
import type { Metrics } from '../../ports.ts';
import { invalidRequest, problem, sendProblem } from '../problem.ts';
import { DryRunQuerySchema, OnboardingRequestSchema, OnboardingSchema, ProblemSchema } from '../schemas.ts';

/** A dry run's answer: the status that the call itself would have given, and the onboarding that is there already. */
const TrialSchema = z.object({
  dryRun: z.literal(true),
  status: z.union([z.literal(202), z.literal(200)]),
  onboarding: OnboardingSchema.nullable(),
});

type TryingIntake = Pick<Intake, 'accept' | 'tryMany'>;

export const createOnboardingRoute: FastifyPluginCallbackZod<{
  intake: TryingIntake;
  rules: RequestRules;
  metrics: Pick<Metrics, 'requested'>;
}> = (app, { intake, rules, metrics }, done) => {
  app.post(
    '/v1/onboardings',
    {
      config: { access: 'enqueue' },
      schema: {
        summary: 'Onboard one customer account',
        querystring: DryRunQuerySchema,
        body: OnboardingRequestSchema,
        response: {
          202: OnboardingSchema.describe('recorded; the work goes on'),
          200: z
            .union([OnboardingSchema, TrialSchema])
            .describe('the same onboarding exists already, or a dry run'),
          400: ProblemSchema,
          409: ProblemSchema.describe('source_name_taken'),
          503: ProblemSchema,
        },
      },
      // The domain checks the body: it reports every wrong field at once, for imports as for single calls.
      validatorCompiler: (part) =>
        part.httpPart === 'body' ? (value: unknown) => ({ value }) : validatorCompiler(part as never),
    },
    async (request, reply) => {
      const checked = parseOnboardingRequest(request.body, rules);
      if (!checked.ok) {
        if (!request.query.dryRun) metrics.requested('single', 'invalid');
        return sendProblem(reply, invalidRequest(checked.issues));
      }
      const wholeName = 'sourceName' in (request.body as object);
      const field = wholeName ? 'sourceName' : 'eventName';
      return request.query.dryRun
        ? sendTrial(reply, { intake, request: checked.value, field })
        : sendAcceptance(reply, { intake, request: checked.value, field });
    },
  );
  done();
};

interface Case {
  readonly intake: TryingIntake;
  readonly request: OnboardingRequest;
  /** Where the name stands in the request. */
  readonly field: string;
}

async function sendAcceptance(reply: FastifyReply, { intake, request, field }: Case): Promise<FastifyReply> {
  const acceptance = await intake.accept(request);
  switch (acceptance.kind) {
    case 'accepted':
      return sendOnboarding(reply.code(202), acceptance.onboarding);
    case 'existing':
      return sendOnboarding(reply.code(200), acceptance.onboarding);
    case 'taken':
      return sendTaken(reply, field);
  }
}

async function sendTrial(reply: FastifyReply, { intake, request, field }: Case): Promise<FastifyReply> {
  const [trial] = await intake.tryMany([request]);
  switch (trial?.kind) {
    case 'existing':
      return reply.send({ dryRun: true, status: 200, onboarding: trial.onboarding ?? null });
    case 'taken':
      return sendTaken(reply, field);
    case 'accepted':
      return reply.send({ dryRun: true, status: 202, onboarding: null });
    case undefined:
      throw new Error('The intake judged nothing for one request.');
  }
}

function sendOnboarding(reply: FastifyReply, onboarding: Onboarding): FastifyReply {
  return reply.header('location', `/v1/onboardings/${onboarding.id}`).send(onboarding);
}

/** The account that has the name is never shown here: whoever asks is not whom it belongs to. */
function sendTaken(reply: FastifyReply, field: string): FastifyReply {
  const detail = 'This source name is onboarded for another account in this Region: choose another name.';
  return sendProblem(reply, problem('source_name_taken', { detail, field }));
}
