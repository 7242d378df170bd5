import { z } from 'zod';
import { AUDIT_ACTIONS } from '../domain/audit.ts';
import { anyInstant, instant } from './schema-instants.ts';

const state = z.record(z.string(), z.unknown()).nullable();

export const AuditEntrySchema = z
  .object({
    id: z.int(),
    at: instant,
    actor: z.string().describe('the name of the token'),
    action: z.enum(AUDIT_ACTIONS),
    subject: z.string().describe('the id of an onboarding, a delivery, an import or a replay; or a Region'),
    reason: z.string().nullable().describe('null: none is asked for (import, login, logout)'),
    before: state.describe('the part that the action can change; null: there was nothing'),
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

export const AuditQuerySchema = z.strictObject({
  actor: z.string().max(200).optional(),
  action: z.enum(AUDIT_ACTIONS).optional(),
  subject: z.string().max(64).optional(),
  from: anyInstant.optional().describe('at or after'),
  to: anyInstant.optional().describe('at or before'),
  limit: z.coerce.number().int().min(1).max(200).default(50),
  cursor: z.string().max(500).optional(),
});
