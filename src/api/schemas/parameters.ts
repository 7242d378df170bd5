/** What the parameters and bodies of several calls are made of. */
import { z } from 'zod';
import { ACCOUNT_PATTERN } from '../../domain/account.ts';
import { isRegionCode } from '../../domain/region.ts';
import { textIssues } from '../../domain/text.ts';

/** An instant as the service writes it. */
export const instant = z.iso.datetime().describe('ISO 8601 in UTC');

const SEND_INSTANT =
  'Send an instant as ISO 8601 with its offset, such as 2026-11-25T09:47:08Z (+ is %2B in a URL)';

/** Put into UTC here: PostgreSQL refuses offsets beyond 16 hours, and years that are not written with four digits. */
export const anyInstant = z.iso
  .datetime({ offset: true, error: SEND_INSTANT })
  .transform((text) => new Date(text).toISOString())
  .refine((text) => /^(?!0000)[0-9]{4}-/.test(text), `${SEND_INSTANT}, in the years 1 to 9999`);

/** Refuses a period that begins after its end, in which nothing can lie. */
export const inOrder = <S extends z.ZodObject>(schema: S): S =>
  schema.refine(({ from, to }) => !(typeof from === 'string' && typeof to === 'string' && from > to), {
    error: 'Send an instant that is not after "to"',
    path: ['from'],
  });

/** A number in [min, max], written as text. */
export const numberOf = (min: number, max: number) => {
  const error = `Send a number from ${min} to ${max}`;
  return z.coerce.number(error).min(min, error).max(max, error);
};

const SEND_LIMIT = 'Send a whole number from 1 to 200';

/** What a list is filtered by: a typing error would be answered as if nothing were there. */
export const regionFilter = z.string().refine(isRegionCode, 'Send a Region code such as eu-west-1');
export const accountFilter = z.string().regex(ACCOUNT_PATTERN, 'Send the 12 digits of an AWS account id');
export const textFilter = (maxLength?: number) => {
  const text = z.string().min(1, 'Send a value that is not empty, or leave the parameter out');
  return maxLength === undefined ? text : text.max(maxLength);
};

/** The query parameters of every list. */
export const PAGE = {
  limit: z.coerce.number(SEND_LIMIT).int(SEND_LIMIT).min(1, SEND_LIMIT).max(200, SEND_LIMIT).default(50),
  cursor: z.string().max(500).exactOptional(),
};

/** A page of a list. */
export const pageOf = <T extends z.ZodType>(item: T) =>
  z.object({ items: z.array(item), nextCursor: z.string().nullable() });

/** Tells the page that a query asks for from what it filters by. */
export function splitQuery<Q extends { readonly limit: number; readonly cursor?: string }>({
  limit,
  cursor,
  ...filter
}: Q): { filter: Omit<Q, 'limit' | 'cursor'>; page: { limit: number; cursor?: string } } {
  return { filter, page: cursor === undefined ? { limit } : { limit, cursor } };
}

export const DryRunQuerySchema = z.strictObject({
  dryRun: z
    .enum(['true', 'false'])
    .default('false')
    .transform((value) => value === 'true'),
});

export const IdParamsSchema = z.object({ id: z.string().max(64) });

const REASON_MAX_LENGTH = 500;
const ENTER_REASON = `Enter a reason as text of 1 to ${REASON_MAX_LENGTH} characters without control characters`;

export const ReasonSchema = z
  .strictObject({
    reason: z
      .string(ENTER_REASON)
      .min(1, ENTER_REASON)
      .max(REASON_MAX_LENGTH, ENTER_REASON)
      .refine(
        (text) => textIssues(text, 'reason', { maxLength: REASON_MAX_LENGTH }).length === 0,
        ENTER_REASON,
      )
      .describe('recorded in the audit log'),
  })
  .meta({ id: 'Reason', example: { reason: 'quota was raised' } });
