import type { ImportId } from '../domain/ids.ts';
import type { ImportFile, ImportReport, RejectedRow, SavedImport } from '../domain/import-report.ts';

/** Imports: their reports, and the rows that were rejected. */
export interface ImportLedger {
  saveImport(saved: SavedImport): Promise<void>;
  getImport(id: ImportId): Promise<{ report: ImportReport; file: ImportFile } | undefined>;
  /** Before {@link saveImport}, so that an import of any size needs little memory. */
  saveRejects(id: ImportId, rejects: readonly RejectedRow[]): Promise<void>;
  /** Rejected rows after a row, in their order. */
  importRejects(id: ImportId, page: { after: number; limit: number }): Promise<readonly RejectedRow[]>;
  /** Deletes up to `limit` rejected rows of imports whose ids come before this one. */
  pruneRejects(query: { before: string; limit: number }): Promise<number>;
}
