import type { Readable } from 'node:stream';
import { z } from 'zod';
import { isImportId } from '../../domain/ids.ts';
import type { RequestRules } from '../../domain/onboarding-request.ts';
import { ERRORS_SHOWN, importRows, type ImportDeps } from '../../intake/import-rows.ts';
import type { Ledger } from '../../ports.ts';
import { readCsv, readNdjson, type ImportReader } from '../http/import-reader.ts';
import { problem, sendProblem } from '../http/problem.ts';
import type { SchemaTypes, TypedApp } from '../http/typed-app.ts';
import { DryRunQuerySchema, IdParamsSchema, instant } from '../schemas/parameters.ts';
import { ProblemSchema } from '../schemas/problem.ts';

const RowIssueSchema = z.object({
  row: z.int(),
  line: z.int(),
  field: z.string(),
  code: z.string(),
  message: z.string(),
});

export const ImportSchema = z
  .object({
    id: z.string(),
    rows: z.int(),
    accepted: z.int(),
    duplicates: z.int(),
    rejected: z.int(),
    cleaned: z.int().describe('cells cleaned of spaces, hyphens or Excel’s ="…"'),
    errors: z
      .array(RowIssueSchema)
      .describe('the first 1,000; row counts data rows from 1, line the lines of the file'),
    errorsTruncated: z.boolean(),
    ignoredColumns: z.array(z.string()),
    createdAt: instant,
  })
  .meta({
    id: 'Import',
    example: {
      id: 'imp_01m891m5ehjr8gxn88a9zkyvc2',
      rows: 2,
      accepted: 1,
      duplicates: 0,
      rejected: 1,
      cleaned: 0,
      errors: [
        {
          row: 2,
          line: 3,
          field: 'account',
          code: 'invalid_account',
          message: 'An AWS account id has exactly 12 digits, this one has 2.',
        },
      ],
      errorsTruncated: false,
      ignoredColumns: ['note'],
      createdAt: '2026-11-25T09:47:09.137Z',
    },
  });

export interface ImportsDeps extends ImportDeps {
  readonly ledger: ImportDeps['ledger'] & Pick<Ledger, 'getImport'>;
  readonly rules: RequestRules;
}

const READERS: Readonly<Record<string, (upload: Readable, rules: RequestRules) => ImportReader>> = {
  'text/csv': readCsv,
  'application/x-ndjson': readNdjson,
};

export function importsRoutes(app: TypedApp, deps: ImportsDeps): void {
  const find = async (id: string) => (isImportId(id) ? deps.ledger.getImport(id) : undefined);
  // Apart from all other routes, which take no such bodies.
  app.register((uploads, _options, done) => {
    // Hands the body on unread, so that an upload of any size costs no memory.
    uploads.addContentTypeParser(Object.keys(READERS), (_request, payload, parsed) => parsed(null, payload));
    uploadRoute(uploads.withTypeProvider<SchemaTypes>(), deps);
    done();
  });
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
      const found = await find(request.params.id);
      if (found === undefined) return sendProblem(reply, NO_SUCH_IMPORT);
      const errors = found.errors.slice(0, ERRORS_SHOWN);
      return reply.send({ ...found.report, errors, errorsTruncated: found.errors.length > errors.length });
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
      const found = await find(request.params.id);
      if (found === undefined) return sendProblem(reply, NO_SUCH_IMPORT);
      return reply
        .type('application/x-ndjson')
        .send(found.errors.map((issue) => `${JSON.stringify(issue)}\n`).join(''));
    },
  );
}

const NO_SUCH_IMPORT = problem('not_found', { detail: 'No import has this id.', field: 'id' });

function uploadRoute(app: TypedApp, deps: ImportsDeps): void {
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
          415: ProblemSchema,
        },
      },
    },
    async (request, reply) => {
      const { dryRun } = request.query;
      const type = (request.headers['content-type'] ?? '').split(';')[0]?.trim().toLowerCase() ?? '';
      const read = READERS[type];
      if (read === undefined) {
        const detail = `Send ${Object.keys(READERS).join(' or ')}.`;
        return sendProblem(reply, problem('unsupported_media_type', { detail, field: 'content-type' }));
      }
      const { rows, ignoredColumns, cleaned } = read(request.body as Readable, deps.rules);
      const told = { actor: request.actor, dryRun, ignoredColumns, cleaned };
      const { report, errors, errorsTruncated } = await importRows(rows, deps, told);
      return reply.code(dryRun ? 200 : 202).send({ ...report, errors, errorsTruncated });
    },
  );
}
