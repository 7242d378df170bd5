import type { FastifyPluginCallbackZod } from 'fastify-type-provider-zod';
import { z } from 'zod';
import { asSignupSees } from '../../domain/as-signup-sees.ts';
import { isOnboardingId } from '../../domain/ids.ts';
import type { Waiting } from '../../operations/wait.ts';
import type { Ledger } from '../../ports.ts';
import { noSuchOnboarding, sendProblem } from '../problem.ts';
import { IdParamsSchema, OnboardingSchema, ProblemSchema } from '../schemas.ts';

const WAIT_MAX_SECONDS = 30;

export const showOnboardingRoute: FastifyPluginCallbackZod<{
  ledger: Pick<Ledger, 'get'>;
  waiting: Waiting;
}> = (app, { ledger, waiting }, done) => {
  app.get(
    '/v1/onboardings/:id',
    {
      config: { access: 'readOne' },
      schema: {
        summary: 'One onboarding; with wait, as soon as it has ended',
        params: IdParamsSchema,
        querystring: z.strictObject({
          wait: z.coerce.number().min(0).max(WAIT_MAX_SECONDS).default(0).describe('seconds'),
        }),
        response: { 200: OnboardingSchema, 404: ProblemSchema, 503: ProblemSchema },
      },
    },
    async (request, reply) => {
      const { id } = request.params;
      if (!isOnboardingId(id)) return sendProblem(reply, noSuchOnboarding());
      const gone = new AbortController();
      const leave = (): void => gone.abort();
      request.raw.socket.once('close', leave);
      try {
        const { wait } = request.query;
        const onboarding =
          wait === 0 ? await ledger.get(id) : await waiting.untilEnded(id, wait * 1_000, gone.signal);
        if (onboarding === undefined) return await sendProblem(reply, noSuchOnboarding());
        return await reply.send(request.mayView ? onboarding : asSignupSees(onboarding));
      } finally {
        request.raw.socket.off('close', leave);
      }
    },
  );
  done();
};
