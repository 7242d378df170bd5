import type { FastifyPluginCallbackZod } from 'fastify-type-provider-zod';
import { z } from 'zod';
import type { Ledger } from '../../ports.ts';
import { ListQuerySchema, OnboardingSchema, ProblemSchema } from '../schemas.ts';
import { withoutAbsent } from '../without-absent.ts';

export const listOnboardingsRoute: FastifyPluginCallbackZod<{ ledger: Pick<Ledger, 'list'> }> = (
  app,
  { ledger },
  done,
) => {
  app.get(
    '/v1/onboardings',
    {
      config: { access: 'view' },
      schema: {
        summary: 'Onboardings, newest first',
        querystring: ListQuerySchema,
        response: {
          200: z.object({ items: z.array(OnboardingSchema), nextCursor: z.string().nullable() }),
          400: ProblemSchema,
        },
      },
    },
    async (request) => {
      const { limit, cursor, ...filter } = request.query;
      const page = await ledger.list(withoutAbsent(filter), {
        limit,
        ...(cursor === undefined ? {} : { cursor }),
      });
      return { ...page, items: [...page.items] };
    },
  );
  done();
};
