import { parse } from 'csv-parse';
import { pipeline, Readable } from 'node:stream';
import { invalid, type Checked, type FieldIssue } from '../domain/field-issue.ts';
import { parseOnboardingRequest, REQUEST_FIELDS, type RequestRules } from '../domain/onboarding-request.ts';
import type { OnboardingRequest } from '../domain/onboarding.ts';

/** Rows of an upload, read as they stream past; `ignoredColumns` is known once the first row has come. */
export interface ImportReader {
  readonly rows: AsyncIterable<{ row: number; request: Checked<OnboardingRequest> }>;
  ignoredColumns(): readonly string[];
}

/** The upload as a whole cannot be used: thrown before any row is taken. */
export class UnusableUploadError extends Error {
  override readonly name = 'UnusableUploadError';
  readonly issues: readonly FieldIssue[];

  constructor(issues: readonly FieldIssue[]) {
    super(issues.map((issue) => issue.message).join(' '));
    this.issues = issues;
  }
}

const RECORD_MAX_BYTES = 65_536;
const METADATA = 'metadata.';

/** CSV with a header of the request's field names and `metadata.<key>`; other columns are ignored and named. */
export function readCsv(upload: Readable, rules: RequestRules): ImportReader {
  let ignored: readonly string[] = [];
  const parser = parse({
    bom: true,
    relax_column_count: true,
    skip_empty_lines: true,
    max_record_size: RECORD_MAX_BYTES,
  });

  async function* records(): AsyncGenerator<Checked<OnboardingRequest>> {
    let header: Column[] | undefined;
    const texts = Readable.from(decoded(upload));
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
    } catch (error) {
      if (header !== undefined || error instanceof UnusableUploadError) throw error;
      throw new UnusableUploadError([{ ...missing('readable text'), message: messageOf(error) }]);
    }
    if (header === undefined) throw new UnusableUploadError([missing('a header line')]);
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
  try {
    for await (const request of records) {
      row += 1;
      yield { row, request };
    }
  } catch (error) {
    const callerHasGone = upload.errored !== null;
    if (error instanceof UnusableUploadError || callerHasGone) throw error;
    yield { row: row + 1, request: unreadable(error) };
  }
}

interface Column {
  readonly name: string;
  readonly use: 'field' | 'metadata' | 'ignored';
}

function readHeader(cells: readonly string[]): Column[] {
  const fields: readonly string[] = REQUEST_FIELDS.filter((field) => field !== 'metadata');
  const columns = cells.map((cell): Column => {
    const name = cell.trim();
    if (fields.includes(name)) return { name, use: 'field' };
    return { name, use: name.startsWith(METADATA) && name.length > METADATA.length ? 'metadata' : 'ignored' };
  });
  const has = (name: string): boolean => columns.some((column) => column.name === name);
  const issues = ['account', 'region'].filter((name) => !has(name)).map(missing);
  if (!has('sourceName') && !(has('eventNamespace') && has('eventName'))) {
    issues.push(missing('eventNamespace and eventName, or sourceName'));
  }
  if (issues.length > 0) throw new UnusableUploadError(issues);
  return columns;
}

const missing = (column: string): FieldIssue => ({
  field: 'header',
  code: 'required',
  message: `The first line must name the columns; it lacks ${column}.`,
});

/** An empty cell is a field that was not given. */
function checkCells(
  cells: readonly string[],
  header: readonly Column[],
  rules: RequestRules,
): Checked<OnboardingRequest> {
  if (cells.length !== header.length) {
    return unreadable(
      new Error(
        `The row has ${cells.length} cells, the header ${header.length}: check its commas and quotes.`,
      ),
    );
  }
  const given = header
    .map((column, index) => ({ ...column, cell: cells[index] ?? '' }))
    .filter(({ cell }) => cell !== '');
  const fields = given.filter(({ use }) => use === 'field').map(({ name, cell }) => [name, cell] as const);
  const metadata = given
    .filter(({ use }) => use === 'metadata')
    .map(({ name, cell }) => [name.slice(METADATA.length), cell] as const);
  return parseOnboardingRequest(
    { ...Object.fromEntries(fields), metadata: Object.fromEntries(metadata) },
    rules,
  );
}

function checkLine(line: string, rules: RequestRules): Checked<OnboardingRequest> {
  if (line.length > RECORD_MAX_BYTES)
    return unreadable(new Error(`The line is longer than ${RECORD_MAX_BYTES} characters.`));
  try {
    return parseOnboardingRequest(JSON.parse(line), rules);
  } catch {
    return unreadable(new Error('The line is not a JSON object.'));
  }
}

function unreadable(error: unknown): Checked<never> {
  return invalid({ field: 'row', code: 'unreadable_row', message: messageOf(error) });
}

const messageOf = (error: unknown): string => (error instanceof Error ? error.message : String(error));

async function* decoded(upload: Readable): AsyncGenerator<string> {
  const decoder = new TextDecoder('utf-8', { fatal: true });
  // Whoever stops reading early still answers on this connection, and a destroyed upload would take it along.
  const chunks = upload.iterator({ destroyOnReturn: false }) as AsyncIterable<Buffer>;
  try {
    for await (const chunk of chunks) yield decoder.decode(chunk, { stream: true });
    yield decoder.decode();
  } catch (error) {
    if (error instanceof TypeError)
      throw new Error('The upload holds bytes that are not UTF-8; what came before was read.', {
        cause: error,
      });
    throw error;
  }
}

async function* lines(texts: AsyncIterable<string>): AsyncGenerator<string> {
  let rest = '';
  for await (const text of texts) {
    const parts = (rest + text).split('\n');
    rest = parts.pop() ?? '';
    yield* parts;
    // A line without an end is cut, not collected for ever; its row is then reported as too long.
    if (rest.length > 2 * RECORD_MAX_BYTES) rest = rest.slice(0, RECORD_MAX_BYTES + 1);
  }
  if (rest !== '') yield rest;
}
