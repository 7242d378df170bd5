import { randomBytes } from 'node:crypto';
import { expect, test } from 'vitest';
import { firstIdAt, importId } from '../../../src/domain/ids.ts';
import type { ImportReport, RejectedRow } from '../../../src/domain/import-report.ts';
import { AT, type LedgerUnderTest } from '../../support/ledger-fixtures.ts';

const report = (overrides: Partial<ImportReport> = {}): ImportReport => ({
  id: importId(Date.parse(AT), randomBytes(16)),
  rows: 1_000_000,
  accepted: 999_990,
  duplicates: 8,
  rejected: 2,
  cleaned: 17,
  ignoredColumns: ['Größe', 'a "b"'],
  createdAt: AT,
  ...overrides,
});

const FILE = { delimiter: ';', columns: ['Größe', '', 'a "b"', 'account'] };

const rejected = (row: number, overrides: Partial<RejectedRow> = {}): RejectedRow => ({
  row,
  line: row + 1,
  cells: ['', `cell ${row}`],
  issues: [{ field: 'account', code: 'required', message: `row ${row}` }],
  ...overrides,
});

export function keepsImports(tested: () => LedgerUnderTest): void {
  test('an import is read back with how its file was written', async () => {
    const kept = report();
    await tested().ledger.saveImport({ report: kept, file: FILE, actor: 'maria' });
    expect(await tested().ledger.getImport(kept.id)).toEqual({ report: kept, file: FILE });
  });

  test('rejected rows are read back page by page, in their order, before and after their import is saved', async () => {
    const { ledger } = tested();
    const kept = report();
    const hostile = rejected(3, {
      line: 12,
      cells: [`'; drop table x; -- <b>"\\`, '🏭', 'x'.repeat(60_000)],
      issues: [
        { field: 'account', code: 'invalid_account', message: `'; drop table x; -- <b>"\\` },
        { field: 'metadata.🏭', code: 'too_long', message: 'x'.repeat(10_000) },
      ],
    });
    await ledger.saveRejects(kept.id, [rejected(7), hostile]);
    await ledger.saveRejects(kept.id, [rejected(900), rejected(7, { line: 99 })]);
    await ledger.saveRejects(report().id, [rejected(5)]);
    const page = (after: number, limit: number) => ledger.importRejects(kept.id, { after, limit });
    expect(await page(0, 2)).toEqual([hostile, rejected(7)]);
    await ledger.saveImport({ report: kept, file: FILE, actor: 'maria' });
    expect(await page(7, 2)).toEqual([rejected(900)]);
    expect(await page(900, 2)).toEqual([]);
  });

  test('what no text column can hold is kept as the replacement character', async () => {
    const { ledger } = tested();
    const { id } = report();
    const issues = [{ field: 'a\u0000', code: 'invalid_text', message: '\ud800' }];
    await ledger.saveRejects(id, [rejected(1, { cells: ['a\u0000b', '\udc00'], issues })]);
    expect(await ledger.importRejects(id, { after: 0, limit: 1 })).toMatchObject([
      { cells: ['a\ufffdb', '\ufffd'], issues: [{ field: 'a\ufffd', message: '\ufffd' }] },
    ]);
  });

  test('rejected rows of old imports are deleted, a batch at a time', async () => {
    const { ledger } = tested();
    // Ids of the first day of 1970, before those of every other test.
    const old = importId(1_000, randomBytes(16));
    const newer = importId(2_000, randomBytes(16));
    await ledger.saveRejects(old, [rejected(1), rejected(2), rejected(3)]);
    await ledger.saveRejects(newer, [rejected(1)]);
    const prune = () => ledger.pruneRejects({ before: firstIdAt(2_000, 'imp'), limit: 2 });
    expect([await prune(), await prune(), await prune()]).toEqual([2, 1, 0]);
    expect(await ledger.importRejects(old, { after: 0, limit: 9 })).toEqual([]);
    expect(await ledger.importRejects(newer, { after: 0, limit: 9 })).toEqual([rejected(1)]);
  });

  test('saving an import twice changes nothing', async () => {
    const kept = report({ rejected: 0 });
    await tested().ledger.saveImport({ report: kept, file: FILE, actor: 'maria' });
    const other = { report: { ...kept, rows: 0 }, file: { delimiter: ',', columns: [] } };
    await tested().ledger.saveImport({ ...other, actor: 'tom' });
    expect(await tested().ledger.getImport(kept.id)).toEqual({ report: kept, file: FILE });
    const { items } = await tested().ledger.listAudit({ subject: kept.id }, { limit: 10 });
    expect(items).toMatchObject([
      {
        actor: 'maria',
        action: 'import',
        at: AT,
        reason: null,
        before: null,
        after: { rows: 1_000_000, accepted: 999_990, duplicates: 8, rejected: 0 },
      },
    ]);
  });

  test('an unknown import is not there', async () => {
    expect(await tested().ledger.getImport(report().id)).toBeUndefined();
  });
}
