/**
 * Imports: rows of any number go through the same intake in batches, so memory stays bounded. Bad rows are
 * reported by row, field and reason; good rows go through.
 */
import { importId, type ImportId } from '../domain/ids.ts';
import {
  ERRORS_SHOWN,
  issuesOfRow,
  type CellIssue,
  type ImportFile,
  type ImportReport,
  type RejectedRow,
  type RowIssue,
} from '../domain/import-report.ts';
import { SOURCE_NAME_TAKEN, type Acceptance } from '../domain/acceptance.ts';
import type { Checked } from '../domain/field-issue.ts';
import type { ShownLayout } from '../domain/import-layout.ts';
import type { OnboardingRequest } from '../domain/onboarding.ts';
import type { Clock, Ledger, Log, Metrics } from '../ports.ts';
import { persistently, type Intake } from './accept.ts';

export interface ImportDeps {
  readonly intake: Pick<Intake, 'acceptMany' | 'tryMany'>;
  readonly ledger: Pick<Ledger, 'saveImport' | 'saveRejects'>;
  readonly clock: Clock;
  readonly log: Log;
  readonly randomBytes: (n: number) => Uint8Array;
  readonly metrics: Pick<Metrics, 'requested'>;
  /** Aborts when the process stops. */
  readonly stopping: AbortSignal;
}

/** One data row, counted from 1, with the line of the file where it begins, read and checked. */
export interface ImportRow {
  readonly row: number;
  readonly line: number;
  readonly request: Checked<OnboardingRequest>;
  /** As it stands in the file. */
  readonly cells: readonly string[];
}

export interface ImportOutcome {
  readonly report: ImportReport;
  /** The first {@link ERRORS_SHOWN}. */
  readonly errors: readonly RowIssue[];
  readonly errorsTruncated: boolean;
}

/** What a dry run tells. */
export interface ImportTrial extends ImportOutcome {
  /** The first rows as they would be submitted. */
  readonly sample: readonly unknown[];
  readonly layout: ShownLayout;
}

/** Rows of one statement; with those that are read meanwhile, what an import holds in memory. */
const BATCH = 500;

/**
 * So many rows of one import get their jobs at once, which is minutes of work under any quota. Those after them stay
 * `accepted` for maintenance, which needs more time for jobs than the ledger does for rows.
 */
const QUEUED_AT_ONCE = 10_000;

export interface ImportOptions {
  /** Who sent it, for the audit. */
  readonly actor: string;
  readonly ignoredColumns: () => readonly string[];
  readonly cleaned: () => number;
  readonly file: () => ImportFile;
}

/** Accepts rows batch by batch; resolves when all are committed. A ledger outage of up to a minute only delays it. */
export async function importRows(
  rows: AsyncIterable<ImportRow>,
  deps: ImportDeps,
  options: ImportOptions,
): Promise<ImportOutcome> {
  const { ledger, clock, stopping } = deps;
  const keep = (save: () => Promise<void>): Promise<void> => persistently(save, deps, { signal: stopping });
  const id = importId(clock.now(), deps.randomBytes(16));
  const tally = new Tally();
  for await (const rejects of rejectsOf(rows, { deps, tally, dryRun: false }))
    for (const some of inStatements(rejects)) await keep(() => ledger.saveRejects(id, some));
  const outcome = tally.outcome(id, clock, options);
  const { file, actor } = options;
  await keep(() => ledger.saveImport({ report: outcome.report, file: file(), actor }));
  return outcome;
}

/** Characters of cells in one statement, beyond those of its first row. */
const STATEMENT_MAX = 1_000_000;

function inStatements(rejects: readonly RejectedRow[]): readonly (readonly RejectedRow[])[] {
  const statements: RejectedRow[][] = [];
  let size = Infinity;
  for (const reject of rejects) {
    const own = reject.cells.reduce((sum, cell) => sum + cell.length, 0);
    if (size + own > STATEMENT_MAX) {
      statements.push([]);
      size = 0;
    }
    statements.at(-1)?.push(reject);
    size += own;
  }
  return statements;
}

