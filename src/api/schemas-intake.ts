import { z } from 'zod';
import { EXAMPLES } from './schema-examples.ts';
import { OnboardingRequestSchema, OnboardingSchema, ProblemSchema } from './schemas.ts';

export const BATCH_MAX = 1_000;

/** Documents the header; src/api/idempotency-key.ts checks it. */
export const KeyHeadersSchema = z.object({
  'Idempotency-Key': z
    .string()
    .min(1)
    .max(255)
    .optional()
    .describe(
      'printable ASCII, such as a UUID. The same key with the same body within 24 hours gets the same answer again',
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

const ITEM_STATUS = 'as the single call would have answered: 202, 200, 400 or 409';

export const BatchSchema = z
  .object({
    items: z
      .array(
        z.object({
          status: z.int().describe(ITEM_STATUS),
          onboarding: OnboardingSchema.optional(),
          problem: ProblemSchema.optional(),
        }),
      )
      .describe('one per item, in order: with an onboarding (202, 200) or a problem (400, 409)'),
  })
  .meta({
    id: 'Batch',
    example: {
      items: [
        { status: 202, onboarding: EXAMPLES.accepted },
        { status: 409, problem: EXAMPLES.problem },
      ],
    },
  });

export const BatchTrialSchema = z
  .object({
    dryRun: z.literal(true),
    items: z.array(
      z.object({
        status: z.int().describe(ITEM_STATUS),
        onboarding: OnboardingSchema.nullable()
          .optional()
          .describe('the one that is there already, else null'),
        problem: ProblemSchema.optional(),
      }),
    ),
  })
  .meta({ id: 'BatchTrial' });
