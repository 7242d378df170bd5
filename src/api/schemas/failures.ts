import { z } from 'zod';
import { FIGURE_WINDOWS, TREND_HOURS, type FigureWindow } from '../../domain/figures.ts';
import { OUTCOME_KINDS } from '../../domain/outcome-kind.ts';
import { anyInstant, instant } from './parameters.ts';

/** What to do about an error, and whether a replay makes sense: src/domain/advice.ts has the texts. */
export const AdviceSchema = z
  .object({
    title: z.string(),
    side: z.enum(['ours', 'aws', 'customer']).describe('owner of the problem'),
    meaning: z.string(),
    todo: z.array(z.string()).describe('in order'),
    replay: z
      .enum(['sensible', 'afterFix', 'pointless'])
      .describe('afterFix: once the cause is gone; pointless: it would end the same way'),
    replayNote: z.string(),
    runbook: z.string().describe('the page, as a path in the repository'),
    template: z.string().optional().describe('a text to send; replace each <…>'),
  })
  .meta({ id: 'Advice' });

export const FailuresQuerySchema = z.strictObject({
  region: z.string().exactOptional(),
  from: anyInstant.exactOptional().describe('failed at or after'),
  to: anyInstant.exactOptional().describe('failed at or before'),
});

export const FailureGroupSchema = z
  .object({
    errorCode: z.string(),
    kind: z.enum(OUTCOME_KINDS),
    message: z.string().describe('of the newest one'),
    count: z.int().describe('onboardings that are failed now'),
    firstSeenAt: instant,
    lastSeenAt: instant,
    regions: z.array(z.object({ region: z.string(), count: z.int() })).describe('biggest first'),
    trend: z
      .object({
        lastHour: z.int(),
        hourBefore: z.int(),
        hours: z.array(z.int()).length(TREND_HOURS).describe('oldest first; the last one ends now'),
      })
      .describe('how many failed, whatever has become of them since; from and to do not bound it'),
    sampleIds: z.array(z.string()).max(5).describe('the newest, newest first'),
    advice: AdviceSchema,
  })
  .meta({ id: 'FailureGroup' });

export const FiguresQuerySchema = z.strictObject({
  window: z.enum(Object.keys(FIGURE_WINDOWS) as [FigureWindow, ...FigureWindow[]]).default('15m'),
  region: z.string().exactOptional(),
});

export const FiguresSchema = z
  .object({
    window: FiguresQuerySchema.shape.window,
    stepSeconds: z.int(),
    from: instant,
    to: instant.describe('not in it any more'),
    points: z
      .array(
        z.object({
          at: instant.describe('when the step began'),
          provisioned: z.int(),
          failed: z.int(),
          retried: z.int().describe('waits for another try'),
          accepted: z.int(),
          cancelled: z.int(),
        }),
      )
      .describe('one for every step, oldest first; the last one is still going on'),
    byErrorCode: z
      .array(z.object({ errorCode: z.string(), count: z.int() }))
      .describe('what failed in the window, most frequent first'),
  })
  .meta({ id: 'Figures' });
