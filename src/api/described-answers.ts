import { STATUS_CODES } from 'node:http';
import type { FastifyContextConfig } from 'fastify';
import { REPLAYED_HEADER } from './idempotency-key.ts';
import { PROBLEM_TYPE } from './problem.ts';

declare module 'fastify' {
  interface FastifyContextConfig {
    /** The answer names an address in `Location`. */
    locates?: true;
  }
}

const PROBLEM = '#/components/schemas/Problem';

export interface DescribedAnswer {
  readonly description?: string;
  readonly $ref?: string;
  readonly content?: object;
  readonly headers?: object;
}

export type Answers = Readonly<Record<string, DescribedAnswer>>;

/** A route's own answers win; what they do not say of themselves is said of every route's. */
export function describeAnswers(
  own: Answers,
  { refusals, config = {} }: { refusals: Answers; config: FastifyContextConfig | undefined },
): Answers {
  const answers = Object.entries({ ...refusals, ...own }).map(([status, answer]) => {
    const description = answer.description ?? refusals[status]?.description ?? STATUS_CODES[status] ?? '';
    const isProblem = answer.$ref === PROBLEM;
    const headers = headersOf(status, { isProblem, config });
    const described = { description, ...(Object.keys(headers).length === 0 ? {} : { headers }) };
    return [
      status,
      isProblem
        ? { ...described, content: { [PROBLEM_TYPE]: { schema: { $ref: PROBLEM } } } }
        : { ...answer, ...described },
    ] as const;
  });
  return Object.fromEntries(answers);
}

const text = (description: string): object => ({ type: 'string', description });

/** Headers that an answer can have beside those of HTTP itself. */
function headersOf(
  status: string,
  { isProblem, config }: { isProblem: boolean; config: FastifyContextConfig },
): Record<string, object> {
  const retries = isProblem && ['429', '503', ...(config.keyed === true ? ['409'] : [])].includes(status);
  const isKept = config.keyed === true && ['200', '202', '400', '409'].includes(status);
  const isNew = config.locates === true && ['200', '202'].includes(status);
  return {
    ...(isNew ? { Location: text('where it can be looked at; none in a dry run') } : {}),
    ...(isKept ? { [REPLAYED_HEADER]: text('true: the answer that this key got the first time') } : {}),
    ...(retries
      ? {
          'Retry-After': text(
            status === '409' ? 'whole seconds; with idempotency_key_in_use alone' : 'whole seconds',
          ),
        }
      : {}),
  };
}

/** Any refusal is a problem document. */
export const refusal = (description: string): DescribedAnswer => ({ description, $ref: PROBLEM });
