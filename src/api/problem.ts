import type { FastifyReply, FastifyRequest } from 'fastify';

/** Stable error codes with their status and title. Programs compare the code, never a sentence. */
export const PROBLEMS = {
  invalid_request: [400, 'The request is not valid'],
  invalid_json: [400, 'The body is not JSON'],
  invalid_encoding: [400, 'The body is not UTF-8'],
  unauthenticated: [401, 'A token is required'],
  forbidden: [403, 'The token may not do this'],
  not_found: [404, 'There is nothing here'],
  method_not_allowed: [405, 'This address is read-only'],
  request_timeout: [408, 'The request came too slowly'],
  source_name_taken: [409, 'The source name is taken'],
  idempotency_key_in_use: [409, 'The first call with this key is still at work'],
  already_provisioned: [409, 'AWS holds the source for this account'],
  not_replayable: [409, 'This onboarding cannot be replayed now'],
  attempt_running: [409, 'A worker is at work on it'],
  not_cancellable: [409, 'This onboarding has ended'],
  region_draining: [409, 'The Region is being drained'],
  replay_ended: [409, 'This replay has ended'],
  body_too_large: [413, 'The body is too large'],
  json_too_complex: [413, 'The JSON is too complex'],
  unsupported_media_type: [415, 'The content type is not supported'],
  idempotency_key_reused: [422, 'The key was used for another request'],
  nothing_matched: [422, 'Nothing matches the filter'],
  too_many_requests: [429, 'Too many requests'],
  headers_too_large: [431, 'The headers are too large'],
  internal_error: [500, 'Something went wrong on our side'],
  ledger_unavailable: [503, 'The ledger is not reachable'],
  queue_unavailable: [503, 'The queue is not reachable'],
  aws_unavailable: [503, 'AWS could not be asked'],
  not_ready: [503, 'The service is starting or stopping'],
} as const satisfies Record<string, readonly [status: number, title: string]>;

export const PROBLEM_TYPE = 'application/problem+json';

export type ProblemCode = keyof typeof PROBLEMS;

export const PROBLEM_CODES = Object.keys(PROBLEMS) as [ProblemCode, ...ProblemCode[]];

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
