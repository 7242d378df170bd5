import type { Onboarding, Status } from '../domain/onboarding.ts';
import type { CallError } from './answers.ts';
import type { ServerSentEvent } from './event-parser.ts';
import { openEventStream, type EventStream } from './event-source.ts';
import { abortedBy, type Connection } from './http-call.ts';
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
  /** Goes on after this event; without it the feed begins now. */
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

/** Reads the feed through any number of cuts, and skips nothing that the service still has. */
export async function* readEvents(
  connection: Connection,
  { signal, lastEventId: from, region, status, onCut, silenceMs }: EventsOptions,
): AsyncGenerator<FeedEvent, void> {
  const refusal = refusedNumber('silenceMs', silenceMs, { min: 1, max: TIMER_MAX_MS });
  if (refusal !== undefined) {
    yield { kind: 'failed', error: refusal.error };
    return;
  }
  const place: Place = { signal, lastEventId: from, baseMs: BACKOFF.baseMs };
  let cuts = 0;
  while (!isAborted(signal)) {
    const openedAt = Date.now();
    const before = place.lastEventId;
    const opened = await openEventStream(connection, {
      signal,
      lastEventId: place.lastEventId,
      query: { region, status },
      ...(silenceMs === undefined ? {} : { silenceMs }),
    });
    const error = opened.ok ? yield* passOn(opened.value, place) : opened.error;
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

interface Place {
  readonly signal: AbortSignal | undefined;
  lastEventId: string | undefined;
  baseMs: number;
}

/** Yields what one line brings; gives back why it ended. */
async function* passOn(stream: EventStream, place: Place): AsyncGenerator<FeedEvent, CallError> {
  try {
    while (true) {
      const answer = await stream.next();
      place.baseMs = stream.retryMs() ?? place.baseMs;
      if (!answer.ok) return answer.error;
      for (const sent of answer.value) {
        if (place.signal?.aborted === true) return abortedBy(place.signal);
        const event = feedEventOf(sent);
        if (event === 'unreadable')
          return {
            kind: 'unreadable',
            status: answer.status,
            detail: 'An event came that is no onboarding.',
          };
        if (event !== 'unknown') yield event;
      }
      const reached = stream.lastEventId();
      if (reached !== '') place.lastEventId = reached;
    }
  } finally {
    stream.close();
  }
}

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
