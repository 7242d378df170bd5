import type { FastifyInstance, FastifyRequest, FastifySchemaCompiler } from 'fastify';
import { validatorCompiler } from 'fastify-type-provider-zod';
import { JSON_DEPTH_MAX, JSON_VALUES_MAX, jsonExcess, repeatedName } from '../../domain/json.ts';
import type { ProblemCode } from '../../domain/problem-codes.ts';
import { shown, visible } from '../../domain/shown.ts';
import { yieldToEventLoop } from './event-loop.ts';
import { problem, ProblemError } from './problem.ts';

/** About as much as is read and parsed before other calls get their turn. */
const ONE_TURN_BYTES = 262_144;

const EXCESS = {
  depth: `The body nests lists and objects deeper than ${JSON_DEPTH_MAX} levels.`,
  values: `The body contains more than ${JSON_VALUES_MAX} values. Send fewer, or use an import.`,
};

/**
 * Reads JSON strictly: invalid UTF-8 is an error, not replaced by U+FFFD as in Fastify's reader. Keys such as `__proto__`
 * stay plain own members, for validation to reject by name. Depth and number of values are limited before parsing.
 */
export function registerJsonBody(app: FastifyInstance): void {
  app.addHook('preParsing', (request) => {
    const reads = request.method === 'GET' || request.method === 'HEAD';
    const encoding = reads ? 'identity' : (request.headers['content-encoding'] ?? 'identity');
    // Nothing is unpacked here: a small body that grows to gigabytes would otherwise be read in full.
    if (encoding.toLowerCase() === 'identity') return Promise.resolve();
    const detail = `Send the body uncompressed, without content-encoding (this has ${shown(encoding)}).`;
    const refused = problem('unsupported_media_type', { detail, field: 'content-encoding' });
    return Promise.reject(new ProblemError(refused));
  });
  app.removeAllContentTypeParsers();
  app.addContentTypeParser(
    'application/json',
    { parseAs: 'buffer' },
    (_request: FastifyRequest, body: Buffer) => parseJson(body),
  );
}

/** Each step over 16 MB takes tens of milliseconds: for a large body other calls are answered in between. */
async function parseJson(body: Buffer): Promise<unknown> {
  const isLarge = body.length > ONE_TURN_BYTES;
  if (isLarge) await yieldToEventLoop();
  const excess = jsonExcess(body);
  if (excess !== undefined) throw unreadable('json_too_complex', EXCESS[excess]);
  if (isLarge) await yieldToEventLoop();
  const text = readOr(
    () => new TextDecoder('utf-8', { fatal: true }).decode(body),
    'invalid_encoding',
    'The body contains bytes that are not UTF-8.',
  );
  if (isLarge) await yieldToEventLoop();
  const value = readOr(() => JSON.parse(text) as unknown, 'invalid_json', notJson);
  if (isLarge) await yieldToEventLoop();
  const repeated = repeatedName(text, value);
  if (repeated === undefined) return value;
  throw unreadable(
    'invalid_json',
    `The body has ${shown(repeated)} twice in one object: send each name once.`,
  );
}

/** V8's reason, without the piece of the body that it may quote: it can hold anything. */
const notJson = (cause: unknown): string => {
  const [reason = ''] = (cause as SyntaxError).message.split(/, (\.\.\.)?"/);
  return `The body is not a JSON document: ${visible(reason)}.`;
};

function readOr<T>(read: () => T, code: ProblemCode, detail: string | ((cause: unknown) => string)): T {
  try {
    return read();
  } catch (cause) {
    throw unreadable(code, typeof detail === 'string' ? detail : detail(cause), cause);
  }
}

const unreadable = (code: ProblemCode, detail: string, cause?: unknown): ProblemError =>
  new ProblemError(problem(code, { detail, field: 'body' }), { cause });

/**
 * For parts of a request whose schema only documents them. Onboardings are checked by the domain, which reports every
 * wrong field at once, for imports as for single calls; of the headers a schema would leave only those that it names.
 */
export const checkedElsewhere =
  (...parts: readonly ('body' | 'headers')[]): FastifySchemaCompiler<unknown> =>
  (route) =>
    parts.some((part) => part === route.httpPart)
      ? (value: unknown) => ({ value })
      : validatorCompiler(route as never);
