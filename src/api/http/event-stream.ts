import { Readable } from 'node:stream';
import type { EventPage, Onboarding, OnboardingEvent } from '../../domain/onboarding.ts';
import { LedgerUnavailableError } from '../../domain/unavailable.ts';
import type { Following } from '../../operations/following.ts';
import type { Clock, Log } from '../../ports.ts';
import type { EventFeed } from '../../ports/event-feed.ts';

export interface EventStreamDeps {
  readonly feed: Pick<EventFeed, 'read'>;
  readonly following: Following;
  readonly clock: Pick<Clock, 'sleep'>;
  readonly log: Log;
}

export interface EventStreamRequest {
  /** The position to go on from; undefined: from now on. */
  readonly after: number | undefined;
  readonly wants: (onboarding: Onboarding) => boolean;
}

/** How far a client may be behind in bytes; where a batch of events is more by itself, one more batch. */
const BEHIND_MAX_BYTES = 1_048_576;
/** Events that are read for one client alone: it takes them before the next are read. */
const PAGE = 100;
const TRY_AGAIN_MS = 1_000;

/**
 * One client's stream. A client that resumes is brought up to where the process reads, from the ledger and at its own
 * pace; from there on it is told with all others. It stays open while the ledger is down.
 */
export class EventStream {
  /** What is sent. Destroyed when the client has gone, or is cut. */
  readonly body: Readable;
  readonly #deps: EventStreamDeps;
  readonly #wants: EventStreamRequest['wants'];
  /** Up to here everything was looked at. */
  #position: number | undefined;
  /** Up to here the client could resume by what it was sent. */
  #told: number | undefined;
  /** Whether it is told with all others. */
  #live = false;
  #asked = (): void => undefined;
  #cut = false;

  constructor(deps: EventStreamDeps, { after, wants }: EventStreamRequest) {
    this.#deps = deps;
    this.#wants = wants;
    this.#position = after;
    this.#told = after;
    this.body = new Readable({ read: () => this.#asked() });
    this.body.push(GREETING);
    const leave = deps.following.follow({
      begins: (position) => this.#begin(position),
      events: (events) => {
        if (this.#live) this.#tell(events);
      },
      reset: (position) => {
        if (this.#live) this.#reset(position);
      },
    });
    this.body.once('close', () => {
      leave();
      this.#asked();
    });
  }

  /** True when the client was so far behind that it was cut. */
  get wasCut(): boolean {
    return this.#cut;
  }

  /** Sends a comment, so that no proxy takes the connection for dead. */
  comment(): void {
    if (this.#isBehind()) return;
    // What the client did not want moves its position too, or it would look at all of that again.
    if (this.#position !== undefined && this.#position !== this.#told) {
      this.#say(positionFrame(this.#position), this.#position);
    } else if (this.body.readableLength === 0) this.body.push(COMMENT);
  }

  /** Lets the client connect again elsewhere; one that still has to be sent something will ask for it there. */
  end(): void {
    if (this.body.readableLength === 0) this.body.push(null);
    else this.body.destroy();
  }

  #begin(position: number): void {
    if (this.#position === undefined) {
      this.#position = position;
      this.#live = true;
      // A client that loses its connection before the first event misses nothing either.
      this.#say(positionFrame(position), position);
      return;
    }
    this.#catchUp(this.#position).catch((error: unknown) => {
      this.#deps.log.error({ err: error }, 'events.stream_failed');
      this.body.destroy();
    });
  }

  async #catchUp(after: number): Promise<void> {
    let position = after;
    // Read once in any case: only that tells whether the position is one to go on from.
    do {
      const page = await this.#read(position);
      if (page === undefined) return;
      position = page.kind === 'reset' ? page.position : page.through;
      if (page.kind === 'reset') this.#reset(position);
      else this.#tell(page.events);
      this.#position = position;
      await this.#untilAsked();
    } while (position < (this.#deps.following.position() ?? Infinity));
    this.#live = true;
  }

  /** Tries on while the ledger is down. Undefined: the client has gone meanwhile. */
  async #read(position: number): Promise<EventPage | undefined> {
    const { clock, feed } = this.#deps;
    while (!this.body.destroyed) {
      try {
        return await feed.read(position, PAGE);
      } catch (error) {
        if (!(error instanceof LedgerUnavailableError)) throw error;
        await clock.sleep(TRY_AGAIN_MS);
      }
    }
    return undefined;
  }

  #tell(events: readonly OnboardingEvent[]): void {
    if (this.#isBehind()) return;
    for (const event of events) {
      if (event.position <= (this.#position ?? 0)) continue;
      this.#position = event.position;
      if (this.#wants(event.onboarding)) this.#say(eventFrame(event), event.position);
    }
  }

  #reset(position: number): void {
    this.#position = position;
    this.#say(resetFrame(position), position);
  }

  #say(frame: string | Buffer, told: number): void {
    this.body.push(frame);
    this.#told = told;
  }

  /** Cuts a client that is. */
  #isBehind(): boolean {
    if (this.body.readableLength > BEHIND_MAX_BYTES && !this.body.destroyed) {
      this.#cut = true;
      this.body.destroy();
    }
    return this.body.destroyed;
  }

  /** Until the client has taken what there was. */
  async #untilAsked(): Promise<void> {
    if (this.body.destroyed || this.body.readableLength < this.body.readableHighWaterMark) return;
    await new Promise<void>((resolve) => {
      this.#asked = resolve;
    });
  }
}

// What goes over the stream, as the HTML standard spells server-sent events: lines, and an empty one at the end.

/** How long a browser waits before it connects again. */
const RETRY_MS = 2_000;

/** The first thing on every stream. */
const GREETING = `: connected\nretry: ${RETRY_MS}\n\n`;

const COMMENT = ': still here\n\n';

/** Moves the id that a client resumes from, and is no event. */
const positionFrame = (position: number): string => `: position\nid: ${position}\n\n`;

const resetFrame = (position: number): string =>
  `id: ${position}\nevent: reset\ndata: ${JSON.stringify({ position })}\n\n`;

const frames = new WeakMap<OnboardingEvent, Buffer>();

/** Made once for an event, however many streams it goes to. */
function eventFrame(event: OnboardingEvent): Buffer {
  const made = frames.get(event);
  if (made !== undefined) return made;
  const { position, onboarding } = event;
  const frame = Buffer.from(`id: ${position}\nevent: onboarding\ndata: ${JSON.stringify(onboarding)}\n\n`);
  frames.set(event, frame);
  return frame;
}
