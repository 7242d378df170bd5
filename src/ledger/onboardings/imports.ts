import { sql } from 'kysely';
import type { ImportId } from '../../domain/ids.ts';
import type { ImportFile, ImportReport, RejectedRow, SavedImport } from '../../domain/import-report.ts';
import { recordAudit } from '../audit/record-audit.ts';
import type { LedgerDatabase } from '../database/database.ts';
import { storable } from '../database/values.ts';

/** Keeps an import's report, and who sent it. An id that is there already is left as it is. */
export async function saveImport(db: LedgerDatabase, { report, file, actor }: SavedImport): Promise<void> {
  const { id, createdAt, ignoredColumns, rows, accepted, duplicates, rejected, cleaned } = report;
  await db.transaction().execute(async (transaction) => {
    const kept = await transaction
      .insertInto('imports')
      .values({
        id,
        rows,
        accepted,
        duplicates,
        rejected,
        cleaned,
        ignored_columns: JSON.stringify(ignoredColumns.map(storable)),
        delimiter: storable(file.delimiter),
        columns: JSON.stringify(file.columns.map(storable)),
        created_at: createdAt,
      })
      .onConflict((conflict) => conflict.column('id').doNothing())
      .returning('id')
      .executeTakeFirst();
    if (kept === undefined) return;
    await recordAudit(transaction, {
      at: createdAt,
      actor,
      action: 'import',
      subject: id,
      reason: null,
      before: null,
      after: { rows, accepted, duplicates, rejected },
    });
  });
}

export async function getImport(
  db: LedgerDatabase,
  id: ImportId,
): Promise<{ report: ImportReport; file: ImportFile } | undefined> {
  const row = await db.selectFrom('imports').selectAll().where('id', '=', id).executeTakeFirst();
  if (row === undefined) return undefined;
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
    file: { delimiter: row.delimiter, columns: row.columns },
  };
}

/** Keeps rejected rows, which may come before the import itself is saved; one that is there already is left as it is. */
export async function saveRejects(
  db: LedgerDatabase,
  id: ImportId,
  rejects: readonly RejectedRow[],
): Promise<void> {
  // Fields and messages name what stood in the file, whatever that was.
  const rows = rejects.map(({ row, line, cells, issues }) => ({
    row,
    line,
    cells: cells.map(storable),
    issues: issues.map(({ field, code, message }) => ({
      field: storable(field),
      code,
      message: storable(message),
    })),
  }));
  await sql`
    insert into onboarding.import_rejects (import_id, row, line, cells, issues)
    select ${id}, reject.row, reject.line, reject.cells, reject.issues
    from jsonb_to_recordset(${JSON.stringify(rows)}::jsonb)
      as reject (row integer, line integer, cells jsonb, issues jsonb)
    on conflict do nothing`.execute(db);
}

/** Rejected rows after a row, in their order. */
export async function importRejects(
  db: LedgerDatabase,
  id: ImportId,
  { after, limit }: { readonly after: number; readonly limit: number },
): Promise<readonly RejectedRow[]> {
  return db
    .selectFrom('import_rejects')
    .select(['row', 'line', 'cells', 'issues'])
    .where('import_id', '=', id)
    .where('row', '>', after)
    .orderBy('row')
    .limit(limit)
    .execute();
}

/** Deletes up to `limit` rejected rows of imports whose ids come before this one; answers how many. */
export async function pruneRejects(
  db: LedgerDatabase,
  { before, limit }: { readonly before: string; readonly limit: number },
): Promise<number> {
  const { numAffectedRows } = await sql`
    delete from onboarding.import_rejects where ctid = any (array(
      select ctid from onboarding.import_rejects where import_id < ${before} limit ${limit}))`.execute(db);
  return Number(numAffectedRows ?? 0);
}
