/** The rejected rows of an import, page by page, however many there are. */
import type { ImportId } from '../domain/ids.ts';
import {
  ERRORS_SHOWN,
  issuesOfRow,
  type ImportReport,
  type RejectedRow,
  type RowIssue,
} from '../domain/import-report.ts';
import type { Ledger } from '../ports.ts';

type RejectsLedger = Pick<Ledger, 'importRejects'>;

/** A row has at most 64 KB. */
const PAGE = 100;

export async function* rejectedRows(
  ledger: RejectsLedger,
  id: ImportId,
): AsyncGenerator<readonly RejectedRow[]> {
  let after = 0;
  for (;;) {
    const page = await ledger.importRejects(id, { after, limit: PAGE });
    if (page.length > 0) yield page;
    const last = page.at(-1);
    if (last === undefined || page.length < PAGE) return;
    after = last.row;
  }
}

/** The first 1,000 errors; whether there were more, or they are not kept any more. */
export async function firstErrors(
  ledger: RejectsLedger,
  { id, rejected }: Pick<ImportReport, 'id' | 'rejected'>,
): Promise<{ readonly errors: readonly RowIssue[]; readonly errorsTruncated: boolean }> {
  const errors: RowIssue[] = [];
  for await (const page of rejectedRows(ledger, id)) {
    errors.push(...page.flatMap(issuesOfRow));
    if (errors.length > ERRORS_SHOWN) break;
  }
  const errorsTruncated = errors.length > ERRORS_SHOWN || (errors.length === 0 && rejected > 0);
  return { errors: errors.slice(0, ERRORS_SHOWN), errorsTruncated };
}
