import type { FastifyError, FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import { hasZodFastifySchemaValidationErrors } from 'fastify-type-provider-zod';
import { shown, shownUrl } from '../../domain/shown.ts';
import {
  InvalidCursorError,
  LedgerUnavailableError,
  QueueUnavailableError,
} from '../../domain/unavailable.ts';
import type { Log } from '../../ports.ts';
import {
  answerProblem,
  invalidRequest,
  nowhere,
  problem,
  ProblemError,
  SAFE_HEADERS,
  sendProblem,
  type Problem,
  type ProblemPages,
} from './problem.ts';
import { schemaIssues } from './schema-problem.ts';

/** One place turns whatever went wrong into a problem document; the log has the rest. */
export function registerErrors(
  app: FastifyInstance,
  { log, pages, regions }: { log: Log; pages: ProblemPages | undefined; regions: readonly string[] },
): void {
  app.setErrorHandler((error: FastifyError, request: FastifyRequest, reply: FastifyReply) => {
    const body = problemOf(error, request, regions);
    // An upload that its sender broke off fails too, and is not an error of ours.
    if (body.status >= 500 && request.raw.errored === null) {
      log.error(
        { err: error, method: request.method, route: request.routeOptions.url, code: body.code },
        'http.failed',
      );
    }
    return answerProblem(pages, { request, reply, problem: body });
  });
  app.setNotFoundHandler((request, reply) =>
    answerProblem(pages, { request, reply, problem: nowhere(request) }),
  );
}

/** An address that no route can be looked up for. It never gets as far as the hooks, so it brings its own headers. */
export function answerUnroutable(error: FastifyError, { url }: FastifyRequest, reply: FastifyReply): void {
  const [code, detail] =
    error.code === 'FST_ERR_MAX_PARAM_LENGTH'
      ? (['not_found', `An id in the path ${shownUrl(url)} is too long.`] as const)
      : ([
          'invalid_request',
          `The URL ${shownUrl(url)} contains a % that is not followed by two hex digits of UTF-8.`,
        ] as const);
  void sendProblem(reply.headers(SAFE_HEADERS), problem(code, { detail, field: 'url' }));
}

function problemOf(error: FastifyError, request: FastifyRequest, regions: readonly string[]): Problem {
  if (error instanceof ProblemError) return error.problem;
  if (error instanceof LedgerUnavailableError) {
    return problem('ledger_unavailable', {
      detail: 'Nothing was recorded. Send the same request again in a moment.',
    });
  }
  if (error instanceof QueueUnavailableError) {
    return problem('queue_unavailable', { detail: 'Redis is not responding. Try again in a moment.' });
  }
  if (error instanceof InvalidCursorError) {
    return invalidRequest([
      {
        field: 'cursor',
        code: 'invalid_value',
        message: `Send the nextCursor of an earlier page unchanged, not ${shown((request.query as { cursor?: string }).cursor)}.`,
      },
    ]);
  }
  if (hasZodFastifySchemaValidationErrors(error)) {
    const part = error.validationContext;
    return invalidRequest(schemaIssues(error.validation, { request, part, regions }));
  }
  return (
    bodyProblemOf(error, request) ??
    problem('internal_error', { detail: 'The error was logged. Try again in a moment.' })
  );
}

const notThis = (value: string | undefined): string => (value === undefined ? '' : `, not ${shown(value)}`);

/** Errors that Fastify raises while it reads a request, by their documented codes. */
function bodyProblemOf(error: FastifyError, request: FastifyRequest): Problem | undefined {
  switch (error.code) {
    case 'FST_ERR_CTP_BODY_TOO_LARGE':
      return problem('body_too_large', {
        detail: `The limit is ${request.routeOptions.bodyLimit / 1_048_576} MB. Use an import for many rows.`,
        field: 'body',
      });
    case 'FST_ERR_CTP_INVALID_MEDIA_TYPE':
    case 'FST_ERR_CTP_EMPTY_TYPE':
      return problem('unsupported_media_type', {
        detail: `Send content-type: ${(request.routeOptions.schema?.consumes ?? ['application/json']).join(' or ')}${notThis(request.headers['content-type'])}.`,
        field: 'content-type',
      });
    default:
      if (error.statusCode === undefined || error.statusCode >= 500) return undefined;
      return {
        ...problem('invalid_request', { detail: error.message, field: 'request' }),
        status: error.statusCode,
      };
  }
}
