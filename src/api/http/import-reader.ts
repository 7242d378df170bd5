import type { Readable } from 'node:stream';
import { invalid, type Checked, type FieldIssue } from '../../domain/field-issue.ts';
import {
  parseOnboardingRequest,
  REQUEST_FIELDS,
  type RequestRules,
} from '../../domain/onboarding-request.ts';
import type { OnboardingRequest } from '../../domain/onboarding.ts';
import { quoted } from '../../domain/text.ts';
import { cleanCell, destroyedAccount, holdsAccount } from './csv-cells.ts';
import { cellsOf, csvRecords, LinesAhead, type CsvRecord } from './csv-records.ts';
import { TURN_MS, yieldToEventLoop } from './event-loop.ts';
import { invalidRequest, ProblemError } from './problem.ts';
import { LINE_MAX_LENGTH, linesOf, UNREADABLE, type Line } from './upload-text.ts';

/** A row of an upload; `row` counts the rows that hold something, `line` the lines of the file. */
export interface ReadRow {
  readonly row: number;
  readonly line: number;
  readonly request: Checked<OnboardingRequest>;
}

/** Rows of an upload, read as they stream past; the rest is known once they have been read. */
export interface ImportReader {
  readonly rows: AsyncIterable<ReadRow>;
  readonly ignoredColumns: () => readonly string[];
  /** Cells that were cleaned of what a spreadsheet or a person put around the value. */
  readonly cleaned: () => number;
}

/** The upload as a whole cannot be used: thrown before any row is accepted. */
const unusable = (...issues: readonly FieldIssue[]): ProblemError => new ProblemError(invalidRequest(issues));

const COLUMNS_MAX = 200;
const METADATA = 'metadata.';
const DELIMITERS = [',', ';', '\t'] as const;

/**
 * CSV with a header of the request's field names and `metadata.<key>`; other columns are ignored and named. The separator
 * is that of the header: comma, semicolon or tab, or what a line `sep=` before it says.
 */
export function readCsv(upload: Readable, rules: RequestRules): ImportReader {
  let ignored: readonly string[] = [];
  let cleaned = 0;
  async function* records(): AsyncGenerator<Omit<ReadRow, 'row'>> {
    const lines = new LinesAhead(linesOf(upload));
    const { delimiter, columns } = await readHeader(lines);
    ignored = columns.flatMap(({ use, name }) => (use === 'ignored' && name !== '' ? [name] : []));
    const account = columns.findIndex(({ name }) => name === 'account');
    const isRow = (cells: readonly string[]): boolean => holdsAccount(cells[account] ?? '');
    for await (const record of csvRecords(lines, { delimiter, columns: columns.length, isRow })) {
      const read = checkRecord(record, columns, rules);
      cleaned += read.cleaned;
      yield { line: record.line, request: read.request };
    }
  }
  return { rows: numbered(records()), ignoredColumns: () => ignored, cleaned: () => cleaned };
}

