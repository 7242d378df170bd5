/** The records of a CSV, each with the line where it begins. A broken one costs itself and no other. */
import { CsvError, parse, type Options } from 'csv-parse/sync';
import { LINE_MAX_LENGTH, type Line } from './upload-text.ts';

export interface CsvRecord {
  readonly line: number;
  /** Its first line, as it stands in the file. */
  readonly text: string;
  /** Undefined where the record cannot be read; `problem` says why. */
  readonly cells: readonly string[] | undefined;
  readonly problem?: string;
  /** A quote that nothing closes stands at the beginning of a cell, and was read as a character like others. */
  readonly hasOpenQuote?: true;
}

/** The lines that were read and not used yet. */
export class LinesAhead {
  readonly #source: AsyncIterator<Line>;
  readonly #ahead: Line[] = [];

  constructor(source: AsyncIterable<Line>) {
    this.#source = source[Symbol.asyncIterator]();
  }

  /** @param index 0 for the next line */
  async at(index: number): Promise<Line | undefined> {
    while (this.#ahead.length <= index) {
      const next = await this.#source.next();
      if (next.done === true) return undefined;
      this.#ahead.push(next.value);
    }
    return this.#ahead[index];
  }

  /** Leaves the upload to others, who may read the rest of it. */
  async close(): Promise<void> {
    await this.#source.return?.();
  }

  drop(count: number): void {
    this.#ahead.splice(0, count);
  }
}

export interface TableShape {
  readonly delimiter: string;
  readonly columns: number;
  /** Whether a line is a row by itself: such a line is never taken for a part of a quoted cell above it. */
  readonly isRow: (cells: readonly string[]) => boolean;
}

/** Leaves out empty lines and those that hold separators only, which spreadsheets write below a table. */
export async function* csvRecords(lines: LinesAhead, shape: TableShape): AsyncGenerator<CsvRecord> {
  for (let line = await lines.at(0); line !== undefined; line = await lines.at(0)) {
    const { lineCount, ...record } = await readRecord(lines, line, shape);
    lines.drop(lineCount);
    if (record.cells?.every((cell) => cell.trim() === '') !== true)
      yield { line: line.number, text: line.text, ...record };
  }
}

/** A quoted cell with this many lines in it is taken for a quote that nothing closes. */
const RECORD_LINES_MAX = 100;

async function readRecord(
  lines: LinesAhead,
  first: Line,
  { delimiter, columns, isRow }: TableShape,
): Promise<Omit<CsvRecord, 'line' | 'text'> & { readonly lineCount: number }> {
  if (first.isCut) {
    const problem = `The line is longer than ${LINE_MAX_LENGTH} characters.`;
    return { cells: undefined, problem, lineCount: 1 };
  }
  const cells = cellsOf(first.text, delimiter);
  if (cells !== 'open') return { cells, lineCount: 1 };
  let text = first.text;
  let isOpen = hasOddQuotes(text);
  for (let index = 1; isOpen && index < RECORD_LINES_MAX; index += 1) {
    const next = await lines.at(index);
    if (next === undefined || next.isCut || text.length + next.text.length > LINE_MAX_LENGTH) break;
    if (isRow(next.text.split(delimiter))) break;
    text += `\n${next.text}`;
    isOpen = !hasOddQuotes(next.text);
    // Parsed once, where its quotes are even: at every line, a file of open quotes would cost the square of its size.
    const joined = isOpen ? undefined : strictCells(text, delimiter);
    // Lines that make no row of the table when they are joined belong to rows of their own.
    if (joined?.length === columns) return { cells: joined, lineCount: index + 1 };
  }
  // Nothing closes the quote, so that it is a character like others.
  return { cells: first.text.split(delimiter), hasOpenQuote: true, lineCount: 1 };
}

const hasOddQuotes = (text: string): boolean => text.split('"').length % 2 === 0;

/** The cells of one line, where a quote inside a cell is a character like others; `open`: the last cell is not closed. */
export function cellsOf(text: string, delimiter: string): readonly string[] | 'open' {
  if (!text.includes('"')) return text.split(delimiter);
  return onlyRecord(text, { delimiter, relax_quotes: true }) ?? 'open';
}

/** The cells of one record over several lines; undefined where its quotes are not those of a CSV. */
const strictCells = (text: string, delimiter: string): readonly string[] | undefined =>
  onlyRecord(text, { delimiter });

function onlyRecord(text: string, options: Options): readonly string[] | undefined {
  try {
    const records = parse(text, { ...options, relax_column_count: true });
    return records.length === 1 ? records[0] : undefined;
  } catch (error) {
    if (error instanceof CsvError) return undefined;
    throw error;
  }
}
