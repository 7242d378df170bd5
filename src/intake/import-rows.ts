/**
 * Imports: rows of any number go through the same intake in batches, so memory stays bounded. Bad rows are
 * reported by row, field and reason; good rows go through.
 */
import { importId, type ImportId } from '../domain/ids.ts';
import type { RowIssue } from '../domain/import-report.ts';
import type { ImportReport } from '../domain/import-report.ts';
import type { Checked } from '../domain/field-issue.ts';
import type { OnboardingRequest } from '../domain/onboarding.ts';
import type { Clock, Ledger } from '../ports.ts';
import type { Intake } from './accept.ts';

export interface ImportDeps {
  readonly intake: Pick<Intake, 'acceptMany'>;
  readonly ledger: Pick<Ledger, 'saveImport'>;
  readonly clock: Clock;
  readonly randomBytes: (n: number) => Uint8Array;
}

/** One data row, counted from 1, read and checked. */
export interface ImportRow {
  readonly row: number;
  readonly request: Checked<OnboardingRequest>;
}

export interface ImportOutcome {
  readonly report: ImportReport;
  /** The first {@link ERRORS_SHOWN}. */
  readonly errors: readonly RowIssue[];
  readonly errorsTruncated: boolean;
}

export const ERRORS_SHOWN = 1_000;
const BATCH = 500;

export interface ImportOptions {
  readonly dryRun: boolean;
  readonly ignoredColumns: () => readonly string[];
}

/** Takes the rows as they come; answers once the last batch is committed. A dry run checks and writes nothing. */
export async function importRows(
  rows: AsyncIterable<ImportRow>,
  deps: ImportDeps,
  options: ImportOptions,
): Promise<ImportOutcome> {
  const tally = new Tally();
  let batch: { row: number; request: OnboardingRequest }[] = [];
  const flush = async (): Promise<void> => {
    if (!options.dryRun) await acceptBatch(batch, deps, tally);
    else tally.accepted += batch.length;
    batch = [];
  };
  for await (const { row, request } of rows) {
    tally.rows += 1;
    if (request.ok) batch.push({ row, request: request.value });
    else tally.reject(request.issues.map((issue) => ({ row, ...issue })));
    if (batch.length >= BATCH) await flush();
  }
  await flush();
  const report = tally.report(newImportId(deps), {
    at: deps.clock.now(),
    ignoredColumns: options.ignoredColumns(),
  });
  if (!options.dryRun) await deps.ledger.saveImport(report, tally.errors);
  return { report, errors: tally.errors, errorsTruncated: tally.truncated };
}

async function acceptBatch(
  batch: readonly { row: number; request: OnboardingRequest }[],
  deps: ImportDeps,
  tally: Tally,
): Promise<void> {
  const acceptances = await deps.intake.acceptMany(batch.map(({ request }) => request));
  acceptances.forEach((acceptance, index) => {
    const row = batch[index]?.row ?? 0;
    switch (acceptance.kind) {
      case 'accepted':
        tally.accepted += 1;
        return;
      case 'existing':
        tally.duplicates += 1;
        return;
      case 'taken':
        tally.reject([
          {
            row,
            field: 'sourceName',
            code: 'source_name_taken',
            message: 'This source name is onboarded for another account in this Region: choose another name.',
          },
        ]);
    }
  });
}

function newImportId(deps: ImportDeps): ImportId {
  return importId(deps.clock.now(), deps.randomBytes(16));
}

/** Counts of one import; a class because it lives while the rows stream past. */
class Tally {
  rows = 0;
  accepted = 0;
  duplicates = 0;
  rejected = 0;
  truncated = false;
  readonly errors: RowIssue[] = [];

  reject(issues: readonly RowIssue[]): void {
    this.rejected += 1;
    for (const issue of issues) {
      if (this.errors.length < ERRORS_SHOWN) this.errors.push(issue);
      else this.truncated = true;
    }
  }

  report(
    id: ImportId,
    { at, ignoredColumns }: { at: number; ignoredColumns: readonly string[] },
  ): ImportReport {
    const { rows, accepted, duplicates, rejected } = this;
    return {
      id,
      rows,
      accepted,
      duplicates,
      rejected,
      ignoredColumns,
      createdAt: new Date(at).toISOString(),
    };
  }
}
