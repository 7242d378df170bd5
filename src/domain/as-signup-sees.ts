import type { AccountId } from './account.ts';
import type { Onboarding } from './onboarding.ts';

/** Zero in every script of Unicode's basic plane, as hex code points. The digits 1 to 9 follow each. */
const ZEROS =
  '0030 0660 06f0 07c0 0966 09e6 0a66 0ae6 0b66 0be6 0c66 0ce6 0d66 0de6 0e50 0ed0 0f20 1040 1090 17e0 1810 1946 19d0 1a80 1a90 1b50 1bb0 1c40 1c50 a620 a8d0 a900 a9d0 a9f0 aa50 abf0 ff10';

const DIGIT = `[${ZEROS.split(' ')
  .map((zero) => `\\u${zero}-\\u${(parseInt(zero, 16) + 9).toString(16).padStart(4, '0')}`)
  .join('')}]`;

/** The AWS console writes 1234-5678-9012; other programs use other dashes, or spaces. */
const GAP = '[-\\u2010-\\u2015\\u2212 \\u00a0\\u202f]?';

/** Replaces an account id. */
export const MASK = '(an account)';

/**
 * The pattern of every 12-digit account id in a text. JavaScript (with the flags `gu`) and PostgreSQL 13 or later read it
 * alike. The SQL function `onboarding.error_for_signup` contains it, so a change here needs a migration that replaces
 * that function.
 * @param except an account id that the pattern skips where it is written as 12 ASCII digits
 */
export function accountPattern(except?: string): string {
  const start = except === undefined ? '' : `(?!${except})`;
  return `(?<!${DIGIT})${start}${DIGIT}{4}(?:${GAP}${DIGIT}{4}){2}(?!${DIGIT})`;
}

/** The text with every account id masked, except `own`. */
export function maskAccounts(text: string, own?: AccountId): string {
  return text.replace(new RegExp(accountPattern(own), 'gu'), MASK);
}

/**
 * An onboarding as signup callers see it: tokens with the role `signup`, the endpoint in `callbackUrl`, and database roles that
 * call `onboarding.accept`. AWS's messages can name any account, so all but the onboarding's own are masked. Error codes never
 * contain an account id (src/aws/error-text.ts), and request ids are random.
 */
export function asSignupSees<O extends Pick<Onboarding, 'account' | 'error'>>(onboarding: O): O {
  const { account, error } = onboarding;
  if (error === null) return onboarding;
  return { ...onboarding, error: { ...error, message: maskAccounts(error.message, account) } };
}
