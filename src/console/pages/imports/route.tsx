import { Readable } from 'node:stream';
import type { FastifyInstance, FastifyRequest } from 'fastify';
import { isImportId } from '../../../domain/ids.ts';
import { firstErrors, rejectedRows } from '../../../operations/import-rejects.ts';
import { setNotice } from '../../cookies.ts';
import type { PagesDeps } from '../../deps.ts';
import { findNamed } from '../../query.ts';
import { OPERATED, VIEWED } from '../../security.ts';
import { NOTHING_HERE } from '../problem.tsx';
import { importPage } from './import-view.tsx';
import { trialPage, unusablePage } from './trial-view.tsx';
import { importsPage } from './view.tsx';

const RECENT = 20;

/** Importing a file: what a dry run says of it, the import, and the rows that it rejected. */
export function importsRoutes(app: FastifyInstance, deps: PagesDeps): void {
  const { respond, uploads } = deps;
  const { ledger } = deps.operator;
  const find = (request: FastifyRequest) => findNamed(request, isImportId, (id) => ledger.getImport(id));
  app.get('/imports', VIEWED, async (request, reply) => {
    const { items } = await ledger.listAudit({ action: 'import' }, { limit: RECENT });
    return respond(request, reply, importsPage(items));
  });
  app.get('/imports/:id', VIEWED, async (request, reply) => {
    const found = await find(request);
    if (found === undefined) return respond(request, reply, NOTHING_HERE);
    const { report } = found;
    return respond(request, reply, importPage(report, await firstErrors(ledger, report)));
  });
  app.get('/imports/:id/rejects', VIEWED, async (request, reply) => {
    const found = await find(request);
    if (found === undefined) return respond(request, reply, NOTHING_HERE);
    const { report, file } = found;
    return reply
      .type('text/csv; charset=utf-8')
      .header('content-disposition', `attachment; filename="rejects-${report.id}.csv"`)
      .send(uploads.rejectsCsv(file, rejectedRows(ledger, report.id)));
  });
  void app.register((files, _options, done) => {
    files.addContentTypeParser('text/csv', (_request, payload, parsed) => parsed(null, payload));
    uploadRoutes(files, deps);
    done();
  });
}

/** The file is the body, read as it comes; what the form says of it is in the address. */
function uploadRoutes(app: FastifyInstance, { respond, uploads }: PagesDeps): void {
  const streamed = { ...OPERATED, config: { ...OPERATED.config, streamed: true } } as const;
  app.post('/imports/check', streamed, async (request, reply) => {
    const trial = await uploads.attempt(sentFile(request));
    return respond(request, reply, 'problems' in trial ? unusablePage(trial) : trialPage(trial));
  });
  app.post('/imports', streamed, async (request, reply) => {
    const outcome = await uploads.accept(sentFile(request), request.actor);
    if ('problems' in outcome) return respond(request, reply, unusablePage(outcome));
    setNotice(reply, 'imported');
    return reply.redirect(`/imports/${outcome.report.id}`, 303);
  });
}

const sentFile = ({ body, query }: FastifyRequest) => ({
  body: body instanceof Readable ? body : Readable.from([]),
  options: query as Readonly<Record<string, unknown>>,
});
