import { AUDIT_ACTIONS, type AuditAction, type AuditFilter } from '../../../domain/audit.ts';
import {
  hrefOf,
  INSTANT_HINT,
  readFields,
  readInstant,
  type FieldReader,
  type ReadFields,
} from '../../query.ts';

const asIs = (text: string): string => text;

const READERS = {
  actor: { read: asIs, must: 'The name of a token, at most 200 characters.' },
  action: {
    read: (text): AuditAction | undefined => AUDIT_ACTIONS.find((action) => action === text),
    must: `One of ${AUDIT_ACTIONS.join(', ')}.`,
  },
  subject: { read: asIs, must: 'An id or a Region.' },
  from: { read: readInstant, must: INSTANT_HINT },
  to: { read: readInstant, must: INSTANT_HINT },
} as const satisfies Record<string, FieldReader>;

type AuditField = keyof typeof READERS;

export interface AuditFilters extends Omit<ReadFields<AuditField>, 'filter'> {
  readonly filter: AuditFilter;
}

export const readAuditFilters = (query: unknown): AuditFilters => readFields(query, READERS) as AuditFilters;

export const auditHref = (given: Readonly<Partial<Record<AuditField, string>>>, cursor?: string): string =>
  hrefOf('/audit', given, cursor);
