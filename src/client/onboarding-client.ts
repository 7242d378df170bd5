import type { Attempt, Onboarding } from '../domain/onboarding.ts';
import type { Page } from '../domain/listing.ts';
import type { DeliveriesFilter, DeliveryAnswer } from './delivery-answers.ts';
import { answersOf, chunksOf, repeated, type BatchAnswer } from './batch.ts';
import type { Answer } from './answers.ts';
import { onboardingPath, regionPath } from './call-paths.ts';
import { callService, failed, type Call, type Connection } from './http-call.ts';
import { keyHeader } from './idempotency-key.ts';
import { readEvents, type EventsOptions, type FeedEvent } from './read-events.ts';
import { repeatCall, type RetryBounds } from './retry.ts';
import { waitForEnd } from './wait-for-end.ts';
import type {
  EnqueueTrial,
  ImportAnswer,
  ListFilter,
  OnboardRequest,
  Readiness,
  RegionState,
  Stats,
} from './wire.ts';

export interface ClientOptions {
  /** Where the service listens, such as `https://onboard.example.com`; a path in front of the API is kept. */
  readonly url: string;
  /** One of the service's `API_TOKENS`. */
  readonly token?: string | undefined;
  readonly fetch?: typeof fetch;
}

export interface CallOptions {
  readonly signal?: AbortSignal | undefined;
}

export interface EnqueueOptions extends CallOptions {
  /** Makes a repetition of the call, by another process too, get the first one's answer for 24 hours. Default: a new UUID. */
  readonly idempotencyKey?: string | undefined;
  /** Milliseconds for all tries and the waits between them; 0: one try. Default 30,000; for each call of `enqueueMany` 90,000. */
  readonly withinMs?: number;
}

/** The longest that one call may wait for an end (seconds, set by the service). */
const LONGEST_WAIT_SECONDS = 30;
const ASK_WAIT_SECONDS = 20;
const PAGE_SIZE = 200;
/** Intake answers within 2 s, and waits at most 5 s for another call under the same key. */
const SINGLE = { path: 'v1/onboardings', tryMs: 10_000, withinMs: 30_000 };
/** A full batch takes its time on a slow line. */
const BATCH = { path: 'v1/onboardings/batch', tryMs: 30_000, withinMs: 90_000 };

/** A client of the service's HTTP interface. What can be expected to go wrong is a value and nothing throws for it. */
export class OnboardingClient {
  readonly #connection: Connection;

