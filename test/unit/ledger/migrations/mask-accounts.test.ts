import { createHash } from 'node:crypto';
import { expect, test } from 'vitest';
import { maskAccounts } from '../../../../src/ledger/migrations/0013-mask-accounts.ts';

// The migration takes its pattern from src/domain/as-signup-sees.ts, and a ledger runs it only once. To change the
// pattern there, copy the old one into this migration and write a new migration that replaces the function.
test('the migration that masks accounts stays as it is when the pattern changes', () => {
  const statements = maskAccounts.statements.join(';');
  expect(createHash('sha256').update(statements).digest('hex')).toBe(
    'b3f2a0a1f6e8af53829f1c2c24a6bd86118cef71f9d1cc4fc70e1fd1c2c80b82',
  );
});
