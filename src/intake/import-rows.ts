/**
 * Imports: rows of any number go through the same intake in batches, so memory stays bounded. Bad rows are
 * reported by row, field and reason; good rows go through.
 */
import { importId } from '../domain/ids.ts';
import type { ImportReport, RowIssue } from '../domain/import-report.ts';
import { SOURCE_NAME_TAKEN, type Acceptance } from '../domain/acceptance.ts';
import type { Checked } from '../domain/field-issue.ts';
import type { OnboardingRequest } from '../domain/onboarding.ts';
import type { Clock, Ledger, Metrics } from '../ports.ts';
import type { Intake } from './accept.ts';

export interface ImportDeps {
  readonly intake: Pick<Intake, 'acceptMany' | 'tryMany'>;
  readonly ledger: Pick<Ledger, 'saveImport'>;
  readonly clock: Clock;
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
}

export interface ImportOutcome {
  readonly report: ImportReport;
  /** The first {@link ERRORS_SHOWN}. */
  readonly errors: readonly RowIssue[];
  readonly errorsTruncated: boolean;
}

export const ERRORS_SHOWN = 1_000;

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
  readonly dryRun: boolean;
  readonly ignoredColumns: () => readonly string[];
  readonly cleaned: () => number;
}

/**
 * Accepts rows batch by batch, reading the next batch while the last is being written; resolves when all are committed. A ledger
 * outage of up to a minute only delays it. A dry run compares each row with the current ledger and writes nothing: a name in
 * two batches then counts as free for both.
 */
export async function importRows(
  rows: AsyncIterable<ImportRow>,
  deps: ImportDeps,
  options: ImportOptions,
): Promise<ImportOutcome> {
  const tally = new Tally();
  const take = async (batch: readonly ImportRow[]): Promise<void> =>
    takeBatch(batch, { deps, tally, dryRun: options.dryRun });
  let taking = Promise.resolve();
  let batch: ImportRow[] = [];
  try {
    for await (const row of rows) {
      batch.push(row);
      if (batch.length < BATCH) continue;
      await taking;
      taking = take(batch);
      // It is awaited above, after the next batch was read.
      taking.catch(() => undefined);
      batch = [];
    }
  } finally {
    await taking;
  }
  await take(batch);
  const report = tally.report(deps, {
    ignoredColumns: options.ignoredColumns(),
    cleaned: options.cleaned(),
  });
  if (!options.dryRun) await deps.ledger.saveImport({ report, errors: tally.errors, actor: options.actor });
  return { report, errors: tally.errors, errorsTruncated: tally.truncated };
}

/** Accepts the good rows of a batch together; errors are noted in the order of the rows. */
async function takeBatch(
  batch: readonly ImportRow[],
  { deps, tally, dryRun }: { deps: ImportDeps; tally: Tally; dryRun: boolean },
): Promise<void> {
  const good = batch.flatMap(({ request }) => (request.ok ? [request.value] : []));
  const taken = dryRun
    ? await deps.intake.tryMany(good)
    : await deps.intake.acceptMany(good, 'import', {
        patience: { signal: deps.stopping },
        bulkMayWait: tally.accepted >= QUEUED_AT_ONCE,
      });
  if (!dryRun) deps.metrics.requested('import', 'invalid', batch.length - good.length);
  let next = 0;
  for (const { row, line, request } of batch) {
    tally.rows += 1;
    if (!request.ok) tally.reject(request.issues.map((issue) => ({ row, line, ...issue })));
    else tally.take({ row, line }, taken[next++]?.kind);
  }
}

/** Counts of one import; a class because it lives while the rows stream past. */
class Tally {
  rows = 0;
  accepted = 0;
  duplicates = 0;
  rejected = 0;
  truncated = false;
  readonly errors: RowIssue[] = [];

  take(at: Pick<RowIssue, 'row' | 'line'>, kind: Acceptance['kind'] | undefined): void {
    switch (kind) {
      case 'accepted':
        this.accepted += 1;
        return;
      case 'existing':
        this.duplicates += 1;
        return;
      case 'taken':
        this.reject([{ ...at, field: 'sourceName', ...SOURCE_NAME_TAKEN }]);
        return;
      case undefined:
        throw new Error('The intake returned fewer results than rows.');
    }
  }

  reject(issues: readonly RowIssue[]): void {
    this.rejected += 1;
    for (const issue of issues) {
      if (this.errors.length < ERRORS_SHOWN) this.errors.push(issue);
      else this.truncated = true;
    }
  }

  report(
    { clock, randomBytes }: ImportDeps,
    read: Pick<ImportReport, 'ignoredColumns' | 'cleaned'>,
  ): ImportReport {
    const { rows, accepted, duplicates, rejected } = this;
    const now = clock.now();
    const id = importId(now, randomBytes(16));
    return {
      id,
      rows,
      accepted,
      duplicates,
      rejected,
      ...read,
      createdAt: new Date(now).toISOString(),
    };
  }
}
