import type { Answer, CallError } from './answers.ts';
import { createEventParser, type ServerSentEvent } from './event-parser.ts';
import { failed, noAnswer, refusalOf, requestOf, type Connection } from './http-call.ts';

/** The service sends something every 15 s; a line that is silent for longer is dead, whatever TCP says. */
const SILENCE_MAX_MS = 45_000;

export interface OpenStream {
  readonly signal: AbortSignal | undefined;
  readonly lastEventId: string | undefined;
  readonly query: Readonly<Record<string, string | undefined>>;
  readonly silenceMs?: number;
}

export interface EventStream {
  /** What comes next, which may be no event at all; an error when the stream has ended. */
  next(): Promise<Answer<readonly ServerSentEvent[]>>;
  /** From where to resume once what came has been dealt with; '' while the stream named no id. */
  lastEventId(): string;
  /** Milliseconds that the service wants readers to wait before they come back. */
  retryMs(): number | undefined;
  close(): void;
}

/** Opens the stream of events once, and reads it until it ends. */
export async function openEventStream(
  connection: Connection,
  { signal, lastEventId, query, silenceMs = SILENCE_MAX_MS }: OpenStream,
): Promise<Answer<EventStream>> {
  const cut = new AbortController();
  const bounded = async <R>(work: () => Promise<R>): Promise<R> => {
    const silence = setTimeout(() => cut.abort(new Error(`Nothing came for ${silenceMs} ms`)), silenceMs);
    try {
      return await work();
    } finally {
      clearTimeout(silence);
    }
  };
  const { url, init } = requestOf(connection, {
    method: 'GET',
    path: 'v1/events',
    query,
    headers: {
      accept: 'text/event-stream',
      ...(lastEventId === undefined ? {} : { 'last-event-id': lastEventId }),
    },
    signal: signal === undefined ? cut.signal : AbortSignal.any([signal, cut.signal]),
    timeoutMs: null,
  });
  try {
    const response = await bounded(() => connection.fetch(url, init));
    const { body } = response;
    if (body === null || !isEventStream(response)) {
      const text = await bounded(() => response.text());
      return failed(refusalOf(response, jsonOf(text)));
    }
    const reader = body.getReader();
    const stream = streamOf(() => bounded(() => reader.read()), {
      onError: (cause) => noAnswer(connection, { signal, cause }),
      close: () => cut.abort(),
    });
    return { ok: true, status: response.status, value: stream };
  } catch (cause) {
    return failed(noAnswer(connection, { signal, cause }));
  }
}

function streamOf(
  read: () => Promise<{ readonly done: boolean; readonly value?: Uint8Array | undefined }>,
  { onError, close }: { onError: (cause: unknown) => CallError; close: () => void },
): EventStream {
  const parser = createEventParser();
  const decoder = new TextDecoder();
  return {
    lastEventId: () => parser.lastEventId,
    retryMs: () => parser.retryMs,
    close,
    async next() {
      try {
        const { done, value } = await read();
        if (done) return failed(onError(new Error('The service ended the stream')));
        return { ok: true, status: 200, value: parser.push(decoder.decode(value, { stream: true })) };
      } catch (cause) {
        return failed(onError(cause));
      }
    },
  };
}

const isEventStream = ({ status, headers }: Response): boolean =>
  status === 200 && /^text\/event-stream\b/i.test(headers.get('content-type') ?? '');

function jsonOf(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
