import { parse } from 'csv-parse';
import { pipeline, Readable } from 'node:stream';
import { invalid, type Checked, type FieldIssue } from '../../domain/field-issue.ts';
import { dropFormulaGuards } from '../../domain/formula-guard.ts';
import { quoted } from '../../domain/text.ts';
import {
  parseOnboardingRequest,
  REQUEST_FIELDS,
  type RequestRules,
} from '../../domain/onboarding-request.ts';
import type { OnboardingRequest } from '../../domain/onboarding.ts';
import { TURN_MS, yieldToEventLoop } from './event-loop.ts';
import { invalidRequest, ProblemError } from './problem.ts';
import { decoded, lines, LINE_MAX_LENGTH, withShortLines } from './upload-text.ts';

/** Rows of an upload, read as they stream past; `ignoredColumns` is known once the first row has come. */
export interface ImportReader {
  readonly rows: AsyncIterable<{ row: number; request: Checked<OnboardingRequest> }>;
  readonly ignoredColumns: () => readonly string[];
}

/** The upload as a whole cannot be used: thrown before any row is taken. */
const unusable = (...issues: readonly FieldIssue[]): ProblemError => new ProblemError(invalidRequest(issues));

const COLUMNS_MAX = 200;
const METADATA = 'metadata.';

/** CSV with a header of the request's field names and `metadata.<key>`; other columns are ignored and named. */
export function readCsv(upload: Readable, rules: RequestRules): ImportReader {
  let ignored: readonly string[] = [];
  const parser = parse({
    bom: true,
    relax_column_count: true,
    skip_empty_lines: true,
    max_record_size: LINE_MAX_LENGTH,
  });

  async function* records(): AsyncGenerator<Checked<OnboardingRequest>> {
    let header: Column[] | undefined;
    let tooLong: Error | undefined;
    const texts = Readable.from(withShortLines(decoded(upload), (error) => (tooLong = error)));
    // pipeline, not pipe: a broken upload must end the parser too, and reach whoever reads from it.
    const cellRows = pipeline(texts, parser, () => undefined) as AsyncIterable<string[]>;
    try {
      for await (const cells of cellRows) {
        if (header !== undefined) yield checkCells(cells, header, rules);
        else {
          header = readHeader(cells);
          ignored = header.flatMap((column) => (column.use === 'ignored' ? [column.name] : []));
        }
      }
      if (tooLong !== undefined) throw tooLong;
    } catch (error) {
      if (header !== undefined || error instanceof ProblemError) throw error;
      throw unusable({ ...missing('readable text'), message: messageOf(error) });
    }
    if (header === undefined) throw unusable(missing('a header line'));
  }
  return { rows: numbered(records(), upload), ignoredColumns: () => ignored };
}

/** NDJSON: one request object per line, as the single call takes it. */
export function readNdjson(upload: Readable, rules: RequestRules): ImportReader {
  async function* records(): AsyncGenerator<Checked<OnboardingRequest>> {
    for await (const line of lines(decoded(upload))) {
      if (line.trim() !== '') yield checkLine(line, rules);
    }
  }
  return { rows: numbered(records(), upload), ignoredColumns: () => [] };
}

/** Counts the rows from 1. Where the text itself breaks, the last row says so: what came before has been taken. */
async function* numbered(
  records: AsyncIterable<Checked<OnboardingRequest>>,
  upload: Readable,
): ImportReader['rows'] {
  let row = 0;
  let since = performance.now();
  try {
    for await (const request of records) {
      row += 1;
      if (performance.now() - since > TURN_MS) {
        // Rows that nobody has to wait for, such as a million bad ones, would let no other caller in.
        await yieldToEventLoop();
        since = performance.now();
      }
      yield { row, request };
    }
  } catch (error) {
    const callerHasGone = upload.errored !== null;
    if (error instanceof ProblemError || callerHasGone) throw error;
    yield { row: row + 1, request: unreadable(messageOf(error)) };
  }
}

type Column =
  | { readonly name: string; readonly use: 'field' | 'ignored' }
  | { readonly name: string; readonly use: 'metadata'; readonly key: string };

function readHeader(cells: readonly string[]): Column[] {
  if (cells.length > COLUMNS_MAX) throw unusable(tooManyColumns(cells.length));
  const fields: readonly string[] = REQUEST_FIELDS.filter((field) => field !== 'metadata');
  const columns = cells.map((cell): Column => {
    const name = cell.trim();
    if (fields.includes(name)) return { name, use: 'field' };
    if (!name.startsWith(METADATA) || name.length === METADATA.length) return { name, use: 'ignored' };
    return { name, use: 'metadata', key: name.slice(METADATA.length) };
  });
  const named = columns.filter(({ use }) => use !== 'ignored').map(({ name }) => name);
  const twice = named.filter((name, index) => named.indexOf(name) !== index);
  if (twice.length > 0) throw unusable(...twice.map(namedTwice));
  const has = (name: string): boolean => columns.some((column) => column.name === name);
  const issues = ['account', 'region'].filter((name) => !has(name)).map(missing);
  if (!has('sourceName') && !(has('eventNamespace') && has('eventName'))) {
    issues.push(missing('eventNamespace and eventName, or sourceName'));
  }
  if (issues.length > 0) throw unusable(...issues);
  return columns;
}

const missing = (column: string): FieldIssue => ({
  field: 'header',
  code: 'required',
  message: `The first line must name the columns; it lacks ${column}.`,
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

/** An empty cell is a field that was not given. A cell that our own CSV guards is read as it was before. */
function checkCells(
  cells: readonly string[],
  header: readonly Column[],
  rules: RequestRules,
): Checked<OnboardingRequest> {
  if (cells.length !== header.length) {
    return unreadable(
      `The row has ${cells.length} cells, the header ${header.length}: check its commas and quotes.`,
    );
  }
  // Once for every row of a million: what is in order goes into few objects.
  const fields: Record<string, unknown> = {};
  const metadata: [string, string][] = [];
  for (let index = 0; index < header.length; index += 1) {
    const column = header[index];
    const cell = cells[index];
    if (column === undefined || cell === undefined || cell === '') continue;
    if (column.use === 'field') fields[column.name] = dropFormulaGuards(cell);
    else if (column.use === 'metadata') metadata.push([column.key, dropFormulaGuards(cell)]);
  }
  // Whatever a key is called, it becomes a key of the object itself.
  fields['metadata'] = Object.fromEntries(metadata);
  return parseOnboardingRequest(fields, rules);
}

function checkLine(line: string, rules: RequestRules): Checked<OnboardingRequest> {
  if (line.length > LINE_MAX_LENGTH)
    return unreadable(`The line is longer than ${LINE_MAX_LENGTH} characters.`);
  try {
    return parseOnboardingRequest(JSON.parse(line), rules);
  } catch {
    return unreadable('The line is not a JSON object.');
  }
}

function unreadable(message: string): Checked<never> {
  return invalid({ field: 'row', code: 'unreadable_row', message });
}

const messageOf = (error: unknown): string => (error instanceof Error ? error.message : String(error));
