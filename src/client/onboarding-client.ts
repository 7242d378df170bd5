/**
 * The published client of the HTTP API. Uses only fetch, URL and AbortSignal, so it runs in Node, workers and
 * browsers alike. What the service answers is a value, problems included; a service that does not answer is an
 * exception with its cause. Nothing is sent twice by itself: repeating `enqueue` is safe, since the service
 * knows an onboarding by Region, source name and account.
 */
import type { Attempt, Onboarding } from '../domain/onboarding.ts';
import type { Page } from '../domain/listing.ts';
import {
  hasEnded,
  type Answer,
  type ImportAnswer,
  type ListFilter,
  type OnboardRequest,
  type Readiness,
  type RegionState,
  type Stats,
} from './answers.ts';
import { ProblemError } from './client-errors.ts';
import type { DeliveriesFilter, DeliveryAnswer } from './delivery-answers.ts';
import { callService, type Call, type Connection } from './http-call.ts';

export interface ClientOptions {
  /** Where the service listens, such as `https://onboard.example.com`. */
  readonly url: string;
  readonly token?: string;
  readonly fetch?: typeof fetch;
}

export interface CallOptions {
  readonly signal?: AbortSignal;
}

/** The longest that one call may wait for an end (seconds, set by the service). */
const LONGEST_WAIT_SECONDS = 30;
const POLL_WAIT_SECONDS = 20;
/** A service that is stopping answers a waiting call early; this keeps the next one from coming at once. */
const POLL_PAUSE_MS = 250;
const PAGE_SIZE = 200;

export class OnboardingClient {
  readonly #connection: Connection;

  constructor(options: ClientOptions) {
    this.#connection = {
      url: options.url,
      token: options.token,
      // Called without a receiver: browsers refuse a fetch that was detached from its window.
      fetch: options.fetch ?? ((input, init) => fetch(input, init)),
    };
  }

  /** Hands in an onboarding: 202 new, 200 known before; 409 `source_name_taken` when another account has the name. */
  enqueue(request: OnboardRequest, options: CallOptions = {}): Promise<Answer<Onboarding>> {
    return this.#call({ method: 'POST', path: 'v1/onboardings', json: request, ...options });
  }

  /** The same checks as `enqueue`, nothing written; the value says what would happen. */
  tryEnqueue(request: OnboardRequest, options: CallOptions = {}): Promise<Answer<unknown>> {
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

  /** Waits until it is provisioned, failed or cancelled, through short outages of the ledger, until the signal aborts. */
  async waitFor(id: string, options: CallOptions = {}): Promise<Answer<Onboarding>> {
    while (true) {
      const answer = await this.get(id, { ...options, waitSeconds: POLL_WAIT_SECONDS });
      if (answer.ok && hasEnded(answer.value)) return answer;
      if (!answer.ok && answer.problem.status !== 503 && answer.problem.status !== 429) return answer;
      const wish = answer.ok ? 0 : (answer.problem.retryAfterSeconds ?? 1) * 1_000;
      await pause(Math.max(POLL_PAUSE_MS, wish), options.signal);
    }
  }

  /** One page, newest first. Pass `nextCursor` on for the next one. */
  listPage(
    filter: ListFilter = {},
    options: CallOptions & { limit?: number; cursor?: string } = {},
  ): Promise<Answer<Page<Onboarding>>> {
    const { signal, limit, cursor } = options;
    return this.#call({
      method: 'GET',
      path: 'v1/onboardings',
      query: { ...filter, limit, cursor },
      signal,
    });
  }

  /** All that match, newest first, page by page. A problem on the way throws a {@link ProblemError}. */
  async *list(filter: ListFilter = {}, options: CallOptions = {}): AsyncGenerator<Onboarding, void> {
    let cursor: string | undefined;
    do {
      const page = await this.listPage(filter, {
        ...options,
        limit: PAGE_SIZE,
        ...(cursor === undefined ? {} : { cursor }),
      });
      if (!page.ok) throw new ProblemError(page.problem);
      yield* page.value.items;
      cursor = page.value.nextCursor ?? undefined;
    } while (cursor !== undefined);
  }

  attempts(id: string, options: CallOptions = {}): Promise<Answer<{ items: readonly Attempt[] }>> {
    return this.#call({ ...onboardingPath('GET', id, '/attempts'), ...options });
  }

  /** Queues a failed onboarding again; 409 says why not. The reason is kept in the audit. */
  replay(id: string, request: { reason: string }, options: CallOptions = {}): Promise<Answer<Onboarding>> {
    return this.#call({ ...onboardingPath('POST', id, '/replay'), json: request, ...options });
  }

  /** The same checks as `replay`, nothing written. */
  tryReplay(id: string, request: { reason: string }, options: CallOptions = {}): Promise<Answer<unknown>> {
    const query = { dryRun: true };
    return this.#call({ ...onboardingPath('POST', id, '/replay'), json: request, query, ...options });
  }

  /** Sends a CSV, streamed when given as a stream: good rows go through, bad ones come back by row, field and reason. */
  importCsv(
    csv: string | ReadableStream<Uint8Array>,
    options: CallOptions & { dryRun?: boolean } = {},
  ): Promise<Answer<ImportAnswer>> {
    const query = { dryRun: options.dryRun === true ? true : undefined };
    return this.#call({
      method: 'POST',
      path: 'v1/imports',
      csv,
      query,
      signal: options.signal,
      timeoutMs: null,
    });
  }

  /** Pauses a Region until it is resumed: nothing there calls AWS, and no onboarding fails by it. The reason is kept in the audit. */
  pauseRegion(
    region: string,
    request: { reason: string },
    options: CallOptions & { dryRun?: boolean } = {},
  ): Promise<Answer<RegionState>> {
    return this.#call({ ...regionPath(region, 'pause', options), json: request });
  }

  resumeRegion(
    region: string,
    request: { reason: string },
    options: CallOptions & { dryRun?: boolean } = {},
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

  #call<T>(call: Call): Promise<Answer<T>> {
    return callService(this.#connection, call);
  }
}

function onboardingPath(method: Call['method'], id: string, rest = ''): Pick<Call, 'method' | 'path'> {
  return { method, path: `v1/onboardings/${encodeURIComponent(id)}${rest}` };
}

function regionPath(
  region: string,
  action: 'pause' | 'resume',
  { dryRun, signal }: CallOptions & { dryRun?: boolean },
): Pick<Call, 'method' | 'path' | 'query' | 'signal'> {
  const query = { dryRun: dryRun === true ? true : undefined };
  return { method: 'POST', path: `v1/regions/${encodeURIComponent(region)}/${action}`, query, signal };
}

function pause(ms: number, signal: AbortSignal | undefined): Promise<void> {
  return new Promise((resolve, reject) => {
    const stop = (): void => {
      clearTimeout(timer);
      reject(signal?.reason as Error);
    };
    const timer = setTimeout(() => {
      signal?.removeEventListener('abort', stop);
      resolve();
    }, ms);
    if (signal?.aborted === true) stop();
    else signal?.addEventListener('abort', stop, { once: true });
  });
}
