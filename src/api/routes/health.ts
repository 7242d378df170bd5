import type { FastifyPluginCallbackZod } from 'fastify-type-provider-zod';
import { z } from 'zod';
import type { Readiness } from '../../operations/readiness.ts';

const ReadinessSchema = z.object({
  status: z.enum(['ok', 'degraded', 'unavailable']),
  parts: z.record(z.string(), z.string()),
});

export const healthRoutes: FastifyPluginCallbackZod<{ readiness: () => Promise<Readiness> }> = (
  app,
  { readiness },
  done,
) => {
  app.get(
    '/healthz',
    {
      config: { access: 'open' },
      schema: {
        summary: '200 while the process lives',
        response: { 200: z.object({ status: z.literal('ok') }) },
      },
    },
    () => ({ status: 'ok' as const }),
  );
  app.get(
    '/readyz',
    {
      config: { access: 'open' },
      schema: {
        summary: '503 while starting, stopping or unable to serve',
        response: { 200: ReadinessSchema, 503: ReadinessSchema },
      },
    },
    async (_request, reply) => {
      const now = await readiness();
      return reply
        .code(now.status === 'unavailable' ? 503 : 200)
        .send({ status: now.status, parts: { ...now.parts } });
    },
  );
  done();
};
