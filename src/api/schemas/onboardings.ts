import { z } from 'zod';
import { LANES, STATUSES } from '../../domain/onboarding.ts';
import { OUTCOME_KINDS } from '../../domain/outcome-kind.ts';
import { ACCOUNT_PATTERN } from '../../domain/account.ts';
import { METADATA_MAX_PAIRS } from '../../domain/metadata.ts';
import { OWN_ERROR_CODES } from '../../domain/error-code-label.ts';
import { ERROR_CODES_MAX } from '../../domain/replay.ts';
import { URL_MAX_LENGTH } from '../../domain/callback-url.ts';
import { CUSTOMER_ID_MAX_LENGTH } from '../../domain/onboarding-request.ts';
import { accountFilter, anyInstant, inOrder, instant, PAGE, regionFilter, textFilter } from './parameters.ts';
import { ProblemSchema } from './problem.ts';

/** The example of the document. */
export const PROVISIONED_EXAMPLE = {
  id: 'onb_01m891m4p7m61d8pnbkmy28tns',
  customerId: 'c-1001',
  account: '000000000101',
  region: 'us-east-1',
  sourceName: 'aws.partner/acme.example/customers/c-1001/orders',
  lane: 'live',
  status: 'provisioned',
  outcome: 'created',
  eventSourceArn: 'arn:aws:events:us-east-1::event-source/aws.partner/acme.example/customers/c-1001/orders',
  arnOrigin: 'created',
  awsState: 'pending',
  expiresAt: null,
  error: null,
  attempts: 1,
  replays: 0,
  nextAttemptAt: null,
  metadata: { plan: 'gold' },
  callbackUrl: null,
  createdAt: '2026-11-25T09:47:08.359Z',
  updatedAt: '2026-11-25T09:47:08.572Z',
  completedAt: '2026-11-25T09:47:08.572Z',
} as const;

/** The same as it was answered at first. */
const ACCEPTED = {
  ...PROVISIONED_EXAMPLE,
  status: 'queued',
  outcome: null,
  eventSourceArn: null,
  arnOrigin: null,
  awsState: null,
  attempts: 0,
  updatedAt: PROVISIONED_EXAMPLE.createdAt,
  completedAt: null,
};

const ErrorSchema = z
  .object({
    code: z.string().describe(`AWS’s own error name, or ${OWN_ERROR_CODES.join(', ')}`),
    kind: z.enum(OUTCOME_KINDS),
    message: z.string().describe('the role signup sees no accounts of other customers'),
    retryable: z.boolean().describe('whether a retry without a fix may succeed'),
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
    attempts: z.int().describe('create calls so far, across all replays'),
    replays: z.int(),
    nextAttemptAt: instant.nullable(),
    metadata: z.record(z.string(), z.string()),
    callbackUrl: z.string().nullable(),
    createdAt: instant,
    updatedAt: instant,
    completedAt: instant.nullable(),
  })
  .meta({ id: 'Onboarding', example: PROVISIONED_EXAMPLE });

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
      .describe('the whole name, instead of eventNamespace and eventName'),
    customerId: z.string().max(CUSTOMER_ID_MAX_LENGTH).nullish(),
    lane: z.enum(LANES).optional().describe('live: a user is waiting; bulk: no user is waiting'),
    metadata: z
      .record(z.string(), z.string())
      .nullish()
      .describe(`at most ${METADATA_MAX_PAIRS} pairs, 8 KB`),
    callbackUrl: z
      .string()
      .max(URL_MAX_LENGTH)
      .nullish()
      .describe('https; receives the result, instead of WEBHOOK_URL'),
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
    number: z.int().describe('numbered from 1 across replays'),
    replay: z.int(),
    outcome: z.enum(OUTCOME_KINDS),
    errorCode: z.string().nullable(),
    message: z.string().nullable(),
    requestId: z.string().nullable(),
    durationMs: z.number(),
    at: instant,
  })
  .meta({
    id: 'Attempt',
    example: {
      number: 1,
      replay: 0,
      outcome: 'created',
      errorCode: null,
      message: null,
      requestId: '90cd6383-dfde-4ed5-9d31-7438c40bd86e',
      durationMs: 42,
      at: '2026-11-25T09:47:08.463Z',
    },
  });

const SEND_CODES = `Send one error code, or up to ${ERROR_CODES_MAX}, none of them empty`;

export const ListQuerySchema = inOrder(
  z.strictObject({
    status: z.enum(STATUSES).exactOptional(),
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

export const BATCH_MAX = 1_000;

/** Documents the header; src/api/http/idempotency.ts checks it. */
export const KeyHeadersSchema = z.object({
  'Idempotency-Key': z
    .string()
    .min(1)
    .max(255)
    .optional()
    .describe(
      'printable ASCII, such as a UUID. The same key with the same body within 24 hours gets the same response',
    ),
});

/** A dry run's answer: the status that the call itself would have given, and the onboarding that is there already. */
export const TrialSchema = z
  .object({
    dryRun: z.literal(true),
    status: z.union([z.literal(202), z.literal(200)]),
    onboarding: OnboardingSchema.nullable(),
  })
  .meta({ id: 'Trial' });

export const BatchRequestSchema = z
  .array(OnboardingRequestSchema)
  .min(1)
  .max(BATCH_MAX)
  .meta({ id: 'BatchRequest' });

/** One answer per item, in order. */
const itemsWith = <T extends z.ZodType>(onboarding: T) =>
  z.array(
    z.object({
      status: z.int().describe('the status of the single call: 202, 200, 400 or 409'),
      onboarding,
      problem: ProblemSchema.optional(),
    }),
  );

export const BatchSchema = z
  .object({
    items: itemsWith(OnboardingSchema.optional()).describe(
      'one per item, in order: with an onboarding (202, 200) or a problem (400, 409)',
    ),
  })
  .meta({
    id: 'Batch',
    example: {
      items: [
        { status: 202, onboarding: ACCEPTED },
        { status: 409, problem: ProblemSchema.meta()?.['example'] },
      ],
    },
  });

export const BatchTrialSchema = z
  .object({
    dryRun: z.literal(true),
    items: itemsWith(OnboardingSchema.nullable().optional().describe('the existing onboarding, else null')),
  })
  .meta({ id: 'BatchTrial' });
