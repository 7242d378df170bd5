import { invalid, valid, type Checked } from './field-issue.ts';
import { shown } from './shown.ts';

/**
 * A 12-digit AWS account id. Always text: AWS's own sample is `000000000101`, so leading zeros are real
 * (EventBridge API reference, CreatePartnerEventSource, `Account`: exactly 12, `\d{12}`).
 */
export type AccountId = string & { readonly __brand: 'AccountId' };

export const ACCOUNT_PATTERN = /^[0-9]{12}$/;
export const DASHED_ACCOUNT = /^[0-9]{4}-[0-9]{4}-[0-9]{4}$/;
export const SHORT_ACCOUNT = /^[0-9]{1,11}$/;

/** Reads an account id; the message says what to send instead when a spreadsheet or JSON number ate the zeros. */
export function parseAccount(input: unknown, field = 'account'): Checked<AccountId> {
  if (input === undefined || input === null || input === '') {
    return invalid({ field, code: 'required', message: 'Give the 12-digit AWS account id of the customer.' });
  }
  if (typeof input !== 'string') {
    return invalid({
      field,
      code: 'invalid_type',
      message: `Send the account id as text in quotes, not ${shown(input)}: numbers lose their leading zeros.`,
    });
  }
  if (!ACCOUNT_PATTERN.test(input))
    return invalid({ field, code: 'invalid_account', message: advice(input) });
  return valid(input as AccountId);
}

function advice(input: string): string {
  if (DASHED_ACCOUNT.test(input)) {
    return `An AWS account id has no dashes, as ${shown(input)} has: send ${input.replaceAll('-', '')}.`;
  }
  if (SHORT_ACCOUNT.test(input)) {
    return `An AWS account id has exactly 12 digits, ${shown(input)} has ${input.length}; if a spreadsheet removed leading zeros, send ${input.padStart(12, '0')}.`;
  }
  return `An AWS account id has exactly 12 digits (0-9) and nothing else; this is ${shown(input)}.`;
}
