import { z } from 'zod';
import type { Advice } from '../domain/advice.ts';

/** What to do about an error, and whether a replay makes sense: src/domain/advice.ts has the texts. */
export const AdviceSchema = z
  .object({
    title: z.string(),
    side: z.enum(['ours', 'aws', 'customer']).describe('who has to move'),
    meaning: z.string(),
    todo: z.array(z.string()).describe('in order'),
    replay: z
      .enum(['sensible', 'afterFix', 'pointless'])
      .describe('afterFix: once the cause is gone; pointless: it would end the same way'),
    replayNote: z.string(),
    runbook: z.string().describe('the page, as a path in the repository'),
    template: z.string().optional().describe('a text to send to somebody; fill in what stands in <…>'),
  })
  .meta({ id: 'Advice' });

export function adviceView({ todo, ...rest }: Advice): z.infer<typeof AdviceSchema> {
  return { ...rest, todo: [...todo] };
}
