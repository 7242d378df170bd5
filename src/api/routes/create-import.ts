import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import type { FastifyPluginCallbackZod } from 'fastify-type-provider-zod';
import type { Readable } from 'node:stream';
import type { RequestRules } from '../../domain/onboarding-request.ts';
import { importRows, type ImportDeps } from '../../intake/import-rows.ts';
import { readCsv, readNdjson, UnusableUploadError, type ImportReader } from '../import-reader.ts';
import { invalidRequest, problem, sendProblem } from '../problem.ts';
import { DryRunQuerySchema, ImportSchema, ProblemSchema } from '../schemas.ts';

export interface CreateImport {
  readonly deps: ImportDeps;
  readonly rules: RequestRules;
}

const READERS: Readonly<Record<string, (upload: Readable, rules: RequestRules) => ImportReader>> = {
  'text/csv': readCsv,
  'application/x-ndjson': readNdjson,
};

export const createImportRoute: FastifyPluginCallbackZod<CreateImport> = (app, { deps, rules }, done) => {
  streamUploads(app);
  app.post(
    '/v1/imports',
    {
      config: { access: 'operate', streamed: true },
      schema: {
        summary: 'Onboard the rows of a CSV or NDJSON upload, streamed',
        consumes: Object.keys(READERS),
        querystring: DryRunQuerySchema,
        response: {
          202: ImportSchema.describe('the last row is committed'),
          200: ImportSchema.describe('dry run: nothing was written'),
          400: ProblemSchema,
          415: ProblemSchema,
        },
      },
    },
    async (request, reply) => {
      await upload(request, reply, { deps, rules, dryRun: request.query.dryRun });
      return reply;
    },
  );
  done();
};

/** Hands the body on unread, so that an upload of any size costs no memory. */
function streamUploads(app: FastifyInstance): void {
  app.addContentTypeParser(Object.keys(READERS), (_request, payload, done) => done(null, payload));
}

async function upload(
  request: FastifyRequest,
  reply: FastifyReply,
  { deps, rules, dryRun }: CreateImport & { dryRun: boolean },
): Promise<FastifyReply> {
  const type = (request.headers['content-type'] ?? '').split(';')[0]?.trim().toLowerCase() ?? '';
  const read = READERS[type];
  if (read === undefined) {
    return sendProblem(
      reply,
      problem('unsupported_media_type', {
        detail: `Send ${Object.keys(READERS).join(' or ')}.`,
        field: 'content-type',
      }),
    );
  }
  const reader = read(request.body as Readable, rules);
  try {
    const { report, errors, errorsTruncated } = await importRows(reader.rows, deps, {
      actor: request.actor,
      dryRun,
      ...reader,
    });
    return await reply.code(dryRun ? 200 : 202).send({ ...report, errors, errorsTruncated });
  } catch (error) {
    if (error instanceof UnusableUploadError) return sendProblem(reply, invalidRequest(error.issues));
    throw error;
  }
}
