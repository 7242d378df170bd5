import type { Onboarding, Status } from '../domain/onboarding.ts';
import type { CallError } from './answers.ts';
import { createEventParser, type ServerSentEvent } from './event-parser.ts';
import { jsonOf, noAnswer, refusalOf, requestOf, type Connection } from './http-call.ts';
import { refusedNumber, TIMER_MAX_MS } from './options.ts';
import { askedMs, backoffMs, isAborted, isPassing, pause } from './retry.ts';

/** What comes out of the feed. The kinds are all there are. */
export type FeedEvent =
  /** An onboarding has changed, and is like this now. Keep `id` once you have dealt with it, to go on after it. */
  | { readonly kind: 'onboarding'; readonly id: string; readonly onboarding: Onboarding }
  /** The service no longer has what came after the last id: read the list again, then go on here. */
  | { readonly kind: 'reset'; readonly id: string }
  /** The last one: reading on would meet the same again, such as a token that may not. */
  | { readonly kind: 'failed'; readonly error: CallError };

export interface EventsOptions {
  /** Ends the feed without a word. */
  readonly signal?: AbortSignal | undefined;
  /** Continues after this event; without it the feed starts now. */
  readonly lastEventId?: string;
  /** Only changes in this Region. */
  readonly region?: string;
  /** Only changes that left the onboarding in this status. */
  readonly status?: Status;
  /** Told each time that the line is cut, with the milliseconds until it is taken up again. */
  readonly onCut?: (error: CallError, waitMs: number) => void;
  /** Milliseconds of silence after which a line counts as cut, 1 to 2³¹ - 1; default 45,000, three times the service's own beat. */
  readonly silenceMs?: number;
}

const BACKOFF = { baseMs: 1_000, capMs: 30_000 };
/** A line that lasted so long was a good one: the next cut is the first again. */
const GOOD_LINE_MS = 10_000;
/** The service sends something every 15 s; a connection that is silent for longer is dead, whatever TCP says. */
const SILENCE_MAX_MS = 45_000;

/** Reads the feed through any number of cuts, and skips nothing that the service still has. */
export async function* readEvents(
  connection: Connection,
  options: EventsOptions,
): AsyncGenerator<FeedEvent, void> {
  const { signal, onCut } = options;
  const refusal = refusedNumber('silenceMs', options.silenceMs, { min: 1, max: TIMER_MAX_MS });
  if (refusal !== undefined) {
    yield { kind: 'failed', error: refusal.error };
    return;
  }
  const place: Place = { lastEventId: options.lastEventId, baseMs: BACKOFF.baseMs };
  let cuts = 0;
  while (!isAborted(signal)) {
    const openedAt = Date.now();
    const before = place.lastEventId;
    const error = yield* readOnce(connection, options, place);
    if (isAborted(signal)) return;
    if (!isPassing(error)) {
      yield { kind: 'failed', error };
      return;
    }
    if (place.lastEventId !== before || Date.now() - openedAt >= GOOD_LINE_MS) cuts = 0;
    const waitMs = backoffMs(cuts, { baseMs: place.baseMs, capMs: BACKOFF.capMs }) + askedMs(error);
    cuts += 1;
    onCut?.(error, waitMs);
    await pause(waitMs, signal);
  }
}

/** From where to resume, and what the service wants readers to wait before they do. */
interface Place {
  lastEventId: string | undefined;
  baseMs: number;
}

/** Opens the stream once and yields what it brings; returns why it ended. */
async function* readOnce(
  connection: Connection,
  { signal, region, status, silenceMs = SILENCE_MAX_MS }: EventsOptions,
  place: Place,
): AsyncGenerator<FeedEvent, CallError> {
  const cut = new AbortController();
  const bounded = async <R>(work: Promise<R>): Promise<R> => {
    const silence = setTimeout(() => cut.abort(new Error(`No data for ${silenceMs} ms`)), silenceMs);
    try {
      return await work;
    } finally {
      clearTimeout(silence);
    }
  };
  const { url, init } = requestOf(connection, {
    method: 'GET',
    path: 'v1/events',
    query: { region, status },
    headers: {
      accept: 'text/event-stream',
      ...(place.lastEventId === undefined ? {} : { 'last-event-id': place.lastEventId }),
    },
    signal: signal === undefined ? cut.signal : AbortSignal.any([signal, cut.signal]),
    timeoutMs: null,
  });
  const parser = createEventParser();
  const decoder = new TextDecoder();
  try {
    const response = await bounded(connection.fetch(url, init));
    if (response.body === null || !isEventStream(response))
      return refusalOf(response, jsonOf(await bounded(response.text())));
    const reader = response.body.getReader();
    while (true) {
      const { done, value } = await bounded(reader.read());
      if (done) throw new Error('The service ended the stream');
      const sent = parser.push(decoder.decode(value, { stream: true }));
      place.baseMs = parser.retryMs ?? place.baseMs;
      for (const event of sent.map(feedEventOf)) {
        if (isAborted(signal)) break;
        if (event === 'unreadable') return UNREADABLE;
        if (event !== 'unknown') yield event;
      }
      if (parser.lastEventId !== '') place.lastEventId = parser.lastEventId;
    }
  } catch (cause) {
    return noAnswer(connection, { signal, cause });
  } finally {
    cut.abort();
  }
}

const UNREADABLE: CallError = {
  kind: 'unreadable',
  status: 200,
  detail: 'Received an event that is not an onboarding.',
};

const isEventStream = ({ status, headers }: Response): boolean =>
  status === 200 && /^text\/event-stream\b/i.test(headers.get('content-type') ?? '');

/** Types of events that a newer service may send are passed over. */
function feedEventOf({ type, data, id }: ServerSentEvent): FeedEvent | 'unknown' | 'unreadable' {
  if (type === 'reset') return { kind: 'reset', id };
  if (type !== 'onboarding') return 'unknown';
  try {
    return { kind: 'onboarding', id, onboarding: JSON.parse(data) as Onboarding };
  } catch {
    return 'unreadable';
  }
}
