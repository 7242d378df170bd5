import type { Dispatcher } from 'undici';
import { BODY_MAX_BYTES } from './response-body.ts';

/** An answer whose body is here, or as much of it as ever came. */
export interface HttpAnswer {
  readonly statusCode: number;
  /** A header that came several times is one list, as Node's http has it. */
  readonly headers: Readonly<Record<string, string>>;
  readonly body: AnsweredBody;
}

/** `tooLarge`: the rest was not read. `broken`: it ended before its end. */
export type AnsweredBody =
  | { readonly kind: 'whole' | 'tooLarge'; readonly chunks: readonly Buffer[] }
  | { readonly kind: 'broken'; readonly chunks: readonly Buffer[]; readonly error: Error };

/**
 * One request and its answer, for undici's `dispatch`: undici's own `request` makes a stream of every body and a chain of
 * listeners for every signal, which costs as much as all the rest of a short exchange.
 *
 * Rejects when there is no answer: with undici's error, or the signal's reason.
 */
export function exchange(
  dispatcher: Pick<Dispatcher, 'dispatch'>,
  request: Dispatcher.DispatchOptions,
  cut: AbortSignal | undefined,
): Promise<HttpAnswer> {
  return new Promise((resolve, reject) => {
    if (cut?.aborted === true) {
      reject(cut.reason as Error);
      return;
    }
    let controller: Dispatcher.DispatchController | undefined;
    // One that still waits for a connection has no controller yet: it is ended as soon as it gets one.
    const end = (): void => controller?.abort(cut?.reason as Error);
    cut?.addEventListener('abort', end, { once: true });

    let head: Pick<HttpAnswer, 'statusCode' | 'headers'> | undefined;
    const chunks: Buffer[] = [];
    let size = 0;
    const answer = (body: AnsweredBody): void => {
      cut?.removeEventListener('abort', end);
      if (head !== undefined) resolve({ ...head, body });
    };
    dispatcher.dispatch(request, {
      onRequestStart(begun) {
        controller = begun;
        if (cut?.aborted === true) end();
      },
      onResponseStart(_, statusCode, headers) {
        // An answer of 1xx only says that another one comes.
        if (statusCode >= 200) head = { statusCode, headers: joined(headers) };
      },
      onResponseData(_, chunk) {
        chunks.push(chunk);
        size += chunk.length;
        if (size <= BODY_MAX_BYTES) return;
        answer({ kind: 'tooLarge', chunks });
        controller?.abort(new Error('The body is too large.'));
      },
      onResponseEnd() {
        answer({ kind: 'whole', chunks });
      },
      onResponseError(_, error) {
        if (head === undefined || cut?.aborted === true) {
          cut?.removeEventListener('abort', end);
          reject(error);
        } else answer({ kind: 'broken', chunks, error });
      },
    });
  });
}

/** The body as the SDK reads it, its end included. */
// eslint-disable-next-line @typescript-eslint/require-await -- a stream of what is here already
export async function* streamOf(body: AnsweredBody): AsyncGenerator<Uint8Array> {
  yield* body.chunks;
  if (body.kind === 'broken') throw body.error;
}

type Headers = Readonly<Record<string, string | string[] | undefined>>;

function joined(headers: Headers): Record<string, string> {
  const one: Record<string, string> = {};
  for (const name in headers) {
    const value = headers[name];
    if (value !== undefined) one[name] = typeof value === 'string' ? value : value.join(', ');
  }
  return one;
}
