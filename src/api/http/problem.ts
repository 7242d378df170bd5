import type { FastifyReply, FastifyRequest } from 'fastify';
import { PROBLEMS, type ProblemCode } from '../../domain/problem-codes.ts';
import { shown, shownUrl } from '../../domain/shown.ts';

declare module 'fastify' {
  interface FastifyContextConfig {
    /** For people: takes a login as well as a token, and is answered with pages where programs get problem documents. */
    page?: true;
  }
}

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

/** Ends the reading of a request: the error handler answers with the problem. */
export class ProblemError extends Error {
  override readonly name = 'ProblemError';
  readonly problem: Problem;

  constructor(body: Problem, options?: ErrorOptions) {
    super(body.detail, options);
    this.problem = body;
  }
}

/** What an id can name, with what the id begins with. */
const ID_PREFIXES = { onboarding: 'onb', import: 'imp', delivery: 'evt', replay: 'rpl' } as const;

/** For an id that nothing of its kind has, whatever its form. */
export function noSuch(what: keyof typeof ID_PREFIXES, id: string): Problem {
  const prefix = ID_PREFIXES[what];
  const form = new RegExp(`^${prefix}_[0-9a-z]{26}$`);
  const advice = form.test(id) ? '' : `: such an id is ${prefix}_ and 26 lower-case letters and digits`;
  return problem('not_found', { detail: `No ${what} has the id ${shown(id)}${advice}.`, field: 'id' });
}

/** For an address that no route answers. */
export const nowhere = ({ method, url }: Pick<FastifyRequest, 'method' | 'url'>): Problem =>
  problem('not_found', { detail: `${method} is not supported at ${shownUrl(url)}; see /openapi.json.` });

const RETRY_AFTER_SECONDS = 2;

export function sendProblem(reply: FastifyReply, body: Problem): FastifyReply {
  if (body.status === 503) reply.header('retry-after', RETRY_AFTER_SECONDS);
  return reply.code(body.status).type(PROBLEM_TYPE).send(JSON.stringify(body));
}

/** How people are told what a problem document tells programs; the console draws it. */
export interface ProblemPages {
  sendProblemPage(request: FastifyRequest, reply: FastifyReply, problem: Problem): FastifyReply;
}

/** Answers with a page where a person is looking: on a page's own route, and where a browser asked for a document. */
export function answerProblem(
  pages: ProblemPages | undefined,
  { request, reply, problem }: { request: FastifyRequest; reply: FastifyReply; problem: Problem },
): FastifyReply {
  const isPage = request.routeOptions.config.page === true || wantsDocument(request);
  if (pages === undefined || !isPage) return sendProblem(reply, problem);
  return pages.sendProblemPage(request, reply, problem);
}

/** Programs ask for JSON or for anything; a browser that goes somewhere asks for HTML first. */
function wantsDocument(request: FastifyRequest): boolean {
  const reads = request.method === 'GET' || request.method === 'HEAD';
  const isApi = /^\/(v1|metrics|healthz|readyz|openapi\.json)\b/.test(request.url);
  return reads && !isApi && (request.headers.accept ?? '').startsWith('text/html');
}

/**
 * What every answer says to a browser: believe the content type, keep no copy, run nothing, show it in no frame,
 * send no Referer. A page of its own gives itself a wider policy.
 */
export const SAFE_HEADERS = {
  'cache-control': 'no-store',
  'content-security-policy': "default-src 'none'; frame-ancestors 'none'",
  'cross-origin-resource-policy': 'same-origin',
  'referrer-policy': 'no-referrer',
  'x-content-type-options': 'nosniff',
  'x-frame-options': 'DENY',
} as const;
