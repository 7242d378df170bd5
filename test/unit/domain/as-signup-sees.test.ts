import { expect, test } from 'vitest';
import { asSignupSees, maskAccounts } from '../../../src/domain/as-signup-sees.ts';
import type { AccountId } from '../../../src/domain/account.ts';
import type { ProvisioningError } from '../../../src/domain/codec.ts';

const account = '000000000101' as AccountId;

const seen = (message: string): string => {
  const error: ProvisioningError = {
    code: 'AccessDeniedException',
    kind: 'operatorFault',
    message,
    retryable: true,
    at: '2026-03-01T12:00:00.000Z',
  };
  return asSignupSees({ account, error }).error.message;
};

test.each([
  ['arn:aws:iam::999999999999:user/bob may not', 'arn:aws:iam::(an account):user/bob may not'],
  ['999999999999 and 000000000101', '(an account) and 000000000101'],
  ['account999999999999held', 'account(an account)held'],
  ['999999999999-888888888888', '(an account)-(an account)'],
  ['999999999999, 999999999999', '(an account), (an account)'],
  ['9999-9999-9999', '(an account)'],
  ['9999 9999 9999', '(an account)'],
  ['9999\u20139999\u00a09999', '(an account)'],
  ['\uff19\uff19\uff19\uff19\uff19\uff19\uff19\uff19\uff19\uff19\uff19\uff19', '(an account)'],
  ['\u0669'.repeat(12), '(an account)'],
])('a message loses every account id except its own: %s', (message, shown) => {
  expect(seen(message)).toBe(shown);
});

test.each([
  'request 1234567890123 of 42',
  '12345678901',
  'at 2026-03-01T12:00:02.123Z',
  'arn:aws:events:us-east-1::event-source/aws.partner/acme.example/000000000101/orders',
])('a message keeps what is no account id: %s', (message) => {
  expect(seen(message)).toBe(message);
});

test('every decimal digit of the basic plane counts as one', () => {
  const digits = Array.from({ length: 0x10000 }, (_, unit) => String.fromCharCode(unit)).filter((character) =>
    /^\p{Nd}$/u.test(character),
  );
  expect(digits.length).toBeGreaterThan(300);
  for (const digit of digits) expect(maskAccounts(digit.repeat(12)), digit).toBe('(an account)');
});

test('an onboarding without an error stays as it is', () => {
  const onboarding = { account, error: null };
  expect(asSignupSees(onboarding)).toBe(onboarding);
});
