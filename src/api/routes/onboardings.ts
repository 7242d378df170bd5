import { z } from 'zod';
import { asSignupSees } from '../../domain/as-signup-sees.ts';
import { isOnboardingId } from '../../domain/ids.ts';
import type { Waiting } from '../../operations/wait.ts';
import type { Ledger } from '../../ports.ts';
import { noSuch, sendProblem } from '../http/problem.ts';
import type { TypedApp } from '../http/typed-app.ts';
import { ListQuerySchema } from '../schemas/list-query.ts';
import { AttemptSchema, OnboardingSchema } from '../schemas/onboardings.ts';
import { IdParamsSchema, numberOf, pageOf, splitQuery } from '../schemas/parameters.ts';
import { ProblemSchema } from '../schemas/problem.ts';

const WAIT_MAX_SECONDS = 30;

export interface ReadOnboardings {
  readonly ledger: Pick<Ledger, 'get' | 'list' | 'attempts'>;
  readonly waiting: Waiting;
}

/** One onboarding, the list of them, and the attempts of one. */
export function onboardingsRoutes(app: TypedApp, { ledger, waiting }: ReadOnboardings): void {
  app.get(
    '/v1/onboardings/:id',
    {
      config: { access: 'readOne' },
      schema: {
        summary: 'Get one onboarding; with wait, as soon as it has ended',
        params: IdParamsSchema,
        querystring: z.strictObject({
          wait: numberOf(0, WAIT_MAX_SECONDS).default(0).describe('seconds'),
        }),
        response: { 200: OnboardingSchema, 404: ProblemSchema },
      },
    },
    async (request, reply) => {
      const { id } = request.params;
      if (!isOnboardingId(id)) return sendProblem(reply, noSuch('onboarding', id));
      const gone = new AbortController();
      const leave = (): void => gone.abort();
      request.raw.socket.once('close', leave);
      try {
        const { wait } = request.query;
        const onboarding =
          wait === 0 ? await ledger.get(id) : await waiting.untilEnded(id, wait * 1_000, gone.signal);
        if (onboarding === undefined) return await sendProblem(reply, noSuch('onboarding', id));
        return await reply.send(request.mayView ? onboarding : asSignupSees(onboarding));
      } finally {
        request.raw.socket.off('close', leave);
      }
    },
  );
  app.get(
    '/v1/onboardings',
    {
      config: { access: 'view' },
      schema: {
        summary: 'List onboardings, newest first',
        querystring: ListQuerySchema,
        response: { 200: pageOf(OnboardingSchema) },
      },
    },
    async (request) => {
      const { filter, page } = splitQuery(request.query);
      return ledger.list(filter, page);
    },
  );
  attemptsRoute(app, ledger);
}

function attemptsRoute(app: TypedApp, ledger: ReadOnboardings['ledger']): void {
  app.get(
    '/v1/onboardings/:id/attempts',
    {
      config: { access: 'view' },
      schema: {
        summary: 'List every AWS create call of an onboarding',
        params: IdParamsSchema,
        response: { 200: z.object({ items: z.array(AttemptSchema) }), 404: ProblemSchema },
      },
    },
    async (request, reply) => {
      const { id } = request.params;
      if (!isOnboardingId(id) || (await ledger.get(id)) === undefined)
        return sendProblem(reply, noSuch('onboarding', id));
      return reply.send({ items: await ledger.attempts(id) });
    },
  );
}
