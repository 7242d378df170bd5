import type { FastifyPluginCallbackZod } from 'fastify-type-provider-zod';
import { z } from 'zod';
import type { AuditLog } from '../../ports/audit.ts';
import { ProblemSchema } from '../schemas.ts';
import { AuditEntrySchema, AuditQuerySchema } from '../schemas-audit.ts';
import { withoutAbsent } from '../without-absent.ts';

export const auditRoute: FastifyPluginCallbackZod<{ ledger: Pick<AuditLog, 'listAudit'> }> = (
  app,
  { ledger },
  done,
) => {
  app.get(
    '/v1/audit',
    {
      config: { access: 'view' },
      schema: {
        summary: 'What operators did, when and why, newest first',
        querystring: AuditQuerySchema,
        response: {
          200: z.object({ items: z.array(AuditEntrySchema), nextCursor: z.string().nullable() }),
          400: ProblemSchema,
        },
      },
    },
    async (request) => {
      const { limit, cursor, ...filter } = request.query;
      const page = await ledger.listAudit(withoutAbsent(filter), {
        limit,
        ...(cursor === undefined ? {} : { cursor }),
      });
      return {
        items: page.items.map((entry) => ({ ...entry, ...statesOf(entry) })),
        nextCursor: page.nextCursor,
      };
    },
  );
  done();
};

/** Each action has states of its own; callers are shown them as they are. */
function statesOf({ before, after }: { before: object | null; after: object | null }): {
  before: Record<string, unknown> | null;
  after: Record<string, unknown> | null;
} {
  return { before: before && { ...before }, after: after && { ...after } };
}
