import { z } from 'zod';
import { CIRCUIT_STATES } from '../domain/circuit.ts';
import { LANES, STATUSES } from '../domain/onboarding.ts';
import { OUTCOME_KINDS } from '../domain/outcome-kind.ts';
import { ACCOUNT_PATTERN } from '../domain/account.ts';
import { METADATA_MAX_PAIRS } from '../domain/metadata.ts';
import { OWN_ERROR_CODES } from '../domain/error-code-label.ts';
import { PROBLEM_CODES } from '../domain/problem-codes.ts';
import { URL_MAX_LENGTH } from '../domain/callback-url.ts';
import { CUSTOMER_ID_MAX_LENGTH } from '../domain/onboarding-request.ts';
import { textIssues } from '../domain/text.ts';
import { EXAMPLES } from './schema-examples.ts';
import { anyInstant, instant } from './schema-instants.ts';

/** The shapes of the HTTP interface, written once: types, OpenAPI and query validation come from here. */

const ErrorSchema = z
  .object({
    code: z.string().describe(`AWS’s own error name, or ${OWN_ERROR_CODES.join(', ')}`),
    kind: z.enum(OUTCOME_KINDS),
    message: z.string().describe('for signup without the accounts of other customers'),
    retryable: z.boolean().describe('whether time alone may cure it'),
    requestId: z.string().optional(),
    at: instant,
  })
  .meta({ id: 'ProvisioningError' });

export const OnboardingSchema = z
  .object({
    id: z.string().describe('onb_…, sortable by time'),
    customerId: z.string().nullable(),
    account: z.string().regex(ACCOUNT_PATTERN),
    region: z.string(),
    sourceName: z.string(),
    lane: z.enum(LANES),
    status: z.enum(STATUSES),
    outcome: z.enum(['created', 'adopted']).nullable(),
    eventSourceArn: z.string().nullable(),
    arnOrigin: z.enum(['created', 'described', 'derived']).nullable(),
    awsState: z.enum(['pending', 'active', 'deleted', 'expired', 'unknown']).nullable(),
    expiresAt: instant.nullable(),
    error: ErrorSchema.nullable(),
    attempts: z.int().describe('all create calls so far, over all replays'),
    replays: z.int(),
    nextAttemptAt: instant.nullable(),
    metadata: z.record(z.string(), z.string()),
    callbackUrl: z.string().nullable(),
    createdAt: instant,
    updatedAt: instant,
    completedAt: instant.nullable(),
  })
  .meta({ id: 'Onboarding', example: EXAMPLES.onboarding });

/**
 * What a caller may send. Checked by the domain (`parseOnboardingRequest`), which reports every wrong field at
 * once and serves imports too; this schema documents it, and a test holds the two together.
 */
export const OnboardingRequestSchema = z
  .strictObject({
    account: z.string().regex(ACCOUNT_PATTERN).describe('12-digit AWS account id, as text'),
    region: z.string().describe('one of the Regions in which the partner is registered'),
    eventNamespace: z.string().optional().describe('one or more segments joined by "/"; with eventName'),
    eventName: z.string().optional().describe('one segment, unique for this customer'),
    sourceName: z
      .string()
      .max(256)
      .optional()
      .describe('the whole name, in place of eventNamespace and eventName'),
    customerId: z.string().max(CUSTOMER_ID_MAX_LENGTH).nullish(),
    lane: z.enum(LANES).optional().describe('live: a person waits; bulk: nobody does'),
    metadata: z
      .record(z.string(), z.string())
      .nullish()
      .describe(`at most ${METADATA_MAX_PAIRS} pairs, 8 KB`),
    callbackUrl: z
      .string()
      .max(URL_MAX_LENGTH)
      .nullish()
      .describe('https; told of the end, in place of WEBHOOK_URL'),
  })
  .meta({
    id: 'OnboardingRequest',
    example: {
      account: '000000000101',
      region: 'us-east-1',
      eventNamespace: 'customers/c-1001',
      eventName: 'orders',
      customerId: 'c-1001',
    },
  });

export const AttemptSchema = z
  .object({
    number: z.int().describe('numbered on over replays, from 1'),
    replay: z.int(),
    outcome: z.enum(OUTCOME_KINDS),
    errorCode: z.string().nullable(),
    message: z.string().nullable(),
    requestId: z.string().nullable(),
    durationMs: z.number(),
    at: instant,
  })
  .meta({ id: 'Attempt', example: EXAMPLES.attempt });

