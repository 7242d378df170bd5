import type { Readable } from 'node:stream';
import { invalid } from '../../domain/field-issue.ts';
import { OWN_LAYOUT } from '../../domain/import-layout.ts';
import { repeatedName } from '../../domain/json.ts';
import { parseOnboardingRequest, type RequestRules } from '../../domain/onboarding-request.ts';
import { shown } from '../../domain/shown.ts';
import { holdsAccount } from './csv-cells.ts';
import { csvRecords, LinesAhead } from './csv-records.ts';
import { checkRecord, notUtf8, unreadable, type CheckedRow } from './csv-row.ts';
import { planTable, readHeader } from './csv-table.ts';
import { TURN_MS, yieldToEventLoop } from './event-loop.ts';
import { LINE_MAX_LENGTH, linesOf, UNREADABLE, type Line } from './upload-text.ts';

/** A row of an upload; `row` counts the rows that hold something, `line` the lines of the file. */
export interface ReadRow extends CheckedRow {
  readonly row: number;
  readonly line: number;
}

/** Rows of an upload, read as they stream past. */
export interface ImportReader {
  readonly rows: AsyncIterable<ReadRow>;
  /** Known once the header has been read, also where it cannot be used. */
  readonly header: () => Header;
  /** Cells that were cleaned of what a spreadsheet or a person put around the value; known at the end. */
  readonly cleaned: () => number;
}

/** What the first line of a file says, and what is made of it. */
export interface Header {
  readonly delimiter: string;
  readonly columns: readonly string[];
  readonly ignored: readonly string[];
  /** The column that fills each field. */
  readonly map: Readonly<Record<string, string>>;
}

/**
 * CSV with a header of the request's field names and `metadata.<key>`, or of names that the layout maps to them; other
 * columns are ignored and named.
 */
export function readCsv(upload: Readable, rules: RequestRules, layout = OWN_LAYOUT): ImportReader {
  let header: Header = { delimiter: layout.delimiter ?? ',', columns: [], ignored: [], map: {} };
  let cleaned = 0;
  async function* records(): AsyncGenerator<Omit<ReadRow, 'row'>> {
    const lines = new LinesAhead(linesOf(upload));
    try {
      const named = await readHeader(lines, layout);
      header = { ...header, ...named };
      const table = planTable(named, layout);
      const { delimiter, columns, fields, ignored } = table;
      const map = Object.fromEntries(fields.map(({ name, index }) => [name, columns[index] ?? '']));
      header = { ...named, ignored, map };
      const account = fields.find(({ name }) => name === 'account')?.index ?? -1;
      const isRow = (cells: readonly string[]): boolean => holdsAccount(cells[account] ?? '');
      for await (const record of csvRecords(lines, { delimiter, columns: columns.length, isRow })) {
        const read = checkRecord(record, { table, layout, rules });
        cleaned += read.cleaned;
        yield { line: record.line, ...read };
      }
    } finally {
      await lines.close();
    }
  }
  return { rows: numbered(records()), header: () => header, cleaned: () => cleaned };
}

const NDJSON_HEADER: Header = { delimiter: ',', columns: ['json'], ignored: [], map: {} };

/** NDJSON: one request object per line, as the single call takes it. */
export function readNdjson(upload: Readable, rules: RequestRules): ImportReader {
  async function* records(): AsyncGenerator<Omit<ReadRow, 'row'>> {
    for await (const line of linesOf(upload)) {
      if (line.text.trim() !== '') yield { line: line.number, ...checkLine(line, rules) };
    }
  }
  return { rows: numbered(records()), header: () => NDJSON_HEADER, cleaned: () => 0 };
}

/** Counts the rows from 1. */
async function* numbered(records: AsyncIterable<Omit<ReadRow, 'row'>>): ImportReader['rows'] {
  let row = 0;
  let since = performance.now();
  for await (const record of records) {
    row += 1;
    if (performance.now() - since > TURN_MS) {
      // Rows that nothing waits for, such as a million bad ones, would let no other caller in.
      await yieldToEventLoop();
      since = performance.now();
    }
    yield { row, ...record };
  }
}

function checkLine(line: Line, rules: RequestRules): CheckedRow {
  const refused = { fields: undefined, cells: [line.text] };
  if (line.isCut) return { request: unreadable(tooLong(line)), ...refused };
  if (line.text.includes(UNREADABLE)) return { request: invalid(notUtf8('row', line.text)), ...refused };
  try {
    const fields: unknown = JSON.parse(line.text);
    const repeated = repeatedName(line.text, fields);
    if (repeated !== undefined) return { request: unreadable(twice(repeated)), ...refused };
    return { request: parseOnboardingRequest(fields, rules), fields, cells: [line.text] };
  } catch {
    return { request: unreadable(`The line is not a JSON object: ${shown(line.text)}`), ...refused };
  }
}

const twice = (name: string): string =>
  `The line has ${shown(name)} twice in one object: send each name once.`;

const tooLong = ({ number }: Line): string => `Line ${number} is longer than ${LINE_MAX_LENGTH} characters.`;
