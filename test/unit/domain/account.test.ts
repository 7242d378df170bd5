import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { parseAccount } from '../../../src/domain/account.ts';

const digits = (length: { min: number; max: number }) =>
  fc.string({
    unit: fc.constantFrom(...Array.from('0123456789')),
    minLength: length.min,
    maxLength: length.max,
  });

const issueOf = (input: unknown) => {
  const checked = parseAccount(input);
  if (checked.ok) throw new Error(`accepted ${String(input)}`);
  expect(checked.issues).toHaveLength(1);
  return checked.issues[0]!;
};

describe('an account id', () => {
  test('is any 12 digits, leading zeros kept as sent', () => {
    fc.assert(
      fc.property(digits({ min: 12, max: 12 }), (input) => {
        expect(parseAccount(input)).toEqual({ ok: true, value: input });
      }),
    );
    expect(parseAccount('000000000101')).toEqual({ ok: true, value: '000000000101' });
  });

  test.each([
    ['nothing', undefined, 'required'],
    ['null', null, 'required'],
    ['empty text', '', 'required'],
    ['a number', 123456789012, 'invalid_type'],
    ['a list', ['123456789012'], 'invalid_type'],
    ['11 digits', '12345678901', 'invalid_account'],
    ['13 digits', '1234567890123', 'invalid_account'],
    ['letters', '12345678901a', 'invalid_account'],
    ['a line break at the end', '123456789012\n', 'invalid_account'],
    ['a line break in front', '\n123456789012', 'invalid_account'],
    ['a space around it', ' 123456789012', 'invalid_account'],
    ['Arabic-Indic digits', '١٢٣٤٥٦٧٨٩٠١٢', 'invalid_account'],
    ['full-width digits', '１２３４５６７８９０１２', 'invalid_account'],
    ['an ARN', 'arn:aws:iam::123456789012:root', 'invalid_account'],
  ])('is refused when it is %s', (_what, input, code) => {
    expect(issueOf(input)).toMatchObject({ field: 'account', code });
  });

  test('that lost its leading zeros is answered with the zeros put back', () => {
    fc.assert(
      fc.property(digits({ min: 1, max: 11 }), (input) => {
        expect(issueOf(input).message).toContain(`send ${input.padStart(12, '0')}.`);
      }),
    );
  });

  test('with dashes is answered with the dashes taken out', () => {
    expect(issueOf('1234-5678-9012').message).toContain('send 123456789012.');
  });

  test('as a number is answered with the reason why numbers are refused', () => {
    expect(issueOf(101).message).toContain('leading zeros');
  });

  test('is reported under the name that the caller gave the field', () => {
    expect(parseAccount('x', 'items.3.account')).toMatchObject({
      issues: [{ field: 'items.3.account' }],
    });
  });
});
