import type { Page } from '../domain/listing.ts';
import type { Onboarding } from '../domain/onboarding.ts';
import type { Answer } from './answers.ts';
import { answersOf, chunksOf, repeated, type BatchAnswer } from './batch.ts';
import { jsonBody, path } from './http-call.ts';
import {
  type ChangeOptions,
  keyHeader,
  refusedNumber,
  type CallOptions,
  type EnqueueOptions,
  type PageOptions,
} from './options.ts';
import { OperatorCalls } from './operator-calls.ts';
import { readEvents, type EventsOptions, type FeedEvent } from './read-events.ts';
import { repeatCall, waitForEnd, type RetryBounds } from './retry.ts';
import type { EnqueueTrial, ListFilter, OnboardRequest } from './wire.ts';

/** The longest that one call may wait for an end (seconds, set by the service). */
const LONGEST_WAIT_SECONDS = 30;
const ASK_WAIT_SECONDS = 20;
const PAGE_SIZE = 200;
/** Intake answers within 2 s, and waits at most 5 s for another call under the same key. */
const SINGLE = { path: 'v1/onboardings', tryMs: 10_000, withinMs: 30_000 };
/** A full batch takes its time on a slow line. */
const BATCH = { path: 'v1/onboardings/batch', tryMs: 30_000, withinMs: 90_000 };

/**
 * A client of the service's HTTP interface. What can be expected to go wrong is a value and nothing throws for it. Here
 * stands what a signup flow calls and what follows onboardings; what operators call it inherits.
 */
export class OnboardingClient extends OperatorCalls {
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
   * fails as a whole ends it: what was not sent has the same error, and the whole list may be submitted again. The calls'
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
    return this.change(SINGLE.path, request, { ...options, dryRun: true });
  }

  /** @param options.waitSeconds answers as soon as it has ended, else after so many seconds (0 to 30) */
  async get(id: string, options: CallOptions & { waitSeconds?: number } = {}): Promise<Answer<Onboarding>> {
    const wait = options.waitSeconds;
    const refusal = refusedNumber('waitSeconds', wait, { min: 0, max: LONGEST_WAIT_SECONDS });
    if (refusal !== undefined) return refusal;
    return this.call({
      method: 'GET',
      path: path`v1/onboardings/${id}`,
      query: { wait },
      signal: options.signal,
      ...(wait === undefined ? {} : { timeoutMs: (wait + LONGEST_WAIT_SECONDS) * 1_000 }),
    });
  }

  /**
   * Replays a failed onboarding where its error's advice says that this makes sense, at most three times a day. 409
   * `not_retryable`, 429 `too_many_requests`.
   */
  retry(id: string, options: ChangeOptions = {}): Promise<Answer<Onboarding>> {
    return this.change(path`v1/onboardings/${id}/retry`, {}, options);
  }

  /**
   * Looks at AWS now: has the customer accepted the source? A look within 5 seconds gives back what the one before found.
   * 409 `not_provisioned`, `region_paused`; 503 `aws_unavailable`.
   */
  check(id: string, options: CallOptions = {}): Promise<Answer<Onboarding>> {
    return this.change(path`v1/onboardings/${id}/check`, {}, options);
  }

  /** Waits until it is provisioned, failed or cancelled, through outages of up to 30 s, until the signal aborts. */
  waitFor(id: string, options: CallOptions = {}): Promise<Answer<Onboarding>> {
    return waitForEnd(() => this.get(id, { ...options, waitSeconds: ASK_WAIT_SECONDS }), options.signal);
  }

  /** One page, newest first. Pass `nextCursor` on for the next one. */
  listPage(filter: ListFilter = {}, page: PageOptions = {}): Promise<Answer<Page<Onboarding>>> {
    return this.read(SINGLE.path, { ...filter, ...page });
  }

  /** All that match, newest first, page by page. An error on the way is the last answer. */
  async *list(filter: ListFilter = {}, options: CallOptions = {}): AsyncGenerator<Answer<Onboarding>, void> {
    let cursor: string | undefined;
    do {
      const page: Answer<Page<Onboarding>> = await this.listPage(filter, {
        ...options,
        limit: PAGE_SIZE,
        cursor,
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
    return readEvents(this.connection, options);
  }

  /** A call that is safe to repeat, since its key makes the service know it again. */
  async #send<T>({ path: at, jsonText, key, ...bounds }: Sent): Promise<Answer<T>> {
    const header = keyHeader(key);
    if (!header.ok) return header;
    const refusal = refusedNumber('withinMs', bounds.withinMs, { min: 0, max: Infinity });
    if (refusal !== undefined) return refusal;
    const { headers } = header;
    const body = jsonBody(jsonText);
    const { signal } = bounds;
    return repeatCall<T>(
      (timeoutMs) => this.call({ method: 'POST', path: at, body, headers, signal, timeoutMs }),
      bounds,
    );
  }
}

interface Sent extends RetryBounds {
  readonly path: string;
  readonly jsonText: string;
  readonly key: string;
}
