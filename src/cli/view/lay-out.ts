import stringWidth from 'string-width';

/** Which part of a text that is too long is kept. */
export type Cut = 'start' | 'end';

interface Texts {
  readonly name: string;
  readonly cells: readonly string[];
}

interface Room {
  /** Columns of the terminal; undefined: any number. */
  readonly width: number | undefined;
  readonly cut: Readonly<Record<string, Cut>>;
  readonly spare: readonly string[];
}

interface Placed<C> {
  readonly column: C;
  readonly width: number;
  readonly texts: readonly string[];
}

const GAP = 2;
/** A cut text shows at least so much, or it says nothing. */
const LEAST = 12;

/**
 * Makes a table as narrow as the terminal: spare columns go first, from the front of their list, until the others can be
 * cut to fit. What may not be cut keeps its width, and lines wrap rather than that an id is lost.
 */
export function layOut<C extends Texts>(
  columns: readonly C[],
  { width, cut, spare }: Room,
): { readonly kept: readonly Placed<C>[]; readonly leftOut: readonly string[] } {
  const natural = new Map(columns.map((column) => [column, naturalWidth(column)]));
  const widthOf = (column: C): number => natural.get(column) ?? 0;
  if (width === undefined || total(columns.map(widthOf)) <= width)
    return { kept: columns.map((column) => placed(column, widthOf(column), 'start')), leftOut: [] };
  const leastOf = (column: C): number =>
    cut[column.name] === undefined ? widthOf(column) : Math.min(LEAST, widthOf(column));
  let kept = [...columns];
  const leftOut: string[] = [];
  for (const name of spare) {
    if (total(kept.map(leastOf)) <= width) break;
    if (kept.some((column) => column.name === name)) leftOut.push(name);
    kept = kept.filter((column) => column.name !== name);
  }
  const order = Object.keys(cut);
  const widths = shared(
    kept.map((column) => ({
      least: leastOf(column),
      natural: widthOf(column),
      turn: order.indexOf(column.name),
    })),
    width,
  );
  return {
    kept: kept.map((column, index) => placed(column, widths[index] ?? 0, cut[column.name] ?? 'start')),
    leftOut,
  };
}

const naturalWidth = ({ name, cells }: Texts): number => Math.max(...[name, ...cells].map(stringWidthOf));

const stringWidthOf = (text: string): number => stringWidth(text);

const total = (widths: readonly number[]): number =>
  widths.reduce((sum, width) => sum + width, GAP * Math.max(0, widths.length - 1));

/** What is left beyond the least widths goes to the columns in the order in which they may be cut. */
function shared(
  columns: readonly { least: number; natural: number; turn: number }[],
  width: number,
): readonly number[] {
  const widths = columns.map(({ least }) => least);
  let left = width - total(widths);
  const inTurn = [...columns.entries()].sort(([, one], [, other]) => one.turn - other.turn);
  for (const [index, { least, natural }] of inTurn) {
    const more = Math.min(Math.max(0, left), natural - least);
    widths[index] = least + more;
    left -= more;
  }
  return widths;
}

const placed = <C extends Texts>(column: C, width: number, keep: Cut): Placed<C> => ({
  column,
  width,
  texts: column.cells.map((cell) => cutText(cell, width, keep)),
});

/** A text of at most `width` columns; an ellipsis stands for what is missing. Wide characters are never halved. */
export function cutText(text: string, width: number, keep: Cut): string {
  if (stringWidth(text) <= width) return text;
  const characters = [...new Intl.Segmenter().segment(text)].map(({ segment }) => segment);
  const ordered = keep === 'start' ? characters : characters.reverse();
  let kept: string[] = [];
  let used = 1;
  for (const character of ordered) {
    used += stringWidth(character);
    if (used > width) break;
    kept.push(character);
  }
  if (keep === 'end') kept = kept.reverse();
  return keep === 'start' ? `${kept.join('')}…` : `…${kept.join('')}`;
}
