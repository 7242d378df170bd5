import type { FastifyInstance } from 'fastify';
import type { AuditLog } from '../../../ports/audit.ts';
import { VIEWED } from '../../security.ts';
import { readPage } from '../../query.ts';
import type { Respond } from '../../page.ts';
import { auditHref, auditPage, readAuditFilters } from './view.tsx';

export interface AuditDeps {
  readonly ledger: Pick<AuditLog, 'listAudit'>;
}

/** Who did what, when and why, and what it changed. */
export function auditRoute(
  app: FastifyInstance,
  { ledger, respond }: AuditDeps & { respond: Respond },
): void {
  app.get('/audit', VIEWED, async (request, reply) => {
    const filters = readAuditFilters(request.query);
    const page = await readPage((from) => ledger.listAudit(filters.filter, from), filters.cursor);
    if (page === undefined) return reply.redirect(auditHref(filters.given), 303);
    return respond(request, reply, auditPage({ ...filters, page }));
  });
}
