import { z } from 'zod';
import { adviceFor } from '../../domain/advice.ts';
import { ERROR_CODES_MAX, REPLAY_IDS_MAX, REPLAY_RATE_MAX, REPLAY_STATUSES } from '../../domain/replay.ts';
import { AdviceSchema } from './failures.ts';
import { OnboardingSchema, PROVISIONED_EXAMPLE } from './onboardings.ts';
import { instant, PAGE } from './parameters.ts';

/** Not turned into UTC here: `parseReplayRequest` does that. */
const filterInstant = z.iso.datetime({ offset: true });

/** Documents what `parseReplayRequest` checks; that one reports every wrong field at once. */
const ReplayFilterSchema = z
  .strictObject({
    status: z.literal('failed').nullish().describe('always failed; may be omitted'),
    region: z.string().max(256).nullish(),
    account: z.string().nullish(),
    customerId: z.string().max(256).nullish(),
    errorCode: z
      .union([z.string().max(256), z.array(z.string().max(256)).min(1).max(ERROR_CODES_MAX)])
      .nullish()
      .describe('error code, such as LimitExceededException; a list matches any of them'),
    q: z
      .string()
      .max(200)
      .nullish()
      .describe('case-insensitive part of source name, customerId, account or a metadata value'),
    from: filterInstant.nullish().describe('createdAt at or after'),
    to: filterInstant.nullish().describe('createdAt at or before'),
    endedFrom: filterInstant.nullish().describe('completedAt at or after'),
    endedTo: filterInstant.nullish().describe('completedAt at or before'),
    ids: z
      .array(z.string())
      .min(1)
      .max(REPLAY_IDS_MAX)
      .nullish()
      .describe('these onboardings; responses show the first 100'),
  })
  .describe('at least one member; all must match')
  .meta({ id: 'ReplayFilter', example: { errorCode: 'LimitExceededException', region: 'us-east-1' } });

export const ReplayRequestSchema = z
  .strictObject({
    filter: ReplayFilterSchema,
    dryRun: z.boolean().nullish().describe('true: preview without changes, same as ?dryRun=true'),
    ratePerSecond: z
      .int()
      .min(1)
      .max(REPLAY_RATE_MAX)
      .nullish()
      .describe('maximum onboardings queued per second; default: no limit'),
    reason: z.string().min(1).max(500).describe('recorded in the audit log'),
  })
  .meta({
    id: 'ReplayRequest',
    example: {
      filter: { errorCode: 'LimitExceededException', region: 'us-east-1' },
      ratePerSecond: 20,
      reason: 'quota was raised',
    },
  });

export const ReplaySchema = z
  .object({
    id: z.string().describe('rpl_…, sortable by time'),
    status: z
      .enum(REPLAY_STATUSES)
      .describe('completed: all queued members have ended. cancelled: members not queued yet stay failed'),
    reason: z.string(),
    actor: z.string(),
    filter: ReplayFilterSchema,
    ratePerSecond: z.int().nullable(),
    matched: z.int().describe('size of the set, fixed when the replay was created'),
    queued: z.int().describe('queued so far, including those that have ended'),
    skipped: z.int().describe('not replayed: no longer failed, replayed separately, or in a draining Region'),
    provisioned: z
      .int()
      .describe('of the queued ones, by their first result; deleted ones count as cancelled'),
    failed: z.int(),
    cancelled: z.int(),
    waiting: z.int().describe('not queued yet; after a cancel, never queued'),
    pausedRegions: z
      .array(z.string())
      .describe('paused Regions of the set: no progress there until they are resumed; empty when ended'),
    createdAt: instant,
    updatedAt: instant,
    endedAt: instant.nullable(),
  })
  .meta({
    id: 'Replay',
    example: {
      id: 'rpl_01m891m4p7m61d8pnbkmy28tns',
      status: 'running',
      reason: 'quota was raised',
      actor: 'maria',
      filter: { errorCode: 'LimitExceededException', region: 'us-east-1' },
      ratePerSecond: 20,
      matched: 300,
      queued: 120,
      skipped: 1,
      provisioned: 80,
      failed: 2,
      cancelled: 0,
      waiting: 179,
      pausedRegions: [],
      createdAt: '2026-11-25T09:47:08.359Z',
      updatedAt: '2026-11-25T09:47:14.502Z',
      endedAt: null,
    },
  });

const QUOTA = adviceFor('LimitExceededException', 'quota');

export const ReplayPreviewSchema = z
  .object({
    matched: z.int(),
    byErrorCode: z
      .array(z.object({ errorCode: z.string(), count: z.int(), advice: AdviceSchema }))
      .describe('most frequent first'),
    byRegion: z.array(
      z.object({
        region: z.string(),
        count: z.int(),
        paused: z.boolean().describe('true: its onboardings wait until the Region is resumed'),
      }),
    ),
    sample: z.array(OnboardingSchema).describe('newest first, at most 10'),
  })
  .meta({
    id: 'ReplayPreview',
    example: {
      matched: 1,
      byErrorCode: [{ errorCode: 'LimitExceededException', count: 1, advice: QUOTA }],
      byRegion: [{ region: 'us-east-1', count: 1, paused: false }],
      sample: [
        {
          ...PROVISIONED_EXAMPLE,
          status: 'failed',
          outcome: null,
          eventSourceArn: null,
          arnOrigin: null,
          awsState: null,
          error: {
            code: 'LimitExceededException',
            kind: 'quota',
            message: 'The account has too many partner event sources.',
            retryable: false,
            at: '2026-11-25T09:47:08.572Z',
          },
        },
      ],
    },
  });

export const ReplaysQuerySchema = z.strictObject({
  status: z.enum(REPLAY_STATUSES).exactOptional(),
  ...PAGE,
});
