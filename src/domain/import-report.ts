import type { ImportId } from './ids.ts';

/** What is wrong with one field of a row. */
export interface CellIssue {
  readonly field: string;
  readonly code: string;
  readonly message: string;
}

/** What is wrong with one row; `row` counts data rows from 1, `line` the lines of the file. */
export interface RowIssue extends CellIssue {
  readonly row: number;
  readonly line: number;
}

/** A row that was not accepted, with its cells as they stand in the file, so that it can be corrected and sent again. */
export interface RejectedRow {
  readonly row: number;
  readonly line: number;
  readonly cells: readonly string[];
  readonly issues: readonly CellIssue[];
}

export const issuesOfRow = ({ row, line, issues }: RejectedRow): readonly RowIssue[] =>
  issues.map((issue) => ({ row, line, ...issue }));

/** Errors in a report; all of them can be read from the import. */
export const ERRORS_SHOWN = 1_000;

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

/** How the file was written, so that its rejected rows can be written the same way. */
export interface ImportFile {
  readonly delimiter: string;
  readonly columns: readonly string[];
}

/** What is kept of an import, beside its rejected rows. */
export interface SavedImport {
  readonly report: ImportReport;
  readonly file: ImportFile;
  /** Who sent it, for the audit. */
  readonly actor: string;
}
