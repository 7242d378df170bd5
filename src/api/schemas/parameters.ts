/** What the parameters and bodies of several calls are made of. */
import { z } from 'zod';
import { textIssues } from '../../domain/text.ts';

/** An instant as the service writes it. */
export const instant = z.iso.datetime().describe('ISO 8601 in UTC');

/** Put into UTC here: PostgreSQL refuses offsets beyond 16 hours, and years that are not written with four digits. */
export const anyInstant = z.iso
  .datetime({ offset: true })
  .transform((text) => new Date(text).toISOString())
  .refine((text) => /^(?!0000)[0-9]{4}-/.test(text), 'must lie in the years 1 to 9999');

/** The query parameters of every list. */
export const PAGE = {
  limit: z.coerce.number().int().min(1).max(200).default(50),
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

export const ReasonSchema = z
  .strictObject({
    reason: z
      .string()
      .min(1)
      .max(REASON_MAX_LENGTH)
      .refine(
        (text) => textIssues(text, 'reason', REASON_MAX_LENGTH).length === 0,
        'must be plain text without control characters',
      )
      .describe('recorded in the audit log'),
  })
  .meta({ id: 'Reason', example: { reason: 'quota was raised' } });
