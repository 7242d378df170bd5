import Table from 'cli-table3';
import { safeText } from './safe-text.ts';

export type Cell = string | number | boolean | null | undefined;

export interface Columns {
  readonly head: readonly string[];
  readonly rows: readonly (readonly Cell[])[];
}

/** Columns without lines, so that they can be read, grepped and cut alike. Cells are made safe here. */
export function tableText({ head, rows }: Columns): string {
  const numeric = head.map((_, index) => rows.length > 0 && rows.every((row) => isNumber(row[index])));
  const table = new Table({
    head: [...head],
    chars: NO_LINES,
    colAligns: numeric.map((right) => (right ? 'right' : 'left')),
    style: { head: [], border: [], 'padding-left': 0, 'padding-right': 2 },
  });
  for (const row of rows) table.push(head.map((_, index) => cellText(row[index])));
  return `${trimmedLines(table.toString())}\n`;
}

/** One thing, member by member. */
export function detailsText(pairs: readonly (readonly [name: string, value: Cell])[]): string {
  const lines = pairs.map(([name, value]) => [safeText(name), cellText(value)] as const);
  const width = Math.max(...lines.map(([name]) => name.length));
  return lines.map(([name, value]) => `${name.padEnd(width)}  ${value}\n`).join('');
}

const NO_LINES = Object.fromEntries(
  [
    'top top-mid top-left top-right bottom bottom-mid bottom-left bottom-right',
    'left left-mid mid mid-mid right right-mid middle',
  ]
    .flatMap((names) => names.split(' '))
    .map((name) => [name, '']),
);

const isNumber = (cell: Cell): boolean => typeof cell === 'number' || cell === null;

function cellText(cell: Cell): string {
  return cell === null || cell === undefined || cell === '' ? '-' : safeText(String(cell));
}

const trimmedLines = (text: string): string =>
  text
    .split('\n')
    .map((line) => line.trimEnd())
    .join('\n');
