/** An upload of many rows: read by its content type and its sender's options, and imported, tried, or told the rejects of. */
import { Readable } from 'node:stream';
import {
  defaultIssues,
  OWN_LAYOUT,
  parseImportLayout,
  type ImportLayout,
  type ShownLayout,
} from '../../domain/import-layout.ts';
import type { ImportFile, RejectedRow } from '../../domain/import-report.ts';
import type { RequestRules } from '../../domain/onboarding-request.ts';
import { shown } from '../../domain/shown.ts';
import {
  importRows,
  tryForRejects,
  tryRows,
  type ImportDeps,
  type ImportOutcome,
  type ImportTrial,
} from '../../intake/import-rows.ts';
import { readCsv, readNdjson, type Header, type ImportReader, type ReadRow } from './import-reader.ts';
import { invalidRequest, problem, ProblemError } from './problem.ts';
import { rejectsCsv } from './rejects-csv.ts';

export const UPLOAD_TYPES = ['text/csv', 'application/x-ndjson'] as const;

export interface UploadDeps extends ImportDeps {
  readonly rules: RequestRules;
}

export interface UploadRequest {
  readonly body: Readable;
  readonly contentType: string | undefined;
  /** `delimiter`, `map.<field>`, `default.<field>` and templates, as they came. */
  readonly options: Readonly<Record<string, unknown>>;
}

export interface Upload {
  readonly reader: ImportReader;
  readonly layout: ImportLayout;
}

/** Reads nothing yet. Throws a {@link ProblemError} for a type or an option that is none. */
export function openUpload({ body, contentType = '', options }: UploadRequest, rules: RequestRules): Upload {
  const type = contentType.split(';')[0]?.trim().toLowerCase() ?? '';
  if (type === 'application/x-ndjson') {
    const [field] = Object.keys(options);
    if (field === undefined) return { reader: readNdjson(body, rules), layout: OWN_LAYOUT };
    const message = 'Options for columns are for text/csv only: NDJSON names its fields itself.';
    throw new ProblemError(invalidRequest([{ field, code: 'unknown_field', message }]));
  }
  if (type !== 'text/csv') throw new ProblemError(unknownType(type));
  const layout = parseImportLayout(options);
  const issues = layout.ok ? defaultIssues(layout.value, rules) : layout.issues;
  if (!layout.ok || issues.length > 0) throw new ProblemError(invalidRequest(issues));
  return { reader: readCsv(body, rules, layout.value), layout: layout.value };
}

function unknownType(type: string) {
  const isForm = type.startsWith('multipart/') || type === 'application/x-www-form-urlencoded';
  const advice = isForm ? ' Send the file itself as the body, not a form (curl: --data-binary @file).' : '';
  const got = type === '' ? '' : `, not ${shown(type)}`;
  const detail = `Send content-type: ${UPLOAD_TYPES.join(' or ')}${got}.${advice}`;
  return problem('unsupported_media_type', { detail, field: 'content-type' });
}

export function importUpload({ reader }: Upload, deps: UploadDeps, actor: string): Promise<ImportOutcome> {
  return importRows(reader.rows, deps, { ...toldBy(reader), actor, file: reader.header });
}

const toldBy = ({ header, cleaned }: ImportReader) => ({
  ignoredColumns: () => header().ignored,
  cleaned,
});

const SAMPLE = 5;

/** Writes nothing. */
export async function tryUpload({ reader, layout }: Upload, deps: UploadDeps): Promise<ImportTrial> {
  const sample: unknown[] = [];
  async function* sampled(): AsyncGenerator<ReadRow> {
    for await (const row of reader.rows) {
      if (row.fields !== undefined && sample.length < SAMPLE) sample.push(row.fields);
      yield row;
    }
  }
  const outcome = await tryRows(sampled(), deps, toldBy(reader));
  return { ...outcome, sample, layout: shownLayout(reader.header(), layout) };
}

const shownLayout = (
  { delimiter, columns, map }: Header,
  { defaults, templates }: ImportLayout,
): ShownLayout => ({
  delimiter,
  columns,
  map,
  default: Object.fromEntries(defaults),
  eventNamespace: templates.get('eventNamespace') ?? null,
  eventName: templates.get('eventName') ?? null,
});

/** The rejected rows of a dry run as CSV, while it is read; rejects before its beginning where the header cannot be used. */
export async function tryForCsv({ reader }: Upload, deps: UploadDeps): Promise<Readable> {
  const batches = tryForRejects(reader.rows, deps);
  const first = await batches.next();
  async function* all(): AsyncGenerator<readonly RejectedRow[]> {
    if (first.done !== true) yield first.value;
    yield* batches;
  }
  return Readable.from(rejectsCsv(reader.header(), all()));
}

interface UnusableUpload {
  readonly problems: readonly string[];
  readonly layout: ShownLayout;
}

/** For the console, which shows what cannot be used beside the options that were chosen. */
export function createUploads(deps: UploadDeps) {
  type Sent = Pick<UploadRequest, 'body' | 'options'>;
  const withUpload = async <T>(
    sent: Sent,
    use: (upload: Upload) => Promise<T>,
  ): Promise<T | UnusableUpload> => {
    let upload: Upload | undefined;
    try {
      upload = openUpload({ ...sent, contentType: 'text/csv' }, deps.rules);
      return await use(upload);
    } catch (error) {
      if (!(error instanceof ProblemError)) throw error;
      // A browser reads the answer only after it has sent the whole file.
      await readToEnd(sent.body);
      const { errors = [], detail } = error.problem;
      const header = upload?.reader.header() ?? NO_HEADER;
      const problems = errors.length === 0 ? [detail] : errors.map(({ message }) => message);
      return { problems, layout: shownLayout(header, upload?.layout ?? OWN_LAYOUT) };
    }
  };
  return {
    attempt: (sent: Sent) => withUpload(sent, (upload) => tryUpload(upload, deps)),
    accept: (sent: Sent, actor: string) => withUpload(sent, (upload) => importUpload(upload, deps, actor)),
    rejectsCsv: (file: ImportFile, rejects: AsyncIterable<readonly RejectedRow[]>) =>
      Readable.from(rejectsCsv(file, rejects)),
  };
}

/** The request closes only after its answer: its end is waited for, or that its sender breaks it off. */
async function readToEnd(body: Readable): Promise<void> {
  if (body.readableEnded || body.destroyed) return;
  await new Promise<void>((resolve) => body.once('end', resolve).once('close', resolve).resume());
}

const NO_HEADER: Header = { delimiter: ',', columns: [], ignored: [], map: {} };
