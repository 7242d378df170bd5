import { expect, test } from 'vitest';
import { safeCode, safeMessage } from '../../../src/aws/error-text.ts';

test('an error code contains no account id, wherever it goes', () => {
  expect(safeCode('Blocked999999999999Exception')).toBe('Blocked(an account)Exception');
  expect(safeCode('ResourceAlreadyExistsException')).toBe('ResourceAlreadyExistsException');
});

// Eleven of the twelve digits are no account id to the mask, and all that a reader needs.
test.each(['999999999999', '9999-9999-9999', '9999 9999 9999', '\u0669'.repeat(12)])(
  'a long message is never cut inside an account id: %s',
  (account) => {
    for (let before = 470; before < 500; before += 1) {
      const message = safeMessage(`${'x'.repeat(before)}${account} holds the name ${'x'.repeat(100)}`);
      expect(message.length).toBeLessThanOrEqual(500);
      expect(message.replace(account, '')).not.toMatch(/\p{Nd}{2}/u);
    }
    // Far more than is stored, of which the blanks go.
    for (let before = 3_980; before < 4_000; before += 1) {
      const message = safeMessage(`${' '.repeat(before)}${account} holds the name`);
      expect(message.replace(account, '')).not.toMatch(/\p{Nd}{2}/u);
    }
  },
);
