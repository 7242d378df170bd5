import type { FastifyReply, FastifyRequest } from 'fastify';
import { PROBLEMS, type ProblemCode } from '../domain/problem-codes.ts';

export const PROBLEM_TYPE = 'application/problem+json';

/** One wrong field. `code` is a field issue's, or `invalid_value` for a query parameter. */
export interface ProblemField {
  readonly field: string;
  readonly code: string;
  readonly message: string;
}

export interface ProblemDetails {
  readonly detail: string;
  readonly field?: string;
  readonly errors?: readonly ProblemField[];
}

/** An RFC 9457 problem document. */
export interface Problem extends ProblemDetails {
  readonly type: string;
  readonly title: string;
  readonly status: number;
  readonly code: ProblemCode;
}

export function problem(code: ProblemCode, details: ProblemDetails): Problem {
  const [status, title] = PROBLEMS[code];
  return { type: `urn:onboard:problem:${code}`, title, status, code, ...details };
}

/** Bad fields, all at once; `field` and `detail` repeat the first for callers that look no further. */
export function invalidRequest(errors: readonly ProblemField[]): Problem {
  const first = errors[0];
  return problem('invalid_request', {
    detail: first?.message ?? 'The request is not valid.',
    ...(first === undefined ? {} : { field: first.field }),
    errors,
  });
}

/** For an id that no onboarding has, whatever its form. */
export const noSuchOnboarding = (): Problem =>
  problem('not_found', { detail: 'There is no onboarding with this id.', field: 'id' });

/** For an address that no route answers. */
export const nowhere = ({ method }: Pick<FastifyRequest, 'method'>): Problem =>
  problem('not_found', { detail: `There is no ${method} here; see /openapi.json.` });

const RETRY_AFTER_SECONDS = 2;

export function sendProblem(reply: FastifyReply, body: Problem): FastifyReply {
  if (body.status === 503) reply.header('retry-after', RETRY_AFTER_SECONDS);
  return reply.code(body.status).type(PROBLEM_TYPE).send(JSON.stringify(body));
}
