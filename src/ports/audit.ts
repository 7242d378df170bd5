import type { AuditEntry, AuditFilter, NewAuditEntry } from '../domain/audit.ts';
import type { Page } from '../domain/listing.ts';

/**
 * The audit log: append-only, which the database itself sees to. An action that changes the ledger writes its entry in
 * the transaction of its effect, as part of its own method; `recordAudit` is for those that change nothing else there.
 */
export interface AuditLog {
  recordAudit(entry: NewAuditEntry): Promise<void>;
  /** Newest first. An unreadable cursor throws {@link InvalidCursorError}. */
  listAudit(filter: AuditFilter, page: { limit: number; cursor?: string }): Promise<Page<AuditEntry>>;
}
