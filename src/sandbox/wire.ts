import type { IncomingMessage, ServerResponse } from 'node:http';
import { jsonExcess } from '../domain/json.ts';
import type { Answer } from './answer.ts';

/** A request's body, or why there is none. `gone`: the client left before the end. */
export type ReceivedBody =
  | { readonly kind: 'body'; readonly bytes: Buffer }
  | { readonly kind: 'tooLarge' }
  | { readonly kind: 'gone' };

/** Reads a whole body, up to a limit in bytes. Events and not an async iterator, which costs a third more here. */
export function receiveBody(request: IncomingMessage, maxBytes: number): Promise<ReceivedBody> {
  return new Promise((resolve) => {
    const chunks: Buffer[] = [];
    let size = 0;
    request.on('data', (chunk: Buffer) => {
      size += chunk.length;
      if (size > maxBytes) {
        chunks.length = 0;
        resolve({ kind: 'tooLarge' });
      } else {
        chunks.push(chunk);
      }
    });
    request.on('end', () => {
      const [first] = chunks;
      resolve({
        kind: 'body',
        bytes: chunks.length === 1 && first !== undefined ? first : Buffer.concat(chunks),
      });
    });
    request.on('close', () => resolve({ kind: 'gone' }));
    request.on('error', () => resolve({ kind: 'gone' }));
  });
}

const UTF8 = new TextDecoder('utf-8', { fatal: true });

/**
 * The JSON object in a body; an empty body is an empty object; undefined for anything else, and for an object that
 * would take the process long to parse.
 */
export function parseObject(bytes: Buffer): Readonly<Record<string, unknown>> | undefined {
  if (bytes.length === 0) return {};
  if (jsonExcess(bytes) !== undefined) return undefined;
  try {
    const value: unknown = JSON.parse(UTF8.decode(bytes));
    return typeof value === 'object' && value !== null && !Array.isArray(value)
      ? (value as Record<string, unknown>)
      : undefined;
  } catch {
    return undefined;
  }
}

/** Sends an answer, or breaks the connection the way it says. */
export function sendAnswer(
  response: ServerResponse,
  answer: Answer,
  always: Readonly<Record<string, string>>,
): void {
  switch (answer.kind) {
    case 'hang':
      return;
    case 'reset':
      response.destroy();
      return;
    case 'raw':
      response
        .writeHead(answer.status, { ...always, ...framing(answer.contentType, answer.body) })
        .end(answer.body);
      return;
    case 'json': {
      const body = JSON.stringify(answer.body);
      response
        .writeHead(answer.status, { ...framing(AWS_JSON, body), ...always, ...answer.headers })
        .end(body);
      return;
    }
  }
}

const AWS_JSON = 'application/x-amz-json-1.1';

const framing = (contentType: string, body: string): Record<string, string | number> => ({
  'content-type': contentType,
  'content-length': Buffer.byteLength(body),
});
