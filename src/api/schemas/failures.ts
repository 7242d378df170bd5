import { z } from 'zod';
import { FIGURE_WINDOWS, TREND_HOURS, type FigureWindow } from '../../domain/figures.ts';
import { OUTCOME_KINDS } from '../../domain/outcome-kind.ts';
import { anyInstant, inOrder, instant, regionFilter } from './parameters.ts';

/** What to do about an error, and whether a replay makes sense: src/domain/advice.ts has the texts. */
export const AdviceSchema = z
  .object({
    title: z.string(),
    side: z.enum(['ours', 'aws', 'customer']).describe('owner of the problem'),
    meaning: z.string(),
    todo: z.array(z.string()).describe('in order'),
    replay: z
      .enum(['sensible', 'afterFix', 'pointless'])
      .describe('sensible: ready to replay; afterFix: fix the cause first; pointless: it will fail again'),
    replayNote: z.string(),
    runbook: z.string().describe('path of the page in the repository'),
    template: z.string().optional().describe('a text to send; replace each <…>'),
  })
  .meta({ id: 'Advice' });

export const FailuresQuerySchema = inOrder(
  z.strictObject({
    region: regionFilter.exactOptional(),
    from: anyInstant.exactOptional().describe('failed at or after'),
    to: anyInstant.exactOptional().describe('failed at or before'),
  }),
);

export const FailureGroupSchema = z
  .object({
    errorCode: z.string(),
    kind: z.enum(OUTCOME_KINDS),
    message: z.string().describe('of the newest failure'),
    count: z.int().describe('currently failed onboardings'),
    firstSeenAt: instant,
    lastSeenAt: instant,
    regions: z.array(z.object({ region: z.string(), count: z.int() })).describe('most frequent first'),
    trend: z
      .object({
        lastHour: z.int(),
        hourBefore: z.int(),
        hours: z.array(z.int()).length(TREND_HOURS).describe('oldest first; the last hour ends now'),
      })
      .describe('failures in the last 24 hours, including those replayed since; not limited by from and to'),
    sampleIds: z.array(z.string()).max(5).describe('newest first'),
    advice: AdviceSchema,
  })
  .meta({ id: 'FailureGroup' });

export const FiguresQuerySchema = z.strictObject({
  window: z.enum(Object.keys(FIGURE_WINDOWS) as [FigureWindow, ...FigureWindow[]]).default('15m'),
  region: regionFilter.exactOptional(),
});

export const FiguresSchema = z
  .object({
    window: FiguresQuerySchema.shape.window,
    stepSeconds: z.int(),
    from: instant,
    to: instant.describe('exclusive'),
    points: z
      .array(
        z.object({
          at: instant.describe('start of the step'),
          provisioned: z.int(),
          failed: z.int(),
          retried: z.int().describe('attempts that will be retried'),
          accepted: z.int(),
          cancelled: z.int(),
        }),
      )
      .describe('one per step, oldest first; the last step is still running'),
    byErrorCode: z
      .array(z.object({ errorCode: z.string(), count: z.int() }))
      .describe('failures in the window, most frequent first'),
  })
  .meta({ id: 'Figures' });
