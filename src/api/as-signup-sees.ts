import type { Onboarding } from '../domain/onboarding.ts';

const ACCOUNT = /(?<![0-9])[0-9]{12}(?![0-9])/g;

/**
 * An onboarding as it is shown to whoever may only hand onboardings in. AWS's sentences can name anybody: who holds a
 * name, or who called. The codes say all that a signup flow acts on.
 */
export function asSignupSees<O extends Pick<Onboarding, 'account' | 'error'>>(onboarding: O): O {
  const { account, error } = onboarding;
  if (error === null) return onboarding;
  const message = error.message.replace(ACCOUNT, (digits) => (digits === account ? digits : '(an account)'));
  return { ...onboarding, error: { ...error, message } };
}
