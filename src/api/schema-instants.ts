import { z } from 'zod';

/** An instant as the service writes it. */
export const instant = z.iso.datetime().describe('ISO 8601 in UTC');

/** Put into UTC here: PostgreSQL refuses offsets beyond 16 hours, and years that are not written with four digits. */
export const anyInstant = z.iso
  .datetime({ offset: true })
  .transform((text) => new Date(text).toISOString())
  .refine((text) => /^(?!0000)[0-9]{4}-/.test(text), 'must lie in the years 1 to 9999');