/** Compares each row with the current ledger and writes nothing: a name in two batches counts as free for both. */
export async function tryRows(
  rows: AsyncIterable<ImportRow>,
  deps: ImportDeps,
  options: Omit<ImportOptions, 'actor' | 'file'>,
): Promise<ImportOutcome> {
  const tally = new Tally();
  for await (const _ of rejectsOf(rows, { deps, tally, dryRun: true })) continue;
  return tally.outcome(importId(deps.clock.now(), deps.randomBytes(16)), deps.clock, options);
}

/** The same for those who want the rejected rows and no counts. */
export const tryForRejects = (
  rows: AsyncIterable<ImportRow>,
  deps: ImportDeps,
): AsyncGenerator<readonly RejectedRow[]> => rejectsOf(rows, { deps, tally: new Tally(), dryRun: true });

interface Run {
  readonly deps: ImportDeps;
  readonly tally: Tally;
  readonly dryRun: boolean;
}

/** Takes a batch while the next one is read, and gives the rejected rows of each. */
async function* rejectsOf(rows: AsyncIterable<ImportRow>, run: Run): AsyncGenerator<readonly RejectedRow[]> {
  let taking: Promise<readonly RejectedRow[]> = Promise.resolve([]);
  let batch: ImportRow[] = [];
  try {
    for await (const row of rows) {
      batch.push(row);
      if (batch.length < BATCH) continue;
      const rejects = await taking;
      taking = takeBatch(batch, run);
      // It is awaited after the next batch was read.
      taking.catch(() => undefined);
      batch = [];
      yield rejects;
    }
  } finally {
    await taking;
  }
  yield await taking;
  yield await takeBatch(batch, run);
}

/** Accepts the good rows of a batch together; errors are noted in the order of the rows. */
async function takeBatch(
  batch: readonly ImportRow[],
  { deps, tally, dryRun }: Run,
): Promise<readonly RejectedRow[]> {
  const good = batch.flatMap(({ request }) => (request.ok ? [request.value] : []));
  const taken = dryRun
    ? await deps.intake.tryMany(good)
    : await deps.intake.acceptMany(good, 'import', {
        patience: { signal: deps.stopping },
        bulkMayWait: tally.accepted >= QUEUED_AT_ONCE,
      });
  if (!dryRun) deps.metrics.requested('import', 'invalid', batch.length - good.length);
  let next = 0;
  const rejects: RejectedRow[] = [];
  for (const { row, line, cells, request } of batch) {
    tally.rows += 1;
    const issues = request.ok ? tally.take(taken[next++]?.kind) : request.issues;
    if (issues.length > 0) rejects.push({ row, line, cells, issues });
  }
  tally.reject(rejects);
  return rejects;
}

/** Counts of one import; a class because it lives while the rows stream past. */
class Tally {
  rows = 0;
  accepted = 0;
  duplicates = 0;
  rejected = 0;
  readonly #errors: RowIssue[] = [];
  #truncated = false;

  /** Answers what is wrong with it, after all. */
  take(kind: Acceptance['kind'] | undefined): readonly CellIssue[] {
    switch (kind) {
      case 'accepted':
        this.accepted += 1;
        return [];
      case 'existing':
        this.duplicates += 1;
        return [];
      case 'taken':
        return [{ field: 'sourceName', ...SOURCE_NAME_TAKEN }];
      case undefined:
        throw new Error('The intake returned fewer results than rows.');
    }
  }

  reject(rejects: readonly RejectedRow[]): void {
    this.rejected += rejects.length;
    for (const issue of rejects.flatMap(issuesOfRow)) {
      if (this.#errors.length < ERRORS_SHOWN) this.#errors.push(issue);
      else this.#truncated = true;
    }
  }

  outcome(
    id: ImportId,
    clock: Clock,
    { ignoredColumns, cleaned }: Pick<ImportOptions, 'ignoredColumns' | 'cleaned'>,
  ): ImportOutcome {
    const { rows, accepted, duplicates, rejected } = this;
    const counts = { rows, accepted, duplicates, rejected, cleaned: cleaned() };
    const createdAt = new Date(clock.now()).toISOString();
    return {
      report: { id, ...counts, ignoredColumns: ignoredColumns(), createdAt },
      errors: this.#errors,
      errorsTruncated: this.#truncated,
    };
  }
}
