import type { FastifyPluginCallbackZod } from 'fastify-type-provider-zod';
import { z } from 'zod';
import type { Right } from '../auth.ts';

/** Prometheus' text exposition format. */
const CONTENT_TYPE = 'text/plain; version=0.0.4; charset=utf-8';

export const metricsRoute: FastifyPluginCallbackZod<{
  scrape: () => Promise<string>;
  access: Right | 'open';
}> = (app, { scrape, access }, done) => {
  app.get(
    '/metrics',
    {
      config: { access },
      schema: {
        summary: 'Figures for Prometheus',
        produces: ['text/plain'],
        response: { 200: z.string() },
      },
    },
    async (_request, reply) => reply.type(CONTENT_TYPE).send(await scrape()),
  );
  done();
};
