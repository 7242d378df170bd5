import { expect, test } from 'vitest';
import { asSignupSees } from '../../../src/api/as-signup-sees.ts';
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
  ['request 1234567890123 of 42', 'request 1234567890123 of 42'],
])('no account but its own stands in what AWS said: %s', (message, shown) => {
  expect(seen(message)).toBe(shown);
});

test('an onboarding without an error stays as it is', () => {
  const onboarding = { account, error: null };
  expect(asSignupSees(onboarding)).toBe(onboarding);
});
