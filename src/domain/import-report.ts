import type { ImportId } from './ids.ts';

/** What is wrong with one row; `row` counts data rows from 1, `line` the lines of the file. */
export interface RowIssue {
  readonly row: number;
  readonly line: number;
  readonly field: string;
  readonly code: string;
  readonly message: string;
}

export interface ImportReport {
  readonly id: ImportId;
  readonly rows: number;
  readonly accepted: number;
  readonly duplicates: number;
  readonly rejected: number;
  /** Cells that were cleaned of blanks, hyphens or Excel's `="…"`. */
  readonly cleaned: number;
  readonly ignoredColumns: readonly string[];
  readonly createdAt: string;
}

/** What is kept of an import. */
export interface SavedImport {
  readonly report: ImportReport;
  readonly errors: readonly RowIssue[];
  /** Who sent it, for the audit. */
  readonly actor: string;
}
