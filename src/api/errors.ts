import type { FastifyError, FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import {
  hasZodFastifySchemaValidationErrors,
  type ZodFastifySchemaValidationError,
} from 'fastify-type-provider-zod';
import { InvalidCursorError, LedgerUnavailableError, QueueUnavailableError } from '../domain/unavailable.ts';
import type { Log } from '../ports.ts';
import { invalidRequest, problem, sendProblem, type Problem, type ProblemField } from './problem.ts';

/** One place turns whatever went wrong into a problem document; the log has the rest. */
export function registerErrors(app: FastifyInstance, log: Log): void {
  app.setErrorHandler((error: FastifyError, request: FastifyRequest, reply: FastifyReply) => {
    const body = problemOf(error);
    if (body.status >= 500) {
      log.error(
        { err: error, method: request.method, route: request.routeOptions.url, code: body.code },
        'http.failed',
      );
    }
    return sendProblem(reply, body);
  });
  app.setNotFoundHandler((request, reply) =>
    sendProblem(
      reply,
      problem('not_found', { detail: `There is no ${request.method} here; see /openapi.json.` }),
    ),
  );
}

function problemOf(error: FastifyError): Problem {
  if (error instanceof LedgerUnavailableError) {
    return problem('ledger_unavailable', {
      detail: 'Nothing was recorded. Send the same request again in a moment.',
    });
  }
  if (error instanceof QueueUnavailableError) {
    return problem('queue_unavailable', { detail: 'Redis does not answer. Try again in a moment.' });
  }
  if (error instanceof InvalidCursorError) {
    return invalidRequest([
      { field: 'cursor', code: 'invalid_value', message: 'Send nextCursor as an earlier page gave it.' },
    ]);
  }
  if (hasZodFastifySchemaValidationErrors(error)) return invalidRequest(error.validation.map(fieldOf));
  return (
    bodyProblemOf(error) ??
    problem('internal_error', { detail: 'The error was logged. Try again in a moment.' })
  );
}

/** A member that nobody knows is named itself; the schema's path would only say where it stood. */
function fieldOf(issue: ZodFastifySchemaValidationError): ProblemField {
  const unknown =
    issue.keyword === 'unrecognized_keys' ? (issue.params['keys'] as unknown[] | undefined)?.[0] : undefined;
  if (typeof unknown === 'string') {
    return {
      field: unknown.slice(0, 64),
      code: 'unknown_field',
      message: 'There is no such field here; see /openapi.json.',
    };
  }
  return {
    field:
      issue.instancePath
        .split('/')
        .filter((part) => part !== '')
        .join('.') || 'body',
    code: 'invalid_value',
    message: issue.message ?? 'This value is not accepted.',
  };
}

/** Errors that Fastify raises while it reads a request, by their documented codes. */
function bodyProblemOf(error: FastifyError): Problem | undefined {
  switch (error.code) {
    case 'FST_ERR_CTP_BODY_TOO_LARGE':
      return problem('body_too_large', {
        detail: 'At most 1 MB is read here; use an import for many rows.',
        field: 'body',
      });
    case 'FST_ERR_CTP_INVALID_MEDIA_TYPE':
    case 'FST_ERR_CTP_EMPTY_TYPE':
      return problem('unsupported_media_type', {
        detail: 'Send content-type: application/json.',
        field: 'content-type',
      });
    case 'FST_ERR_CTP_EMPTY_JSON_BODY':
      return problem('invalid_json', { detail: 'The body is empty: send a JSON object.', field: 'body' });
    case INVALID_JSON:
      return problem('invalid_json', { detail: 'The body is not a JSON document.', field: 'body' });
    case INVALID_ENCODING:
      return problem('invalid_encoding', {
        detail: 'The body holds bytes that are not UTF-8.',
        field: 'body',
      });
    default:
      if (error.statusCode === undefined || error.statusCode >= 500) return undefined;
      return {
        ...problem('invalid_request', { detail: error.message, field: 'request' }),
        status: error.statusCode,
      };
  }
}

export const INVALID_JSON = 'ONBOARD_INVALID_JSON';
export const INVALID_ENCODING = 'ONBOARD_INVALID_ENCODING';
