import { z } from 'zod';
import { SOURCE_NAME_TAKEN } from '../../domain/acceptance.ts';
import { PROBLEM_CODES } from '../../domain/problem-codes.ts';
import { problem } from '../http/problem.ts';

/** What every refusal is answered with. */
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
  .meta({
    id: 'Problem',
    example: problem('source_name_taken', { detail: SOURCE_NAME_TAKEN.message, field: 'eventName' }),
  });
