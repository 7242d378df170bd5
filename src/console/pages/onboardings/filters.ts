import { z } from 'zod';
import { CONNECTIONS, STATUSES } from '../../../domain/onboarding.ts';
import { anyText, instantField, oneOf, type ReadFields } from '../../query.ts';

const ERROR_CODES_MAX_LENGTH = 1_000;

/** One code, or several with blanks or commas between them: any of those. */
const errorCodes = z
  .string()
  .max(ERROR_CODES_MAX_LENGTH, 'Enter error codes such as LimitExceededException, separated by spaces.')
  .transform((text) => {
    const [first = '', ...others] = text.split(/[\s,]+/).filter((code) => code !== '');
    return others.length === 0 ? first : [first, ...others];
  });

/** Everything that the list can be narrowed to. */
export const FIELDS = {
  q: anyText('Enter at most 200 characters.'),
  status: oneOf(STATUSES),
  connection: oneOf(CONNECTIONS),
  expiringBefore: instantField,
  region: anyText('Enter a Region code such as eu-west-1.'),
  errorCode: errorCodes,
  account: z.string().regex(/^[0-9]{12}$/, 'Enter a 12-digit account id.'),
  customerId: anyText('Enter at most 200 characters.'),
  from: instantField,
  to: instantField,
};

export type Filters = ReadFields<typeof FIELDS>;
