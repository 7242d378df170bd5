import { safeText } from './safe-text.ts';
import { bareCell, type Cell, type Columns } from './table.ts';

/** RFC 4180 with line feeds. Made for spreadsheets, so it is safe to open in one; programs take `--json`. */
export function csvText({ head, rows }: Columns, { withHead = true } = {}): string {
  return [...(withHead ? [head] : []), ...rows].map((row) => `${row.map(csvCell).join(',')}\n`).join('');
}

// A spreadsheet runs a cell that begins with one of these as a formula; an apostrophe makes it text.
const FORMULA = /^[=+\-@]/;

function csvCell(shown: Cell): string {
  const cell = bareCell(shown);
  if (cell === null || cell === undefined) return '';
  if (typeof cell !== 'string') return String(cell);
  const text = safeText(cell);
  const inert = FORMULA.test(text) ? `'${text}` : text;
  return /[",]/.test(inert) ? `"${inert.replaceAll('"', '""')}"` : inert;
}