/** NDJSON: one request object per line, as the single call takes it. */
export function readNdjson(upload: Readable, rules: RequestRules): ImportReader {
  async function* records(): AsyncGenerator<Omit<ReadRow, 'row'>> {
    for await (const line of linesOf(upload)) {
      if (line.text.trim() !== '') yield { line: line.number, request: checkLine(line, rules) };
    }
  }
  return { rows: numbered(records()), ignoredColumns: () => [], cleaned: () => 0 };
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

type Column =
  | { readonly name: string; readonly use: 'field' | 'ignored' }
  | { readonly name: string; readonly use: 'metadata'; readonly key: string };

async function readHeader(
  lines: LinesAhead,
): Promise<{ readonly delimiter: string; readonly columns: readonly Column[] }> {
  let given: string | undefined;
  for (let line = await lines.at(0); line !== undefined; line = await lines.at(0)) {
    lines.drop(1);
    if (line.isCut) throw unusable({ ...missing('readable text'), message: tooLong(line) });
    const said = /^sep=(.)$/i.exec(line.text.trim())?.[1];
    if (said !== undefined && given === undefined) given = said;
    else if (line.text.trim() !== '') {
      const delimiter = given ?? delimiterOf(line.text);
      const cells = cellsOf(line.text, delimiter);
      return { delimiter, columns: columnsOf(cells === 'open' ? line.text.split(delimiter) : cells) };
    }
  }
  throw unusable(missing('a header line'));
}

/** The separator that finds the most names of ours. */
function delimiterOf(header: string): string {
  const known = DELIMITERS.map((delimiter) => {
    const cells = cellsOf(header, delimiter);
    return cells === 'open' ? 0 : cells.filter((cell) => columnOf(cell).use !== 'ignored').length;
  });
  return DELIMITERS[known.indexOf(Math.max(...known))] ?? ',';
}

const FIELDS = new Map(
  REQUEST_FIELDS.filter((field) => field !== 'metadata').map((field) => [field.toLowerCase(), field]),
);

/** Names are compared without case and surrounding blanks; the key of metadata is kept as it is. */
function columnOf(cell: string): Column {
  const name = cell.trim();
  const field = FIELDS.get(name.toLowerCase());
  if (field !== undefined) return { name: field, use: 'field' };
  const isMetadata = name.toLowerCase().startsWith(METADATA) && name.length > METADATA.length;
  if (!isMetadata) return { name, use: 'ignored' };
  const key = name.slice(METADATA.length);
  return { name: METADATA + key, use: 'metadata', key };
}

function columnsOf(cells: readonly string[]): readonly Column[] {
  if (cells.length > COLUMNS_MAX) throw unusable(tooManyColumns(cells.length));
  const columns = cells.map(columnOf);
  const named = columns.filter(({ use }) => use !== 'ignored').map(({ name }) => name);
  const twice = named.filter((name, index) => named.indexOf(name) !== index);
  if (twice.length > 0) throw unusable(...twice.map(namedTwice));
  const has = (name: string): boolean => columns.some((column) => column.name === name);
  const lacking = ['account', 'region'].filter((name) => !has(name));
  if (!has('sourceName') && !(has('eventNamespace') && has('eventName'))) {
    lacking.push('eventNamespace and eventName, or sourceName');
  }
  if (lacking.length > 0) throw unusable(...lacking.map((name) => missing(name, columns)));
  return columns;
}

const missing = (column: string, found: readonly Column[] = []): FieldIssue => ({
  field: 'header',
  code: 'required',
  message: `The first line must name the columns; ${column} is missing.${
    found.length === 0 ? '' : ` Found: ${found.map(({ name }) => quoted(name)).join(', ')}.`
  }`,
});

const tooManyColumns = (count: number): FieldIssue => ({
  field: 'header',
  code: 'too_long',
  message: `The first line names ${count} columns; at most ${COLUMNS_MAX} are allowed.`,
});

/** Which of the two counts would be a guess. */
const namedTwice = (column: string): FieldIssue => ({
  field: 'header',
  code: 'duplicate_column',
  message: `The first line names the column ${quoted(column)} twice.`,
});

interface CheckedRecord {
  readonly request: Checked<OnboardingRequest>;
  readonly cleaned: number;
}

/** An empty or missing cell is a field that was not given. */
function checkRecord(
  { cells, problem, hasOpenQuote }: CsvRecord,
  columns: readonly Column[],
  rules: RequestRules,
): CheckedRecord {
  if (cells === undefined) return { request: unreadable(problem ?? ''), cleaned: 0 };
  if (cells.slice(columns.length).some((cell) => cell.trim() !== '')) {
    const counts = `The row has ${cells.length} cells, the header ${columns.length}`;
    return { request: unreadable(`${counts}: check its separators and quotes.`), cleaned: 0 };
  }
  // Once for every row of a million: what is in order goes into few objects.
  const fields: Record<string, unknown> = {};
  const metadata: [string, string][] = [];
  let cleaned = 0;
  for (const [index, column] of columns.entries()) {
    const given = cells[index];
    if (column.use === 'ignored' || given === undefined || given === '') continue;
    if (given.includes(UNREADABLE)) return { request: invalid(notUtf8(column.name, given)), cleaned: 0 };
    if (hasOpenQuote === true && given.startsWith('"'))
      return { request: unreadable(openQuote(given)), cleaned: 0 };
    const cell = cleanCell(column.name, given);
    if (cell.isCleaned) cleaned += 1;
    if (column.use === 'metadata') metadata.push([column.key, cell.text]);
    else if (cell.text !== '') fields[column.name] = cell.text;
  }
  // Whatever a key is called, it becomes a key of the object itself.
  fields['metadata'] = Object.fromEntries(metadata);
  return {
    request: withSpreadsheetAdvice(parseOnboardingRequest(fields, rules), fields['account']),
    cleaned,
  };
}

/** Says of an account that a spreadsheet has changed how that came, which a JSON body never meets. */
function withSpreadsheetAdvice(
  request: Checked<OnboardingRequest>,
  account: unknown,
): Checked<OnboardingRequest> {
  const message = request.ok || typeof account !== 'string' ? undefined : destroyedAccount(account);
  if (request.ok || message === undefined) return request;
  return invalid(
    ...request.issues.map((issue) => (issue.field === 'account' ? { ...issue, message } : issue)),
  );
}

function checkLine(line: Line, rules: RequestRules): Checked<OnboardingRequest> {
  if (line.isCut) return unreadable(tooLong(line));
  if (line.text.includes(UNREADABLE)) return invalid(notUtf8('row', line.text));
  try {
    return parseOnboardingRequest(JSON.parse(line.text), rules);
  } catch {
    return unreadable(`The line is not a JSON object: ${quoted(line.text)}`);
  }
}

function unreadable(message: string): Checked<never> {
  return invalid({ field: 'row', code: 'unreadable_row', message });
}

const tooLong = ({ number }: Line): string => `Line ${number} is longer than ${LINE_MAX_LENGTH} characters.`;

const openQuote = (cell: string): string =>
  `A quoted cell is never closed: ${quoted(cell)}. Double the quotes inside a quoted cell.`;

const notUtf8 = (field: string, text: string): FieldIssue => ({
  field,
  code: 'invalid_text',
  message: `The line is not UTF-8: ${quoted(text)}. Save the file as UTF-8.`,
});
