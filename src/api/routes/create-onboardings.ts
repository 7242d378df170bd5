import type { FastifyReply, FastifyRequest } from 'fastify';
import { z } from 'zod';
import type { Acceptance } from '../../domain/acceptance.ts';
import { invalid, valid, type Checked } from '../../domain/field-issue.ts';
import type { RequestRules } from '../../domain/onboarding-request.ts';
import { shown } from '../../domain/shown.ts';
import type { Intake, Via } from '../../intake/accept.ts';
import type { Metrics } from '../../ports.ts';
import { checkedElsewhere } from '../http/body.ts';
import { readKeyed, sendAnswer, sendKeyed, type KeptAnswer } from '../http/idempotency.ts';
import { invalidRequest, sendProblem } from '../http/problem.ts';
import type { TypedApp } from '../http/typed-app.ts';
import {
  BATCH_MAX,
  BatchRequestSchema,
  BatchSchema,
  BatchTrialSchema,
  KeyHeadersSchema,
  OnboardingRequestSchema,
  OnboardingSchema,
  TrialSchema,
} from '../schemas/onboardings.ts';
import { DryRunQuerySchema } from '../schemas/parameters.ts';
import { ProblemSchema } from '../schemas/problem.ts';
import {
  answerItems,
  checkItem,
  checkItems,
  requestsOf,
  type CheckedItem,
  type ItemAnswer,
} from './onboarding-items.ts';

export interface CreateOnboardings {
  readonly intake: Pick<Intake, 'acceptMany' | 'acceptKeyed' | 'tryMany'>;
  readonly rules: RequestRules;
  readonly metrics: Pick<Metrics, 'requested'>;
}

const BATCH_MAX_BYTES = 16 * 1_048_576;

export function createOnboardingsRoutes(app: TypedApp, deps: CreateOnboardings): void {
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
          202: OnboardingSchema.describe('recorded; provisioning continues in the background'),
          200: z
            .union([OnboardingSchema, TrialSchema])
            .describe('the same onboarding exists already, or a dry run'),
          409: ProblemSchema.describe('source_name_taken or idempotency_key_in_use'),
          422: ProblemSchema.describe('idempotency_key_reused'),
        },
      },
      validatorCompiler: checkedElsewhere('body', 'headers'),
    },
    async (request, reply) => {
      const item = checkItem(request.body, deps.rules);
      if (request.query.dryRun) {
        const [trial] = answerItems([item], await deps.intake.tryMany(requestsOf([item])));
        return sendTrial(reply, only(trial));
      }
      const answer = (acceptances: readonly Acceptance[]): KeptAnswer =>
        answerOf(only(answerItems([item], acceptances)[0]));
      return accept({ request, reply }, { via: 'single', items: [item], answer }, deps);
    },
  );
  batchRoute(app, deps);
}

function batchRoute(app: TypedApp, deps: CreateOnboardings): void {
  app.post(
    '/v1/onboardings/batch',
    {
      bodyLimit: BATCH_MAX_BYTES,
      config: { access: 'enqueue', keyed: true },
      schema: {
        summary: 'Onboard up to 1,000 customer accounts, with one result each',
        headers: KeyHeadersSchema,
        querystring: DryRunQuerySchema,
        body: BatchRequestSchema,
        response: {
          200: z.union([BatchSchema, BatchTrialSchema]).describe('one result per item, in order'),
          400: ProblemSchema.describe('invalid_request: not a list of 1 to 1,000 items'),
          409: ProblemSchema.describe('idempotency_key_in_use'),
          422: ProblemSchema.describe('idempotency_key_reused'),
        },
      },
      validatorCompiler: checkedElsewhere('body', 'headers'),
    },
    async (request, reply) => {
      const list = checkList(request.body);
      const items = list.ok ? await checkItems(list.value, deps.rules) : [];
      const refusal = list.ok ? undefined : invalidRequest(list.issues);
      if (request.query.dryRun) {
        if (refusal !== undefined) return sendProblem(reply, refusal);
        const trials = await deps.intake.tryMany(requestsOf(items));
        return sendAnswer(reply, { status: 200, body: { dryRun: true, items: answerItems(items, trials) } });
      }
      const answer = (acceptances: readonly Acceptance[]): KeptAnswer =>
        refusal === undefined
          ? { status: 200, body: { items: answerItems(items, acceptances) } }
          : { status: refusal.status, body: refusal };
      return accept({ request, reply }, { via: 'batch', items, answer }, deps);
    },
  );
}

/** `answer` is pure; `acceptances` are those of the items that were in order. */
interface IntakeCall {
  readonly via: Via;
  readonly items: readonly CheckedItem[];
  readonly answer: (acceptances: readonly Acceptance[]) => KeptAnswer;
}

/** Hands the valid items to intake and answers the call, once for all its repetitions under an Idempotency-Key. */
async function accept(
  { request, reply }: { request: FastifyRequest; reply: FastifyReply },
  { via, items, answer }: IntakeCall,
  { intake, metrics }: CreateOnboardings,
): Promise<FastifyReply> {
  const keyed = await readKeyed(request);
  if (!keyed.ok) return sendProblem(reply, invalidRequest(keyed.issues));
  const requests = requestsOf(items);
  const countInvalid = (): void => {
    const count = items.length - requests.length;
    if (count > 0) metrics.requested(via, 'invalid', count);
  };
  if (keyed.value === undefined) {
    const acceptances = await intake.acceptMany(requests, via);
    countInvalid();
    return sendAnswer(reply, answer(acceptances));
  }
  const outcome = await intake.acceptKeyed(
    { ...keyed.value, requests, answer: (acceptances) => JSON.stringify(answer(acceptances)) },
    via,
  );
  if (outcome.kind === 'first') countInvalid();
  return sendKeyed(reply, outcome);
}

function only<T>(answer: T | undefined): T {
  if (answer === undefined) throw new Error('One request was judged and has no answer.');
  return answer;
}

function answerOf(answer: ItemAnswer): KeptAnswer {
  if ('problem' in answer) return { status: answer.status, body: answer.problem };
  const { status, onboarding } = answer;
  return { status, location: `/v1/onboardings/${onboarding?.id}`, body: onboarding };
}

function sendTrial(reply: FastifyReply, answer: ItemAnswer): FastifyReply {
  return 'problem' in answer
    ? sendProblem(reply, answer.problem)
    : reply.code(200).send({ dryRun: true, status: answer.status, onboarding: answer.onboarding });
}

/** The list as a whole; what is wrong with one item is that item's answer. */
function checkList(body: unknown): Checked<readonly unknown[]> {
  if (!Array.isArray(body))
    return invalid({
      field: 'body',
      code: 'invalid_type',
      message: `Send a list of onboardings, […], not ${shown(body)}.`,
    });
  if (body.length === 0)
    return invalid({ field: 'body', code: 'required', message: 'Send at least one onboarding.' });
  if (body.length > BATCH_MAX)
    return invalid({
      field: 'body',
      code: 'too_many_entries',
      message: `At most ${BATCH_MAX} onboardings are allowed, these are ${body.length}. Use an import for more.`,
    });
  return valid(body);
}
