import type { FastifyInstance } from 'fastify';
import type { PagesDeps } from '../../deps.ts';
import { VIEWED } from '../../security.ts';
import { hrefOf, readFields, readPage } from '../../query.ts';
import { AUDIT_FIELDS, auditPage } from './view.tsx';

/** Who did what, when and why, and what it changed. */
export function auditRoute(app: FastifyInstance, { ledger, respond }: PagesDeps): void {
  app.get('/audit', VIEWED, async (request, reply) => {
    const filters = readFields(request.query, AUDIT_FIELDS);
    const page = await readPage((from) => ledger.listAudit(filters.filter, from), filters.cursor);
    if (page === undefined) return reply.redirect(hrefOf('/audit', filters.given), 303);
    return respond(request, reply, auditPage({ ...filters, page }));
  });
}
