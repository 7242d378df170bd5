import { z } from 'zod';
import { AUDIT_ACTIONS } from '../../domain/audit.ts';
import { isReplayId } from '../../domain/ids.ts';
import type { OperatorDeps } from '../../operations/operator-deps.ts';
import type { TypedApp } from '../http/typed-app.ts';
import { anyInstant, inOrder, instant, PAGE, pageOf, splitQuery, textFilter } from '../schemas/parameters.ts';

const state = z.record(z.string(), z.unknown()).nullable();

export const AuditEntrySchema = z
  .object({
    id: z.int(),
    at: instant,
    actor: z.string().describe('the name of the token'),
    action: z.enum(AUDIT_ACTIONS),
    subject: z.string().describe('the id of an onboarding, a delivery, an import or a replay; or a Region'),
    reason: z.string().nullable().describe('null: not required (import, login, logout)'),
    before: state.describe('the part that the action can change; null: none'),
    after: state,
  })
  .meta({
    id: 'AuditEntry',
    example: {
      id: 17,
      at: '2026-11-25T09:48:11.204Z',
      actor: 'maria',
      action: 'drain',
      subject: 'eu-west-1',
      reason: 'Redis moves to another host',
      before: { paused: false, draining: false },
      after: { paused: false, draining: true },
    },
  });

export const AuditQuerySchema = inOrder(
  z.strictObject({
    actor: textFilter(200).exactOptional(),
    action: z.enum(AUDIT_ACTIONS).exactOptional(),
    subject: textFilter(64).exactOptional(),
    replayId: z
      .string()
      .refine(isReplayId, 'Send the id of a bulk replay, rpl_ and 26 characters')
      .exactOptional()
      .describe('only the onboardings of this bulk replay'),
    folded: z
      .stringbool('Send true or false')
      .exactOptional()
      .describe('true: without the onboardings of bulk replays'),
    from: anyInstant.exactOptional().describe('at or after'),
    to: anyInstant.exactOptional().describe('at or before'),
    ...PAGE,
  }),
);

export function auditRoutes(app: TypedApp, { ledger }: Pick<OperatorDeps, 'ledger'>): void {
  app.get(
    '/v1/audit',
    {
      config: { access: 'view' },
      schema: {
        summary: 'List operator actions with reasons, newest first',
        querystring: AuditQuerySchema,
        response: { 200: pageOf(AuditEntrySchema) },
      },
    },
    async (request) => {
      const { filter, page } = splitQuery(request.query);
      const { items, nextCursor } = await ledger.listAudit(filter, page);
      // Each action has states of its own; callers are shown them as they are.
      const shown = (state: object | null) => state && { ...state };
      return {
        items: items.map((entry) => ({
          ...entry,
          before: shown(entry.before),
          after: shown(entry.after),
        })),
        nextCursor,
      };
    },
  );
}
