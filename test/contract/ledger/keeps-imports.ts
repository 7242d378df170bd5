import { randomBytes } from 'node:crypto';
import { expect, test } from 'vitest';
import { importId } from '../../../src/domain/ids.ts';
import type { ImportReport } from '../../../src/domain/import-report.ts';
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

export function keepsImports(tested: () => LedgerUnderTest): void {
  test('an import is read back with its errors in their order', async () => {
    const kept = report();
    const errors = [
      { row: 7, line: 12, field: 'account', code: 'invalid_account', message: `'; drop table x; -- <b>"\\` },
      { row: 3, line: 4, field: 'metadata.🏭', code: 'too_long', message: 'x'.repeat(10_000) },
      { row: 7, line: 12, field: 'account', code: 'invalid_account', message: 'again' },
    ];
    await tested().ledger.saveImport({ report: kept, errors, actor: 'maria' });
    expect(await tested().ledger.getImport(kept.id)).toEqual({ report: kept, errors });
  });

  test('a thousand errors are kept', async () => {
    const kept = report({ ignoredColumns: [] });
    const errors = Array.from({ length: 1_000 }, (_, index) => ({
      row: index + 1,
      line: index + 2,
      field: 'account',
      code: 'required',
      message: `row ${index}`,
    }));
    await tested().ledger.saveImport({ report: kept, errors, actor: 'maria' });
    expect(await tested().ledger.getImport(kept.id)).toEqual({ report: kept, errors });
  });

  test('an import without errors is kept, and saving it twice changes nothing', async () => {
    const kept = report({ rejected: 0 });
    await tested().ledger.saveImport({ report: kept, errors: [], actor: 'maria' });
    const other = {
      report: { ...kept, rows: 0 },
      errors: [{ row: 1, line: 2, field: 'a', code: 'b', message: 'c' }],
    };
    await tested().ledger.saveImport({ ...other, actor: 'tom' });
    expect(await tested().ledger.getImport(kept.id)).toEqual({ report: kept, errors: [] });
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
