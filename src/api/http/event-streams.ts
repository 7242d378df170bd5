import type { Metrics } from '../../ports.ts';
import { createPlaces } from '../../runtime/places.ts';
import { EventStream, type EventStreamDeps, type EventStreamRequest } from './event-stream.ts';

export interface EventStreamsDeps extends EventStreamDeps {
  readonly metrics: Pick<Metrics, 'streamOpened' | 'streamEnded'>;
  /** Aborts when the process stops. */
  readonly stopping: AbortSignal;
  readonly commentEveryMs?: number;
}

/** All streams of the process. */
export interface EventStreams {
  /** `holder`: whose place it takes. Answers why there is none for it, as {@link createPlaces} says it. */
  open(request: EventStreamRequest, holder: string): EventStream | 'allAreTaken' | 'holderHasEnough';
}

/** Bounds the memory that clients can take: each may be a megabyte behind. */
export const STREAMS_MAX = 500;
/** So that a program that leaks connections does not keep others out. */
export const STREAMS_PER_TOKEN = 50;
const COMMENT_EVERY_MS = 15_000;

/** Comments go to all of them, and a stop ends all of them at once. */
export function createEventStreams(deps: EventStreamsDeps): EventStreams {
  const { log, metrics, stopping, commentEveryMs = COMMENT_EVERY_MS } = deps;
  const streams = new Set<EventStream>();
  const places = createPlaces({ inAll: STREAMS_MAX, perHolder: STREAMS_PER_TOKEN });
  let comments: NodeJS.Timeout | undefined;
  stopping.addEventListener('abort', () => streams.forEach((stream) => stream.end()), { once: true });

  const closed = (stream: EventStream): void => {
    streams.delete(stream);
    if (stream.wasCut) log.warn({}, 'events.client_cut');
    metrics.streamEnded(stopping.aborted ? 'stopped' : stream.wasCut ? 'behind' : 'left');
    if (streams.size > 0) return;
    clearInterval(comments);
    comments = undefined;
  };
  return {
    open(request, holder) {
      const place = places.take(holder);
      if (place !== 'taken') return place;
      const stream = new EventStream(deps, request);
      streams.add(stream);
      metrics.streamOpened();
      stream.body.once('close', () => {
        places.giveBack(holder);
        closed(stream);
      });
      comments ??= setInterval(() => streams.forEach((each) => each.comment()), commentEveryMs).unref();
      if (stopping.aborted) stream.end();
      return stream;
    },
  };
}
