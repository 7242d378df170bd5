import { z } from 'zod';
import { AWS_STATES, CONNECTIONS, STATUSES } from '../../domain/onboarding.ts';
import { ERROR_CODES_MAX } from '../../domain/replay.ts';
import { anyInstant, PAGE } from './parameters.ts';

/** What a list of onboardings may be narrowed to. */
export const ListQuerySchema = z.strictObject({
  status: z.enum(STATUSES).exactOptional(),
  connection: z.enum(CONNECTIONS).exactOptional(),
  awsState: z.enum(AWS_STATES).exactOptional(),
  expiringBefore: anyInstant.exactOptional().describe('waiting or disconnected, and expires before'),
  region: z.string().exactOptional(),
  account: z.string().exactOptional(),
  customerId: z.string().exactOptional(),
  errorCode: z.union([z.string(), z.array(z.string()).max(ERROR_CODES_MAX)]).exactOptional(),
  q: z
    .string()
    .max(200)
    .exactOptional()
    .describe('case-insensitive part of source name, customerId, account or a metadata value'),
  from: anyInstant.exactOptional().describe('createdAt at or after'),
  to: anyInstant.exactOptional().describe('createdAt at or before'),
  ...PAGE,
});
