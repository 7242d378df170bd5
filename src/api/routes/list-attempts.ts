import type { FastifyPluginCallbackZod } from 'fastify-type-provider-zod';
import { z } from 'zod';
import { isOnboardingId } from '../../domain/ids.ts';
import type { Ledger } from '../../ports.ts';
import { noSuchOnboarding, sendProblem } from '../problem.ts';
import { AttemptSchema, IdParamsSchema, ProblemSchema } from '../schemas.ts';

export const listAttemptsRoute: FastifyPluginCallbackZod<{ ledger: Pick<Ledger, 'get' | 'attempts'> }> = (
  app,
  { ledger },
  done,
) => {
  app.get(
    '/v1/onboardings/:id/attempts',
    {
      config: { access: 'view' },
      schema: {
        summary: 'Every AWS create call of an onboarding',
        params: IdParamsSchema,
        response: { 200: z.object({ items: z.array(AttemptSchema) }), 404: ProblemSchema },
      },
    },
    async (request, reply) => {
      const { id } = request.params;
      if (!isOnboardingId(id) || (await ledger.get(id)) === undefined)
        return sendProblem(reply, noSuchOnboarding());
      return reply.send({ items: [...(await ledger.attempts(id))] });
    },
  );
  done();
};
