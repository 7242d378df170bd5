/** The text of an upload as it streams past, in bounded memory whatever it holds. */
import type { Readable } from 'node:stream';

/** In characters; also the most that a record of a CSV may hold. */
export const LINE_MAX_LENGTH = 65_536;

export async function* decoded(upload: Readable): AsyncGenerator<string> {
  const decoder = new TextDecoder('utf-8', { fatal: true });
  // Whoever stops reading early still answers on this connection, and a destroyed upload would take it along.
  const chunks = upload.iterator({ destroyOnReturn: false }) as AsyncIterable<Buffer>;
  try {
    for await (const chunk of chunks) yield decoder.decode(chunk, { stream: true });
    yield decoder.decode();
  } catch (error) {
    if (error instanceof TypeError)
      throw new Error('The upload holds bytes that are not UTF-8; what came before was read.', {
        cause: error,
      });
    throw error;
  }
}

/**
 * Ends where a line is too long, and says so to `onTooLong`: thrown here, the error would overtake the rows that the
 * parser still holds. The parser counts what stands in cells alone, and would collect millions of empty ones; a record
 * that goes over several lines is a quoted cell's business, and that it counts.
 */
export async function* withShortLines(
  texts: AsyncIterable<string>,
  onTooLong: (error: Error) => void,
): AsyncGenerator<string> {
  let length = 0;
  for await (const text of texts) {
    let start = 0;
    for (const [index, part] of text.split(/[\r\n]/).entries()) {
      length = index === 0 ? length + part.length : part.length;
      if (length > LINE_MAX_LENGTH) {
        yield text.slice(0, start);
        onTooLong(new Error(`A line is longer than ${LINE_MAX_LENGTH} characters.`));
        return;
      }
      start += part.length + 1;
    }
    yield text;
  }
}

export async function* lines(texts: AsyncIterable<string>): AsyncGenerator<string> {
  let rest = '';
  for await (const text of texts) {
    const parts = (rest + text).split('\n');
    rest = parts.pop() ?? '';
    yield* parts;
    // A line without an end is cut, not collected for ever; its row is then reported as too long.
    if (rest.length > 2 * LINE_MAX_LENGTH) rest = rest.slice(0, LINE_MAX_LENGTH + 1);
  }
  if (rest !== '') yield rest;
}