export const ProblemSchema = z
  .object({
    type: z.string(),
    title: z.string(),
    status: z.int(),
    detail: z.string(),
    code: z.enum(PROBLEM_CODES).describe('stable; compare this'),
    field: z.string().optional(),
    errors: z.array(z.object({ field: z.string(), code: z.string(), message: z.string() })).optional(),
  })
  .meta({ id: 'Problem', example: EXAMPLES.problem });

export const ListQuerySchema = z.strictObject({
  status: z.enum(STATUSES).optional(),
  region: z.string().optional(),
  account: z.string().optional(),
  customerId: z.string().optional(),
  errorCode: z.string().optional(),
  q: z
    .string()
    .max(200)
    .optional()
    .describe('case-insensitive part of source name, customerId, account or a metadata value'),
  from: anyInstant.optional().describe('createdAt at or after'),
  to: anyInstant.optional().describe('createdAt at or before'),
  limit: z.coerce.number().int().min(1).max(200).default(50),
  cursor: z.string().max(500).optional(),
});

const RowIssueSchema = z.object({
  row: z.int(),
  field: z.string(),
  code: z.string(),
  message: z.string(),
});

export const ImportSchema = z
  .object({
    id: z.string(),
    rows: z.int(),
    accepted: z.int(),
    duplicates: z.int(),
    rejected: z.int(),
    errors: z.array(RowIssueSchema).describe('the first 1,000; row counts data rows from 1'),
    errorsTruncated: z.boolean(),
    ignoredColumns: z.array(z.string()),
    createdAt: instant,
  })
  .meta({ id: 'Import', example: EXAMPLES.import });

const counts = z.record(z.string(), z.int());

const CircuitSchema = z.object({
  state: z.enum(CIRCUIT_STATES).describe('open: nothing is called; halfOpen: one onboarding at a time is'),
  reason: z.string().nullable().describe('the error code that opened it'),
  since: instant.nullable(),
  nextProbeAt: instant.nullable(),
});

const actSchema = z.object({ reason: z.string(), actor: z.string(), since: instant });

export const RegionSchema = z
  .object({
    region: z.string(),
    circuit: CircuitSchema.nullable().describe('null: Redis does not answer'),
    paused: z.boolean().describe('an operator has paused it'),
    pause: actSchema.nullable(),
    draining: actSchema
      .extend({
        remaining: z
          .int()
          .nullable()
          .describe(
            'jobs that wait, are delayed or run; null: Redis does not answer, or is being filled again',
          ),
      })
      .nullable()
      .describe('an operator lets the queue run to its end; nothing new goes into it'),
    drained: z.boolean().describe('it is being drained, and its queue is empty'),
    off: z
      .object({ reason: z.string(), since: instant })
      .nullable()
      .describe('AWS answered that the Region is switched off; null also while Redis does not answer'),
  })
  .meta({ id: 'Region', example: EXAMPLES.region });

export const RegionParamsSchema = z.object({ region: z.string().max(64) });

export const StatsSchema = z
  .object({
    byStatus: counts,
    byLane: counts,
    byRegion: z.record(z.string(), counts),
    byErrorCode: counts,
    search: z
      .enum(['indexed', 'scanned'])
      .describe('scanned: the database has no index for q, so that a page of a search may end early'),
    regions: z
      .array(
        RegionSchema.extend({
          waiting: z.int().nullable(),
          active: z.int().nullable(),
          delayed: z.int().nullable(),
          oldestWaitingMs: z.number().nullable(),
          quota: z.object({
            perSecond: z.number().describe('QUOTA_PER_SECOND'),
            presentPerSecond: z.number().nullable().describe('calls that may be made now'),
            foundPerSecond: z
              .number()
              .nullable()
              .describe('the quota that throttled calls have shown in the last hour; null: none were'),
          }),
        }),
      )
      .describe('null figures: Redis does not answer'),
  })
  .meta({ id: 'Stats' });

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
      .describe('why; stands in the audit log'),
  })
  .meta({ id: 'Reason', example: { reason: 'quota was raised' } });
