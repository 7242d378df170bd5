import { Readable } from 'node:stream';
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import { z } from 'zod';
import { isImportId } from '../../domain/ids.ts';
import { COLUMN_FIELDS } from '../../domain/import-layout.ts';
import { issuesOfRow, type RejectedRow } from '../../domain/import-report.ts';
import type { Ledger } from '../../ports.ts';
import {
  importUpload,
  openUpload,
  tryForCsv,
  tryUpload,
  UPLOAD_TYPES,
  type UploadDeps,
} from '../http/import-upload.ts';
import { invalidRequest, noSuch, sendProblem } from '../http/problem.ts';
import { rejectsCsv } from '../http/rejects-csv.ts';
import type { SchemaTypes, TypedApp } from '../http/typed-app.ts';
import { firstErrors, rejectedRows } from '../../operations/import-rejects.ts';
import { DryRunQuerySchema, IdParamsSchema, instant } from '../schemas/parameters.ts';
import { ProblemSchema } from '../schemas/problem.ts';

const NDJSON = 'application/x-ndjson';

const RowIssueSchema = z.object({
  row: z.int(),
  line: z.int(),
  field: z.string(),
  code: z.string(),
  message: z.string(),
});

const EXAMPLE = {
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
      message: 'An AWS account id has exactly 12 digits, "11" has 2.',
    },
  ],
  errorsTruncated: false,
  ignoredColumns: ['note'],
  createdAt: '2026-11-25T09:47:09.137Z',
};

const ImportSchema = z
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
    example: EXAMPLE,
  });
/** What a dry run tells beside: how the file was read. */
export const TrialSchema = ImportSchema.extend({
  sample: z.array(z.unknown()).describe('the first 5 rows as they would be submitted'),
  layout: z.object({
    delimiter: z.string(),
    columns: z.array(z.string()).describe('the names in the header'),
    map: z.record(z.string(), z.string()).describe('the column that fills each field'),
    default: z.record(z.string(), z.string()),
    eventNamespace: z.string().nullable(),
    eventName: z.string().nullable(),
  }),
}).meta({
  id: 'ImportTrial',
  example: {
    ...EXAMPLE,
    sample: [
      { account: '000000000301', region: 'us-east-1', eventNamespace: 'customers/c-301', metadata: {} },
    ],
    layout: {
      delimiter: ';',
      columns: ['AWS Account ID', 'customerId', 'note'],
      map: { account: 'AWS Account ID', customerId: 'customerId' },
      default: { region: 'us-east-1' },
      eventNamespace: 'customers/{customerId}',
      eventName: 'orders',
    },
  },
});

const option = (text: string) => z.string().exactOptional().describe(text);

/** `map.metadata.<key>` and `default.metadata.<key>` are not listed; src/domain/import-layout.ts reads all of them. */
const UploadQuerySchema = z.looseObject({
  ...DryRunQuerySchema.shape,
  errors: z.enum(['csv']).exactOptional().describe('dry run: respond with the rejected rows as CSV'),
  delimiter: option('comma, semicolon, tab, pipe, or any character'),
  ...Object.fromEntries(
    COLUMN_FIELDS.flatMap((field) => [
      [`map.${field}`, option(`the column that fills ${field}`)],
      [`default.${field}`, option(`${field} where the cell is empty or the column missing`)],
    ]),
  ),
  eventNamespace: option('a template such as customers/{customerId}'),
  eventName: option('a template'),
});

const ErrorsQuerySchema = z.strictObject({ format: z.enum(['ndjson', 'csv']).default('ndjson') });

export interface ImportsDeps extends UploadDeps {
  readonly ledger: UploadDeps['ledger'] & Pick<Ledger, 'getImport' | 'importRejects'>;
}

export function importsRoutes(app: TypedApp, deps: ImportsDeps): void {
  const { ledger } = deps;
  const find = async (id: string) => (isImportId(id) ? ledger.getImport(id) : undefined);
  // Apart from all other routes, which take no such bodies.
  app.register((uploads, _options, done) => {
    takeUploads(uploads);
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
      if (found === undefined) return sendProblem(reply, noSuch('import', request.params.id));
      return reply.send({ ...found.report, ...(await firstErrors(ledger, found.report)) });
    },
  );

  app.get(
    '/v1/imports/:id/errors',
    {
      config: { access: 'view' },
      schema: {
        summary: 'An import’s row errors as NDJSON, or its rejected rows as CSV',
        params: IdParamsSchema,
        querystring: ErrorsQuerySchema,
        produces: [NDJSON, 'text/csv'],
        response: { 200: z.string(), 404: ProblemSchema },
      },
    },
    async (request, reply) => {
      const found = await find(request.params.id);
      if (found === undefined) return sendProblem(reply, noSuch('import', request.params.id));
      const { report, file } = found;
      const rejects = rejectedRows(ledger, report.id);
      return request.query.format === 'csv'
        ? sendCsv(reply, Readable.from(rejectsCsv(file, rejects)))
        : sendFile(reply, NDJSON, Readable.from(ndjsonOf(rejects)));
    },
  );
}

async function* ndjsonOf(batches: AsyncIterable<readonly RejectedRow[]>): AsyncGenerator<string> {
  for await (const rejects of batches)
    yield rejects
      .flatMap(issuesOfRow)
      .map((issue) => `${JSON.stringify(issue)}\n`)
      .join('');
}

const sendFile = (reply: FastifyReply, type: string, content: Readable): FastifyReply =>
  reply.type(type).send(content);

const sendCsv = (reply: FastifyReply, content: Readable): FastifyReply =>
  sendFile(
    reply.header('content-disposition', 'attachment; filename="rejects.csv"'),
    'text/csv; charset=utf-8',
    content,
  );

/** Hands the body on unread, so that an upload of any size costs no memory. */
function takeUploads(app: FastifyInstance): void {
  app.removeAllContentTypeParsers();
  app.addContentTypeParser('*', (_request: FastifyRequest, payload: unknown, parsed) =>
    parsed(null, payload),
  );
}

function uploadRoute(app: TypedApp, deps: ImportsDeps): void {
  app.post(
    '/v1/imports',
    {
      config: { access: 'operate', streamed: true },
      schema: {
        summary: 'Onboard the rows of a CSV or NDJSON upload, streamed',
        consumes: [...UPLOAD_TYPES],
        querystring: UploadQuerySchema,
        response: {
          202: ImportSchema.describe('the last row is committed'),
          200: TrialSchema.describe('dry run: nothing was written'),
          415: ProblemSchema,
        },
      },
    },
    async (request, reply) => {
      const { dryRun, errors: asCsv, ...options } = request.query;
      const { 'content-type': contentType } = request.headers;
      const upload = openUpload({ body: request.body as Readable, contentType, options }, deps.rules);
      if (asCsv !== undefined) {
        if (!dryRun) return sendProblem(reply, ERRORS_WITHOUT_DRY_RUN);
        return sendCsv(reply, await tryForCsv(upload, deps));
      }
      if (dryRun) {
        const { report, ...told } = await tryUpload(upload, deps);
        return reply.code(200).send({ ...report, ...told });
      }
      const { report, ...told } = await importUpload(upload, deps, request.actor);
      return reply.code(202).send({ ...report, ...told });
    },
  );
}

const ERRORS_WITHOUT_DRY_RUN = invalidRequest([
  {
    field: 'errors',
    code: 'invalid_value',
    message: 'errors=csv needs dryRun=true. After an import, read GET /v1/imports/{id}/errors?format=csv.',
  },
]);
