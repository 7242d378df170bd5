import { stringify } from 'csv-stringify/sync';
import stringWidth from 'string-width';
import { guardFormulas } from '../../domain/formula-guard.ts';
import { painter, type Paint, type Style } from './style.ts';
import { cutText, relativeTime, safeText, type Cut } from './text.ts';

/** A time: relative to now for a person, exact for a program. */
export interface Instant {
  readonly instant: string | null | undefined;
}

/** A text that has a color where there are colors. */
export interface Styled {
  readonly text: string | number | null | undefined;
  readonly style: Style | undefined;
}

export type Cell = string | number | boolean | null | undefined | Instant | Styled;

export interface Columns {
  readonly head: readonly string[];
  readonly rows: readonly (readonly Cell[])[];
  /** Columns that may be cut to fit a terminal, the most important first, and which end is kept. Never ids. */
  readonly cut?: Readonly<Record<string, Cut>>;
  /** Columns that are left out where the terminal is too narrow all the same, in this order. */
  readonly spare?: readonly string[];
}

/** Where a table is read. Without a page, in a file or a pipe, everything is printed in full. */
export interface Reader {
  readonly page: { readonly columns: number; readonly color: boolean } | undefined;
  readonly now: () => number;
}

const EVERYTHING: Reader = { page: undefined, now: () => 0 };

const GAP = '  ';
/** A cut text shows at least so much, or it says nothing. */
const CUT_LEAST = 12;

/** A table without lines, so that it can be read, grepped and cut. Cells are made safe here. */
export function tableText(columns: Columns, reader: Reader = EVERYTHING): string {
  return tableOf(columns, reader).text;
}

/**
 * The same, with the names of the columns for which there was no room: spare columns go first, then the others are cut.
 * A column that may not be cut keeps its width: lines wrap rather than lose an id.
 */
export function tableOf(
  { head, rows, cut = {}, spare = [] }: Columns,
  reader: Reader = EVERYTHING,
): { readonly text: string; readonly leftOut: readonly string[] } {
  const columns = head.map((name, index) =>
    columnOf(
      name,
      rows.map((row) => row[index]),
      { reader, cut: cut[name] },
    ),
  );
  const room = reader.page?.columns ?? Infinity;
  const { kept, leftOut } = withoutSpare(columns, spare, room);
  let left = Math.max(0, room - leastWidth(kept));
  const widths = new Map(kept.map(({ name, least }) => [name, least]));
  for (const name of Object.keys(cut)) {
    const { width = 0, least = 0 } = kept.find((column) => column.name === name) ?? {};
    const more = Math.min(left, width - least);
    widths.set(name, least + more);
    left -= more;
  }
  const paint = painter(reader.page);
  const painted = kept.map((column) => paddedTexts(column, widths.get(column.name) ?? 0, paint));
  const lines = [head, ...rows].map((_, line) => painted.map((texts) => texts[line] ?? '').join(GAP));
  return { text: lines.map((line) => `${line.trimEnd()}\n`).join(''), leftOut };
}

interface Column {
  readonly name: string;
  readonly cells: readonly Cell[];
  readonly texts: readonly string[];
  readonly cut: Cut | undefined;
  /** How wide it is whole, and at the least. */
  readonly width: number;
  readonly least: number;
}

function columnOf(
  name: string,
  cells: readonly Cell[],
  { reader, cut }: { reader: Reader; cut: Cut | undefined },
): Column {
  const texts = cells.map((cell) => cellText(cell, reader));
  const width = Math.max(...[name, ...texts].map((text) => stringWidth(text)));
  return { name, cells, texts, cut, width, least: cut === undefined ? width : Math.min(CUT_LEAST, width) };
}

const leastWidth = (columns: readonly Column[]): number =>
  columns.reduce((sum, { least }) => sum + least, GAP.length * (columns.length - 1));

function withoutSpare(
  columns: readonly Column[],
  spare: readonly string[],
  room: number,
): { readonly kept: readonly Column[]; readonly leftOut: readonly string[] } {
  let kept = columns;
  for (const name of spare) {
    if (leastWidth(kept) <= room) break;
    kept = kept.filter((column) => column.name !== name);
  }
  return { kept, leftOut: spare.filter((name) => !kept.some((column) => column.name === name)) };
}

/** The head and the cells of a column, padded to its width; numbers are aligned to the right. */
function paddedTexts({ name, cells, texts, cut }: Column, width: number, paint: Paint): readonly string[] {
  const isNumeric = cells.length > 0 && cells.every(isNumber);
  return [name, ...texts].map((whole, line) => {
    const text = cutText(whole, width, cut);
    const padding = ' '.repeat(Math.max(0, width - stringWidth(text)));
    const shown = styled(text, line === 0 ? 'strong' : styleOf(cells[line - 1]), paint);
    return isNumeric ? padding + shown : shown + padding;
  });
}

export type Details = readonly (readonly [name: string, value: Cell])[];

/** One thing, member by member. Times are shown both ways: there is room. */
export function detailsText(pairs: Details, reader: Reader = EVERYTHING): string {
  const paint = painter(reader.page);
  const names = pairs.map(([name]) => safeText(name));
  const width = Math.max(...names.map((name) => stringWidth(name)));
  return pairs
    .map(([, value], index) => {
      const name = names[index] ?? '';
      const padded = name + ' '.repeat(width - stringWidth(name));
      return `${paint('quiet', padded)}${GAP}${styled(bothTimes(value, reader), styleOf(value), paint)}\n`;
    })
    .join('');
}

/**
 * CSV with line feeds, safe to open in a spreadsheet: every cell is quoted and formulas are guarded. Programs take
 * `--json`.
 */
export function csvText({ head, rows }: Columns, { withHead = true } = {}): string {
  const lines = [...(withHead ? [head] : []), ...rows].map((row) => row.map(csvCell));
  return stringify(lines, { quoted: true, quoted_empty: true });
}

function csvCell(cell: Cell): string {
  const bare = bareCell(cell) ?? '';
  // A negative number is one; as text it could be the beginning of a formula.
  return typeof bare === 'string' ? guardFormulas(safeText(bare)) : String(bare);
}

const isInstant = (cell: Cell): cell is Instant =>
  typeof cell === 'object' && cell !== null && 'instant' in cell;

const isStyled = (cell: Cell): cell is Styled => typeof cell === 'object' && cell !== null && 'text' in cell;

const styleOf = (cell: Cell): Style | undefined => (isStyled(cell) ? cell.style : undefined);

const styled = (text: string, style: Style | undefined, paint: Paint): string =>
  style === undefined ? text : paint(style, text);

function isNumber(cell: Cell): boolean {
  const bare = bareCell(cell);
  return typeof bare === 'number' || (bare === null && !isInstant(cell));
}

/** What a cell holds, without its presentation. */
function bareCell(cell: Cell): string | number | boolean | null | undefined {
  if (isInstant(cell)) return cell.instant;
  return isStyled(cell) ? cell.text : cell;
}

function cellText(cell: Cell, { page, now }: Reader): string {
  const bare = bareCell(cell);
  if (bare === null || bare === undefined || bare === '') return '-';
  if (isInstant(cell) && page !== undefined) return safeText(relativeTime(String(bare), now()));
  return safeText(String(bare));
}

function bothTimes(cell: Cell, reader: Reader): string {
  const text = cellText(cell, reader);
  const isRelative = isInstant(cell) && typeof cell.instant === 'string' && reader.page !== undefined;
  return isRelative ? `${safeText(cell.instant)} (${text})` : text;
}
