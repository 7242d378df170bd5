import { jsonExcess } from '../domain/json-bounds.ts';

/** A list page of 100 accounts has about 20 kB. */
export const BODY_MAX_BYTES = 1_048_576;

const OPENING_BRACE = 0x7b;
const WHITESPACE: ReadonlySet<number> = new Set([0x20, 0x09, 0x0a, 0x0d]);

/** A body that is no JSON object, or is too large to be one of ours. */
class UnreadableBodyError extends SyntaxError {}

/**
 * Reads a response body for the SDK, which would take `null`, `[]` and `"text"` with status 200 for a success
 * with every member left out: a proxy's "OK" must not count as a created source. An empty body is left to the
 * SDK, for which it is an object without members.
 */
export async function collectObjectBody(stream: AsyncIterable<Uint8Array>): Promise<Uint8Array> {
  const body = await collectBody(stream);
  if (jsonExcess(body) !== undefined) throw new UnreadableBodyError('The body is too complex.');
  const first = body.find((byte) => !WHITESPACE.has(byte));
  if (first !== undefined && first !== OPENING_BRACE) {
    throw new UnreadableBodyError('The body is not a JSON object.');
  }
  return body;
}

/** Reads a response body of any form for the SDK, which itself would read on for ever. */
export async function collectBody(stream: AsyncIterable<Uint8Array>): Promise<Buffer> {
  const chunks: Uint8Array[] = [];
  let size = 0;
  for await (const chunk of stream) {
    size += chunk.byteLength;
    if (size > BODY_MAX_BYTES) throw new UnreadableBodyError('The body is too large.');
    chunks.push(chunk);
  }
  return Buffer.concat(chunks, size);
}
