import { dropFormulaGuards, guardFormulas } from '../../domain/formula-guard.ts';
import type { ImportFile, RejectedRow } from '../../domain/import-report.ts';

const ADDED = ['line', 'field', 'code', 'reason'];

/**
 * Rejected rows with their cells as they stand in the file, and what is wrong with them behind. A row has one line, so
 * that the file can be corrected and sent again; what such a file had added is replaced.
 */
export async function* rejectsCsv(
  { delimiter, columns }: ImportFile,
  batches: AsyncIterable<readonly RejectedRow[]>,
): AsyncGenerator<string> {
  const isOurs = ADDED.every((name, index) => columns.at(index - ADDED.length) === name);
  const own = isOurs ? columns.slice(0, -ADDED.length) : columns;
  const line = (cells: readonly string[]): string =>
    `${cells.map((cell) => csvCell(cell, delimiter)).join(delimiter)}\n`;
  yield line([...own, ...ADDED]);
  for await (const rejects of batches) {
    const lines = rejects.map(({ line: number, cells, issues }) => {
      const told = [
        issues.map(({ field }) => field),
        issues.map(({ code }) => code),
        issues.map(({ message }) => message),
      ];
      const given = own.map((_, index) => cells[index] ?? '');
      return line([...given, String(number), ...told.map((texts) => texts.join('; '))]);
    });
    if (lines.length > 0) yield lines.join('');
  }
}

/** Safe to open in a spreadsheet. A cell that has its guard already is not guarded twice, so that it is read as before. */
function csvCell(text: string, delimiter: string): string {
  const safe = guardFormulas(dropFormulaGuards(text));
  const isBare = !safe.includes(delimiter) && !/[",;\r\n\t]|^\s|\s$/.test(safe);
  return isBare ? safe : `"${safe.replaceAll('"', '""')}"`;
}
