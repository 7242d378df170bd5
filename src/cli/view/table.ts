import stringWidth from 'string-width';
import { layOut, type Cut } from './lay-out.ts';
import { relativeTime } from './relative-time.ts';
import { safeText } from './safe-text.ts';
import { painter, type Style } from './style.ts';

/** A time: told relative to now to a person, exactly to a program. */
export interface Instant {
  readonly instant: string | null | undefined;
}

/** A text that has a colour where there are colours. */
export interface Styled {
  readonly text: string | number | null | undefined;
  readonly style: Style | undefined;
}

export type Cell = string | number | boolean | null | undefined | Instant | Styled;

export interface Columns {
  readonly head: readonly string[];
  readonly rows: readonly (readonly Cell[])[];
  /**
   * Columns that may be cut to fit a terminal, the most important first, and which end of a text is kept. Ids are never
   * among them.
   */
  readonly cut?: Readonly<Record<string, Cut>>;
  /** Columns that are left out where the terminal is too narrow all the same, the first first. */
  readonly spare?: readonly string[];
}

/** Where a table is read: undefined is a file or a program, which gets everything. */
export interface Reader {
  readonly page: { readonly columns: number; readonly colour: boolean } | undefined;
  readonly now: () => number;
}

/** Columns without lines, so that they can be read, grepped and cut alike. Cells are made safe here. */
export function tableText(columns: Columns, reader: Reader = EVERYTHING): string {
  return tableOf(columns, reader).text;
}

/** The same, with the names of the columns for which there was no room. */
export function tableOf(
  { head, rows, cut = {}, spare = [] }: Columns,
  reader: Reader = EVERYTHING,
): { readonly text: string; readonly leftOut: readonly string[] } {
  const paint = painter(reader.page);
  const columns = head.map((name, index) => ({
    name,
    numeric: rows.length > 0 && rows.every((row) => isNumber(row[index])),
    cells: rows.map((row) => cellText(row[index], reader)),
    styles: rows.map((row) => styleOf(row[index])),
  }));
  const { kept, leftOut } = layOut(columns, { width: reader.page?.columns, cut, spare });
  const line = (texts: readonly string[], row: number | undefined): string =>
    kept
      .map(({ column, width }, index) => {
        const style = row === undefined ? 'strong' : column.styles[row];
        const text = texts[index] ?? '';
        const padding = ' '.repeat(Math.max(0, width - stringWidth(text)));
        const shown = style === undefined ? text : paint(style, text);
        if (column.numeric) return padding + shown;
        // No spaces at the end of a line.
        return index === kept.length - 1 ? shown : shown + padding;
      })
      .join('  ')
      .trimEnd();
  const lines = [
    line(
      kept.map(({ column }) => column.name),
      undefined,
    ),
    ...rows.map((_, row) =>
      line(
        kept.map(({ texts }) => texts[row] ?? ''),
        row,
      ),
    ),
  ];
  return { text: `${lines.join('\n')}\n`, leftOut };
}

/** One thing, member by member. */
export function detailsText(
  pairs: readonly (readonly [name: string, value: Cell])[],
  reader: Reader = EVERYTHING,
): string {
  const paint = painter(reader.page);
  const lines = pairs.map(
    ([name, value]) => [safeText(name), bothTimes(value, reader), styleOf(value)] as const,
  );
  const width = Math.max(...lines.map(([name]) => stringWidth(name)));
  return lines
    .map(([name, text, style]) => {
      const padded = name + ' '.repeat(width - stringWidth(name));
      return `${paint('quiet', padded)}  ${style === undefined ? text : paint(style, text)}\n`;
    })
    .join('');
}

const EVERYTHING: Reader = { page: undefined, now: () => 0 };

const isNumber = (cell: Cell): boolean => {
  const bare = isStyled(cell) ? cell.text : cell;
  return typeof bare === 'number' || bare === null;
};

const isInstant = (cell: Cell): cell is Instant =>
  typeof cell === 'object' && cell !== null && 'instant' in cell;

const isStyled = (cell: Cell): cell is Styled => typeof cell === 'object' && cell !== null && 'text' in cell;

const styleOf = (cell: Cell): Style | undefined => (isStyled(cell) ? cell.style : undefined);

/** What a cell holds, for files and programs. */
export function bareCell(cell: Cell): string | number | boolean | null | undefined {
  if (isInstant(cell)) return cell.instant;
  return isStyled(cell) ? cell.text : cell;
}

function cellText(cell: Cell, { page, now }: Reader): string {
  const bare = bareCell(cell);
  if (bare === null || bare === undefined || bare === '') return '-';
  if (isInstant(cell) && page !== undefined) return safeText(relativeTime(String(bare), now()));
  return safeText(String(bare));
}

/** Details have room for both. */
function bothTimes(cell: Cell, reader: Reader): string {
  const text = cellText(cell, reader);
  if (!isInstant(cell) || cell.instant === null || cell.instant === undefined || reader.page === undefined)
    return text;
  return `${safeText(cell.instant)} (${text})`;
}
