import { z } from 'zod';
import { AWS_STATES, CONNECTIONS, STATUSES } from '../../domain/onboarding.ts';
import { ERROR_CODES_MAX } from '../../domain/replay.ts';
import { accountFilter, anyInstant, inOrder, PAGE, regionFilter, textFilter } from './parameters.ts';

const SEND_CODES = `Send one error code, or up to ${ERROR_CODES_MAX}, none of them empty`;

/** What a list of onboardings may be narrowed to. */
export const ListQuerySchema = inOrder(
  z.strictObject({
    status: z.enum(STATUSES).exactOptional(),
    connection: z.enum(CONNECTIONS).exactOptional(),
    awsState: z.enum(AWS_STATES).exactOptional(),
    expiringBefore: anyInstant.exactOptional().describe('waiting or disconnected, and expires before'),
    region: regionFilter.exactOptional(),
    account: accountFilter.exactOptional(),
    customerId: textFilter().exactOptional(),
    errorCode: z
      .union([textFilter(), z.array(textFilter()).max(ERROR_CODES_MAX)], SEND_CODES)
      .exactOptional(),
    q: textFilter(200)
      .exactOptional()
      .describe('case-insensitive part of source name, customerId, account or a metadata value'),
    from: anyInstant.exactOptional().describe('createdAt at or after'),
    to: anyInstant.exactOptional().describe('createdAt at or before'),
    ...PAGE,
  }),
);
