import type { FastifyInstance } from 'fastify';
import { COMPRESSED_BODY, INVALID_ENCODING, INVALID_JSON } from './errors.ts';

/**
 * Reads JSON strictly: bytes that are not UTF-8 are an error, not replaced by U+FFFD as Fastify's own reader
 * does. Keys such as `__proto__` stay plain own members, for the request's validation to name and refuse.
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
  app.removeContentTypeParser('application/json');
  app.addContentTypeParser('application/json', { parseAs: 'buffer' }, (_request, body, done) => {
    try {
      done(null, parseJson(body as Buffer));
    } catch (error) {
      done(error as Error);
    }
  });
}

function parseJson(body: Buffer): unknown {
  const text = orElse(INVALID_ENCODING, () => new TextDecoder('utf-8', { fatal: true }).decode(body));
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
