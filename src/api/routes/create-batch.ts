import type { FastifyPluginCallbackZod } from 'fastify-type-provider-zod';
import { z } from 'zod';
import { invalid, valid, type Checked } from '../../domain/field-issue.ts';
import { checkedElsewhere } from '../checked-elsewhere.ts';
import { answerItems, answerTrials, checkItems, requestsOf } from '../judged-item.ts';
import { invalidRequest, sendProblem } from '../problem.ts';
import { DryRunQuerySchema, ProblemSchema } from '../schemas.ts';
import {
  BATCH_MAX,
  BatchRequestSchema,
  BatchSchema,
  BatchTrialSchema,
  KeyHeadersSchema,
} from '../schemas-intake.ts';
import { sendAnswer, takeIn } from '../take-in.ts';
import type { CreateOnboarding } from './create-onboarding.ts';

const BODY_MAX_BYTES = 16 * 1_048_576;

export const createBatchRoute: FastifyPluginCallbackZod<CreateOnboarding> = (app, deps, done) => {
  app.post(
    '/v1/onboardings/batch',
    {
      bodyLimit: BODY_MAX_BYTES,
      config: { access: 'enqueue', keyed: true },
      schema: {
        summary: 'Onboard up to 1,000 customer accounts, each answered for itself',
        headers: KeyHeadersSchema,
        querystring: DryRunQuerySchema,
        body: BatchRequestSchema,
        response: {
          200: z.union([BatchSchema, BatchTrialSchema]).describe('one answer per item, in order'),
          400: ProblemSchema.describe('invalid_request: not a list of 1 to 1,000 items'),
          409: ProblemSchema.describe('idempotency_key_in_use'),
          422: ProblemSchema.describe('idempotency_key_reused'),
          503: ProblemSchema,
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
        return sendAnswer(reply, { status: 200, body: { dryRun: true, items: answerTrials(items, trials) } });
      }
      return takeIn(
        { request, reply },
        {
          via: 'batch',
          items,
          answer: (acceptances) =>
            refusal === undefined
              ? { status: 200, body: { items: answerItems(items, acceptances) } }
              : { status: refusal.status, body: refusal },
        },
        deps,
      );
    },
  );
  done();
};

/** The list as a whole; what is wrong with one item is that item's answer. */
function checkList(body: unknown): Checked<readonly unknown[]> {
  if (!Array.isArray(body))
    return invalid({ field: 'body', code: 'invalid_type', message: 'Send a list of onboardings: […].' });
  if (body.length === 0)
    return invalid({ field: 'body', code: 'required', message: 'Send at least one onboarding.' });
  if (body.length > BATCH_MAX)
    return invalid({
      field: 'body',
      code: 'too_many_entries',
      message: `At most ${BATCH_MAX} onboardings are taken at once, these are ${body.length}; use an import for more.`,
    });
  return valid(body);
}
