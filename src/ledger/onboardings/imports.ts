import { sql } from 'kysely';
import type { ImportId } from '../../domain/ids.ts';
import type { ImportReport, RowIssue, SavedImport } from '../../domain/import-report.ts';
import { recordAudit } from '../audit/record-audit.ts';
import type { LedgerDatabase } from '../database/database.ts';
import { storable } from '../database/values.ts';

/** Keeps an import's report with the errors given, and who sent it. An id that is there already is left as it is. */
export async function saveImport(db: LedgerDatabase, { report, errors, actor }: SavedImport): Promise<void> {
  await db.transaction().execute(async (transaction) => {
    if (!(await keep(transaction, report, errors))) return;
    const { id: subject, createdAt: at, rows, accepted, duplicates, rejected } = report;
    const after = { rows, accepted, duplicates, rejected };
    await recordAudit(transaction, {
      at,
      actor,
      action: 'import',
      subject,
      reason: null,
      before: null,
      after,
    });
  });
}

/** False when the id was there already. */
async function keep(db: LedgerDatabase, report: ImportReport, errors: readonly RowIssue[]): Promise<boolean> {
  const ignoredColumns = JSON.stringify(report.ignoredColumns.map(storable));
  // Fields and messages name what stood in the file, whatever that was.
  const issues = errors.map((issue) => ({
    ...issue,
    field: storable(issue.field),
    message: storable(issue.message),
  }));
  const { rows } = await sql<{ kept: boolean }>`
    with kept as (
      insert into onboarding.imports (id, rows, accepted, duplicates, rejected, cleaned, ignored_columns, created_at)
      values (${report.id}, ${report.rows}, ${report.accepted}, ${report.duplicates}, ${report.rejected},
        ${report.cleaned}, ${ignoredColumns}::jsonb, ${report.createdAt}::timestamptz)
      on conflict (id) do nothing
      returning id
    ), noted as (
      insert into onboarding.import_errors (import_id, position, row, line, field, code, message)
      select kept.id, issue.position, issue.row, issue.line, issue.field, issue.code, issue.message
      from kept, rows from (jsonb_to_recordset(${JSON.stringify(issues)}::jsonb) as
        (row integer, line integer, field text, code text, message text)) with ordinality
        as issue (row, line, field, code, message, position)
    )
    select exists (select from kept) as kept`.execute(db);
  return rows[0]?.kept === true;
}

export async function getImport(
  db: LedgerDatabase,
  id: ImportId,
): Promise<{ report: ImportReport; errors: readonly RowIssue[] } | undefined> {
  const row = await db.selectFrom('imports').selectAll().where('id', '=', id).executeTakeFirst();
  if (row === undefined) return undefined;
  const errors = await db
    .selectFrom('import_errors')
    .select(['row', 'line', 'field', 'code', 'message'])
    .where('import_id', '=', id)
    .orderBy('position')
    .execute();
  return {
    report: {
      id,
      rows: row.rows,
      accepted: row.accepted,
      duplicates: row.duplicates,
      rejected: row.rejected,
      cleaned: row.cleaned,
      ignoredColumns: row.ignored_columns,
      createdAt: row.created_at,
    },
    errors,
  };
}
