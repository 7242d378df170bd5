import { duration, listOf, positiveNumber, wholeNumber } from './config-parsers.ts';
import type { Variable } from './variable.ts';

/** How sources are followed after their creation; part of `VARIABLES`. */
export const CHECK_VARIABLES = {
  CHECK_EVERY_HOURS: {
    meaning: 'Hours between two looks at AWS for a connected source',
    parse: positiveNumber(8_760),
    default: '24',
  },
  CHECKS_PER_SECOND: {
    meaning:
      'Maximum looks at AWS per second and Region, within `QUOTA_PER_SECOND`, shared by all workers; creates go first',
    parse: positiveNumber(10_000),
    default: '5',
  },
  EXPIRY_WARNINGS: {
    meaning:
      'Comma-separated list of times before a source expires at which `source.expiring` is sent, such as `72h,24h` or `3d`',
    parse: listOf(duration),
    default: '72h,24h',
  },
  ASSUMED_EXPIRY_DAYS: {
    meaning: 'Days from creation to expiry, assumed until AWS names a date',
    parse: positiveNumber(3_650),
    default: '7',
  },
  RENEWALS_MAX: {
    meaning:
      'How often the service recreates a source that expired before the customer accepted it; 0: never',
    parse: wholeNumber(0, 1_000),
    default: '0',
  },
} as const satisfies Readonly<Record<string, Variable<unknown>>>;