  /** Throws a TypeError for an address or a token that no request could carry. */
  constructor({ url, token, fetch: ownFetch }: ClientOptions) {
    if (!/^https?:\/\//i.test(url) || !URL.canParse(url))
      throw new TypeError(`url must be an absolute http:// or https:// address, not "${url}".`);
    if (token !== undefined && !/^[\x21-\x7e]+$/.test(token))
      throw new TypeError('token must be one line of printable ASCII without spaces.');
    // Called without a receiver: browsers refuse a fetch that was detached from its window.
    this.#connection = { url, token, fetch: ownFetch ?? ((input, init) => fetch(input, init)) };
  }

  /**
   * Hands in an onboarding: 202 new, 200 known before. A call that gets no answer, or is told to come back, is repeated
   * under the same key, so that a lost reply never makes a second one and always gets the first answer.
   */
  async enqueue(request: OnboardRequest, options: EnqueueOptions = {}): Promise<Answer<Onboarding>> {
    const key = options.idempotencyKey ?? crypto.randomUUID();
    return this.#send({ ...SINGLE, ...options, jsonText: JSON.stringify(request), key });
  }

  /**
   * Hands in any number of onboardings, at most 1,000 in a call, and gives back one answer for each, in order. A call that
   * fails as a whole ends it: what was not sent has the same error, and the whole list may be handed in again. The calls'
   * keys are the key with `:1`, `:2` … behind it.
   */
  async enqueueMany(
    requests: readonly OnboardRequest[],
    options: EnqueueOptions = {},
  ): Promise<readonly Answer<Onboarding>[]> {
    const key = options.idempotencyKey ?? crypto.randomUUID();
    const answers: Answer<Onboarding>[] = [];
    let sent = 0;
    for (const chunk of chunksOf(requests)) {
      sent += 1;
      const { jsonText } = chunk;
      const answer = await this.#send<BatchAnswer>({ ...BATCH, ...options, jsonText, key: `${key}:${sent}` });
      answers.push(...answersOf(answer, chunk));
      if (!answer.ok) return [...answers, ...repeated(answer.error, requests.length - answers.length)];
    }
    return answers;
  }

  /** The same checks as `enqueue`, nothing written; the value says what would happen. */
  tryEnqueue(request: OnboardRequest, options: CallOptions = {}): Promise<Answer<EnqueueTrial>> {
    const query = { dryRun: true };
    return this.#call({ method: 'POST', path: 'v1/onboardings', json: request, query, ...options });
  }

  /** @param options.waitSeconds answers as soon as it has ended, else after so many seconds (0 to 30) */
  get(id: string, options: CallOptions & { waitSeconds?: number } = {}): Promise<Answer<Onboarding>> {
    const wait = options.waitSeconds;
    return this.#call({
      ...onboardingPath('GET', id),
      query: { wait },
      signal: options.signal,
      ...(wait === undefined ? {} : { timeoutMs: (wait + LONGEST_WAIT_SECONDS) * 1_000 }),
    });
  }

  /** Waits until it is provisioned, failed or cancelled, through outages of up to 30 s, until the signal aborts. */
  waitFor(id: string, options: CallOptions = {}): Promise<Answer<Onboarding>> {
    return waitForEnd(() => this.get(id, { ...options, waitSeconds: ASK_WAIT_SECONDS }), options.signal);
  }

  /** One page, newest first. Pass `nextCursor` on for the next one. */
  listPage(
    filter: ListFilter = {},
    options: CallOptions & { limit?: number; cursor?: string } = {},
  ): Promise<Answer<Page<Onboarding>>> {
    const { signal, limit, cursor } = options;
    return this.#call({ method: 'GET', path: 'v1/onboardings', query: { ...filter, limit, cursor }, signal });
  }

  /** All that match, newest first, page by page. An error on the way is the last answer. */
  async *list(filter: ListFilter = {}, options: CallOptions = {}): AsyncGenerator<Answer<Onboarding>, void> {
    let cursor: string | undefined;
    do {
      const page: Answer<Page<Onboarding>> = await this.listPage(filter, {
        ...options,
        limit: PAGE_SIZE,
        ...(cursor === undefined ? {} : { cursor }),
      });
      if (!page.ok) {
        yield page;
        return;
      }
      for (const value of page.value.items) yield { ok: true, status: page.status, value };
      cursor = page.value.nextCursor ?? undefined;
    } while (cursor !== undefined);
  }

  /**
   * Every change of an onboarding, from now on or from an event on, for as long as it is read. A line that is cut is taken
   * up again where it ended, after 1 s, then longer (full jitter, at most 30 s).
   */
  events(options: EventsOptions = {}): AsyncGenerator<FeedEvent, void> {
    return readEvents(this.#connection, options);
  }

  attempts(id: string, options: CallOptions = {}): Promise<Answer<{ items: readonly Attempt[] }>> {
    return this.#call({ ...onboardingPath('GET', id, '/attempts'), ...options });
  }

  /** Queues a failed onboarding again; 409 says why not. The reason is kept in the audit. */
  replay(id: string, request: { reason: string }, options: CallOptions = {}): Promise<Answer<Onboarding>> {
    return this.#call({
      ...onboardingPath('POST', id, '/replay'),
      json: request,
      ...options,
    });
  }

  /** The same checks as `replay`, nothing written: the value is what would be replayed. */
  tryReplay(id: string, request: { reason: string }, options: CallOptions = {}): Promise<Answer<Onboarding>> {
    const query = { dryRun: true };
    return this.#call({ ...onboardingPath('POST', id, '/replay'), json: request, query, ...options });
  }

  /** Sends a CSV, streamed when given as a stream: good rows go through, bad ones come back by row, field and reason. */
  importCsv(
    csv: string | ReadableStream<Uint8Array>,
    { dryRun, signal }: CallOptions & { dryRun?: boolean } = {},
  ): Promise<Answer<ImportAnswer>> {
    const query = { dryRun: dryRun === true ? true : undefined };
    return this.#call({ method: 'POST', path: 'v1/imports', csv, query, signal, timeoutMs: null });
  }

  /** Pauses a Region until it is resumed: nothing there calls AWS, and no onboarding fails by it. The reason is kept in the audit. */
  pauseRegion(
    region: string,
    request: { reason: string },
    options: RegionOptions = {},
  ): Promise<Answer<RegionState>> {
    return this.#call({ ...regionPath(region, 'pause', options), json: request });
  }

  resumeRegion(
    region: string,
    request: { reason: string },
    options: RegionOptions = {},
  ): Promise<Answer<RegionState>> {
    return this.#call({ ...regionPath(region, 'resume', options), json: request });
  }

  /** One page of the notifications, newest first, each with its attempts. */
  listDeliveries(
    filter: DeliveriesFilter = {},
    options: CallOptions & { limit?: number; cursor?: string } = {},
  ): Promise<Answer<Page<DeliveryAnswer>>> {
    const { signal, limit, cursor } = options;
    return this.#call({ method: 'GET', path: 'v1/deliveries', query: { ...filter, limit, cursor }, signal });
  }

  /** Sends a notification again, with the same id, and enables its endpoint. The reason is kept in the audit. */
  replayDelivery(
    id: string,
    request: { reason: string },
    options: CallOptions & { dryRun?: boolean } = {},
  ): Promise<Answer<DeliveryAnswer>> {
    const path = `v1/deliveries/${encodeURIComponent(id)}/replay`;
    const query = { dryRun: options.dryRun === true ? true : undefined };
    return this.#call({ method: 'POST', path, json: request, query, signal: options.signal });
  }

  stats(options: CallOptions = {}): Promise<Answer<Stats>> {
    return this.#call({ method: 'GET', path: 'v1/stats', ...options });
  }

  /** `ok` while the service can serve, degraded or not. */
  ready(options: CallOptions = {}): Promise<Answer<Readiness>> {
    return this.#call({ method: 'GET', path: 'readyz', ...options });
  }

  /** A call that is safe to repeat, since its key makes the service know it again. */
  async #send<T>({ path, jsonText, key, ...bounds }: Sent): Promise<Answer<T>> {
    const header = keyHeader(key);
    if (!header.ok) return failed(header.error);
    const { headers } = header;
    const { signal } = bounds;
    return repeatCall<T>(
      (timeoutMs) => this.#call({ method: 'POST', path, jsonText, headers, signal, timeoutMs }),
      bounds,
    );
  }

  #call<T>(call: Call): Promise<Answer<T>> {
    return callService(this.#connection, call);
  }
}

type RegionOptions = CallOptions & { readonly dryRun?: boolean };

interface Sent extends RetryBounds {
  readonly path: string;
  readonly jsonText: string;
  readonly key: string;
}
