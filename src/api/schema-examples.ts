import { SOURCE_NAME_TAKEN } from '../domain/acceptance.ts';
import { problem } from './problem.ts';

const PROVISIONED = {
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

/** One example of each shape, for the OpenAPI document and the page made from it; a test holds them to their schemas. */
export const EXAMPLES = {
  onboarding: PROVISIONED,
  /** The same as it was answered at first. */
  accepted: {
    ...PROVISIONED,
    status: 'queued',
    outcome: null,
    eventSourceArn: null,
    arnOrigin: null,
    awsState: null,
    attempts: 0,
    updatedAt: PROVISIONED.createdAt,
    completedAt: null,
  },
  attempt: {
    number: 1,
    replay: 0,
    outcome: 'created',
    errorCode: null,
    message: null,
    requestId: '90cd6383-dfde-4ed5-9d31-7438c40bd86e',
    durationMs: 42,
    at: '2026-11-25T09:47:08.463Z',
  },
  problem: problem('source_name_taken', { detail: SOURCE_NAME_TAKEN.message, field: 'eventName' }),
  import: {
    id: 'imp_01m891m5ehjr8gxn88a9zkyvc2',
    rows: 2,
    accepted: 1,
    duplicates: 0,
    rejected: 1,
    errors: [
      {
        row: 2,
        field: 'account',
        code: 'invalid_account',
        message: 'An AWS account id has exactly 12 digits, this one has 2.',
      },
    ],
    errorsTruncated: false,
    ignoredColumns: ['note'],
    createdAt: '2026-11-25T09:47:09.137Z',
  },
  region: {
    region: 'us-east-1',
    circuit: { state: 'closed', reason: null, since: null, nextProbeAt: null },
    paused: true,
    pause: {
      reason: 'AWS asked us to hold off',
      actor: 'maria',
      since: '2026-11-25T09:47:09.137Z',
    },
    draining: null,
    drained: false,
    off: null,
  },
} as const;
