import { guardFormulas } from '../../domain/formula-guard.ts';
import { safeText } from './safe-text.ts';
import { bareCell, type Cell, type Columns } from './table.ts';

/**
 * RFC 4180 with line feeds. Made for spreadsheets, so it is safe to open in one: every cell is quoted, and formulas are
 * guarded. Programs take `--json`.
 */
export function csvText({ head, rows }: Columns, { withHead = true } = {}): string {
  return [...(withHead ? [head] : []), ...rows].map((row) => `${row.map(csvCell).join(',')}\n`).join('');
}

function csvCell(shown: Cell): string {
  const cell = bareCell(shown) ?? '';
  // A negative number is one; as text it could be the beginning of a formula.
  const text = typeof cell === 'string' ? guardFormulas(safeText(cell)) : String(cell);
  return `"${text.replaceAll('"', '""')}"`;
}
