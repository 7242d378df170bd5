import type { FastifyInstance, FastifyRequest } from 'fastify';
import { jsonExcess } from '../domain/json-bounds.ts';
import { COMPRESSED_BODY, DEEP_JSON, INVALID_ENCODING, INVALID_JSON, MANY_VALUES } from './errors.ts';
import { nextTurn } from './turns.ts';

/** About as much as is read and parsed within a turn. */
const ONE_TURN_BYTES = 262_144;

/**
 * Reads JSON strictly: bytes that are not UTF-8 are an error, not replaced by U+FFFD as Fastify's own reader
 * does. Keys such as `__proto__` stay plain own members, for the request's validation to name and refuse.
 *
 * Its depth and its number of values are bounded before it is parsed. Other content types are refused, unless a route
 * brings a reader for them.
 */
export function registerJsonBody(app: FastifyInstance): void {
  app.addHook('preParsing', (request) => {
    const reads = request.method === 'GET' || request.method === 'HEAD';
    const encoding = reads ? 'identity' : (request.headers['content-encoding'] ?? 'identity');
    // Nothing is unpacked here: a small body that grows to gigabytes would be read by whoever does.
    return encoding.toLowerCase() === 'identity'
      ? Promise.resolve()
      : Promise.reject(unreadable(COMPRESSED_BODY, 415));
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
  if (isLarge) await nextTurn();
  const excess = jsonExcess(body);
  if (excess !== undefined) throw unreadable(excess === 'depth' ? DEEP_JSON : MANY_VALUES, 413);
  if (isLarge) await nextTurn();
  const text = orElse(INVALID_ENCODING, () => new TextDecoder('utf-8', { fatal: true }).decode(body));
  if (isLarge) await nextTurn();
  return orElse(INVALID_JSON, () => JSON.parse(text) as unknown);
}

function orElse<T>(code: string, read: () => T): T {
  try {
    return read();
  } catch (cause) {
    throw unreadable(code, 400, cause);
  }
}

function unreadable(code: string, statusCode: number, cause?: unknown): Error {
  return Object.assign(new Error('The body cannot be read.', { cause }), { code, statusCode });
}
