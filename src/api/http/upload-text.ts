/** The text of an upload as it streams past, line by line, in bounded memory whatever it holds. */
import type { Readable } from 'node:stream';
import { invalidRequest, ProblemError, type ProblemField } from './problem.ts';

/** In characters; also the most that a record of a CSV may hold. */
export const LINE_MAX_LENGTH = 65_536;

/** What stands for bytes that the encoding does not know. */
export const UNREADABLE = '\uFFFD';

export interface Line {
  /** Counted from 1, as an editor does. */
  readonly number: number;
  /** Without its end; {@link UNREADABLE} for bytes that are not text. */
  readonly text: string;
  /** Longer than {@link LINE_MAX_LENGTH}: `text` is its beginning. */
  readonly isCut: boolean;
}

/** Lines that end with LF, CRLF or CR, the same however the upload was cut into chunks. */
export async function* linesOf(upload: Readable): AsyncGenerator<Line> {
  let number = 0;
  let rest = '';
  let isCut = false;
  let endsWithCr = false;
  for await (const chunk of decoded(upload)) {
    if (chunk === '') continue;
    const text = endsWithCr && chunk.startsWith('\n') ? chunk.slice(1) : chunk;
    endsWithCr = chunk.endsWith('\r');
    for (const [index, part] of text.split(/\r\n|\n|\r/).entries()) {
      if (index > 0) {
        number += 1;
        yield { number, text: rest, isCut };
        rest = '';
        isCut = false;
      }
      isCut ||= rest.length + part.length > LINE_MAX_LENGTH;
      rest = (rest + part).slice(0, LINE_MAX_LENGTH);
    }
  }
  if (rest !== '') yield { number: number + 1, text: rest, isCut };
}

const HEAD_BYTES = 4;

async function* decoded(upload: Readable): AsyncGenerator<string> {
  // A reader that stops early still answers on this connection, and a destroyed upload would take it along.
  const chunks = upload.iterator({ destroyOnReturn: false }) as AsyncIterable<Buffer>;
  let head = Buffer.alloc(0);
  let decoder: TextDecoder | undefined;
  for await (const chunk of chunks) {
    if (decoder !== undefined) yield decoder.decode(chunk, { stream: true });
    else {
      head = Buffer.concat([head, chunk]);
      if (head.length < HEAD_BYTES) continue;
      decoder = decoderFor(head);
      yield decoder.decode(head, { stream: true });
    }
  }
  yield decoder === undefined ? decoderFor(head).decode(head) : decoder.decode();
}

/** By its byte order mark, which the decoder drops; UTF-8 without one. */
function decoderFor(head: Buffer): TextDecoder {
  const marked = (...bytes: readonly number[]): boolean => bytes.every((byte, at) => head[at] === byte);
  const workbook = WORKBOOKS.find(({ bytes }) => marked(...bytes));
  if (workbook !== undefined) throw new ProblemError(invalidRequest([notText(workbook.what)]));
  if (marked(0xff, 0xfe)) return new TextDecoder('utf-16le');
  return new TextDecoder(marked(0xfe, 0xff) ? 'utf-16be' : 'utf-8');
}

/** Files of spreadsheet programs, by their first bytes: .xlsx and .ods are ZIP archives, .xls is an OLE file. */
const WORKBOOKS = [
  { bytes: [0x50, 0x4b, 0x03, 0x04], what: 'a workbook (.xlsx, .ods) or another ZIP file' },
  { bytes: [0xd0, 0xcf, 0x11, 0xe0], what: 'an Excel workbook (.xls)' },
] as const;

const notText = (what: string): ProblemField => ({
  field: 'body',
  code: 'invalid_value',
  message: `This is ${what}, not text: save the sheet as “CSV UTF-8” and send that.`,
});
