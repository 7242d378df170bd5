import type { FastifyInstance } from 'fastify';
import { InvalidCursorError } from '../../../domain/unavailable.ts';
import type { AuditLog } from '../../../ports/audit.ts';
import { VIEWED } from '../../access.ts';
import type { Respond } from '../../respond.tsx';
import { auditHref, readAuditFilters } from './filters.ts';
import { auditPage } from './view.tsx';

export interface AuditDeps {
  readonly ledger: Pick<AuditLog, 'listAudit'>;
}

const PER_PAGE = 50;

/** Who did what, when and why, and what it changed. */
export function auditRoute(
  app: FastifyInstance,
  { ledger, respond }: AuditDeps & { respond: Respond },
): void {
  app.get('/audit', VIEWED, async (request, reply) => {
    const filters = readAuditFilters(request.query);
    const { filter, given, cursor } = filters;
    try {
      const page = await ledger.listAudit(filter, {
        limit: PER_PAGE,
        ...(cursor === undefined ? {} : { cursor }),
      });
      return await respond(request, reply, auditPage({ ...filters, page }));
    } catch (error) {
      if (error instanceof InvalidCursorError) return reply.redirect(auditHref(given), 303);
      throw error;
    }
  });
}
