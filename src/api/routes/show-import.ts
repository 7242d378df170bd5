import type { FastifyPluginCallbackZod } from 'fastify-type-provider-zod';
import { z } from 'zod';
import { isImportId } from '../../domain/ids.ts';
import { ERRORS_SHOWN } from '../../intake/import-rows.ts';
import type { Ledger } from '../../ports.ts';
import { problem, sendProblem } from '../problem.ts';
import { IdParamsSchema, ImportSchema, ProblemSchema } from '../schemas.ts';

const NO_SUCH = problem('not_found', { detail: 'There is no import with this id.', field: 'id' });

export const showImportRoutes: FastifyPluginCallbackZod<{ ledger: Pick<Ledger, 'getImport'> }> = (
  app,
  { ledger },
  done,
) => {
  app.get(
    '/v1/imports/:id',
    {
      config: { access: 'view' },
      schema: {
        summary: 'An import’s result',
        params: IdParamsSchema,
        response: { 200: ImportSchema, 404: ProblemSchema },
      },
    },
    async (request, reply) => {
      const { id } = request.params;
      const found = isImportId(id) ? await ledger.getImport(id) : undefined;
      if (found === undefined) return sendProblem(reply, NO_SUCH);
      const { ignoredColumns, ...report } = found.report;
      const errors = found.errors.slice(0, ERRORS_SHOWN);
      return reply.send({
        ...report,
        ignoredColumns: [...ignoredColumns],
        errors: [...errors],
        errorsTruncated: found.errors.length > errors.length,
      });
    },
  );

  app.get(
    '/v1/imports/:id/errors',
    {
      config: { access: 'view' },
      schema: {
        summary: 'An import’s row errors as NDJSON',
        params: IdParamsSchema,
        produces: ['application/x-ndjson'],
        response: { 200: z.string(), 404: ProblemSchema },
      },
    },
    async (request, reply) => {
      const { id } = request.params;
      const found = isImportId(id) ? await ledger.getImport(id) : undefined;
      if (found === undefined) return sendProblem(reply, NO_SUCH);
      return reply
        .type('application/x-ndjson')
        .send(found.errors.map((issue) => `${JSON.stringify(issue)}\n`).join(''));
    },
  );
  done();
};
