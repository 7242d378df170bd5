/**
 * Intake: validated requests become ledger rows, then jobs. Called by every way in (HTTP, imports). The row is
 * committed before the job is added: as `queued` while Redis is connected, else as `accepted`. A job that cannot be added
 * sends the row back to `accepted`, and maintenance queues it. What was answered 2xx is therefore never lost.
 */
import type { Acceptance, KeyedAcceptance, KeyedCall, NewOnboarding, Trial } from '../domain/acceptance.ts';
import type { AccountId } from '../domain/account.ts';
import { isToBeMadeAgain } from '../domain/connection.ts';
import { onboardingId } from '../domain/ids.ts';
import { jobOf } from '../domain/job.ts';
import type { Onboarding, OnboardingRequest } from '../domain/onboarding.ts';
import { LedgerUnavailableError, QueueUnavailableError } from '../domain/unavailable.ts';
import type { Clock, JobQueue, Ledger, Log, Metrics } from '../ports.ts';

export interface IntakeDeps {
  readonly ledger: Pick<Ledger, 'accept' | 'acceptKeyed' | 'findHolders' | 'unqueue'>;
  readonly queue: Pick<JobQueue, 'isReady' | 'add' | 'lift'>;
  readonly clock: Clock;
  /** n random bytes. */
  readonly randomBytes: (n: number) => Uint8Array;
  readonly log: Log;
  readonly metrics: Pick<Metrics, 'requested'>;
}

/** The way in, as the metrics name it. */
export type Via = Parameters<Metrics['requested']>[0];

/** A {@link KeyedCall} before its requests have ids. */
export type KeyedRequests = Omit<KeyedCall, 'at' | 'requests'> & {
  readonly requests: readonly OnboardingRequest[];
};

export interface Intake {
  /**
   * One answer per request, in order. Throws LedgerUnavailableError when the ledger did not answer; with `patience`
   * only after it has not done so for a minute.
   */
  acceptMany(
    requests: readonly OnboardingRequest[],
    via: Via,
    options?: AcceptOptions,
  ): Promise<readonly Acceptance[]>;
  /**
   * The same for a call under a key. Its answer was committed with its onboardings, before Redis was asked, so it shows them
   * as `accepted`, whatever has become of them since. Waits up to 5 s for another call with the key; `atWork` when that took longer.
   */
  acceptKeyed(call: KeyedRequests, via: Via): Promise<KeyedAcceptance>;
  /** The same judgement, in order, with nothing written. */
  tryMany(requests: readonly OnboardingRequest[]): Promise<readonly Trial[]>;
}

export interface AcceptOptions {
  /** For calls that must not fail for a short outage; once the signal aborts there is no more of it. */
  readonly patience?: { readonly signal: AbortSignal };
  /** New bulk rows stay `accepted`, and maintenance gives them their jobs. */
  readonly bulkMayWait?: boolean;
}

const PATIENCE_MS = 60_000;
const TRY_AGAIN_MS = 1_000;
const AT_WORK_MAX_MS = 5_000;
const LOOK_AGAIN_MS = 50;

export function createIntake(deps: IntakeDeps): Intake {
  const count = (acceptances: readonly Acceptance[], via: Via): void => {
    for (const { kind } of acceptances) deps.metrics.requested(via, kind);
  };
  return {
    async acceptMany(requests, via, { patience, bulkMayWait = false } = {}) {
      if (requests.length === 0) return [];
      // The same ids at every try: what an earlier one recorded is then known as this call's own.
      const onboardings = newOnboardings(deps, requests, bulkMayWait);
      const tryOnce = (): Promise<readonly Acceptance[]> => deps.ledger.accept(onboardings);
      const acceptances = await (patience === undefined ? tryOnce() : persistently(tryOnce, deps, patience));
      count(acceptances, via);
      return enqueueAccepted(deps, acceptances);
    },
    async acceptKeyed(call, via) {
      const requests = newOnboardings(deps, call.requests);
      const outcome = await firstOrRepeated(deps, {
        ...call,
        at: new Date(deps.clock.now()).toISOString(),
        requests,
        answer: (acceptances) => call.answer(asAccepted(acceptances, newOnes(acceptances))),
      });
      if (outcome.kind !== 'first') return outcome;
      count(outcome.acceptances, via);
      await enqueueAccepted(deps, outcome.acceptances);
      return outcome;
    },
    tryMany: (requests) => tryMany(requests, deps.ledger, deps.clock.now()),
  };
}

/** Tries again while the ledger is away, for up to a minute. */
export async function persistently<T>(
  tryOnce: () => Promise<T>,
  { clock, log }: Pick<IntakeDeps, 'clock' | 'log'>,
  { signal }: NonNullable<AcceptOptions['patience']>,
): Promise<T> {
  const deadline = clock.now() + PATIENCE_MS;
  for (;;) {
    try {
      return await tryOnce();
    } catch (error) {
      const mayWait = clock.now() < deadline && !signal.aborted;
      if (!(error instanceof LedgerUnavailableError) || !mayWait) throw error;
      log.warn({ err: error }, 'intake.ledger_unavailable');
      // An abort ends the wait; the next try is the last one then.
      await clock.sleep(TRY_AGAIN_MS, signal).catch(() => undefined);
    }
  }
}

/** Waits here and not in the database, where every waiter would keep a connection. */
async function firstOrRepeated(
  { ledger, clock }: Pick<IntakeDeps, 'ledger' | 'clock'>,
  call: KeyedCall,
): Promise<KeyedAcceptance> {
  const deadline = clock.now() + AT_WORK_MAX_MS;
  for (;;) {
    const outcome = await ledger.acceptKeyed(call);
    if (outcome.kind !== 'atWork' || clock.now() >= deadline) return outcome;
    await clock.sleep(LOOK_AGAIN_MS);
  }
}

/** Of two requests for one name the first would win, as it does when they are recorded. */
async function tryMany(
  requests: readonly OnboardingRequest[],
  ledger: Pick<Ledger, 'findHolders'>,
  now: number,
): Promise<readonly Trial[]> {
  const holders = new Map<string, AccountId>();
  const onboardings = new Map<string, Onboarding>();
  for (const holder of await ledger.findHolders(requests)) {
    holders.set(nameOf(holder), holder.account);
    onboardings.set(nameOf(holder), holder);
  }
  return requests.map((request): Trial => {
    const name = nameOf(request);
    const holder = holders.get(name);
    if (holder === undefined) holders.set(name, request.account);
    if (holder === undefined) return { kind: 'accepted' };
    const onboarding = onboardings.get(name);
    if (holder !== request.account) return { kind: 'taken', onboarding };
    const isAgain = onboarding !== undefined && isToBeMadeAgain(onboarding, now);
    return isAgain ? { kind: 'accepted' } : { kind: 'existing', onboarding };
  });
}

const nameOf = ({ region, sourceName }: OnboardingRequest): string => `${region} ${sourceName}`;

/** Ids follow one another in the order of the requests, so that a list shows an import in the order of its file. */
function newOnboardings(
  { clock, queue, randomBytes }: Pick<IntakeDeps, 'clock' | 'queue' | 'randomBytes'>,
  requests: readonly OnboardingRequest[],
  bulkMayWait = false,
): readonly NewOnboarding[] {
  const now = clock.now();
  const isReady = queue.isReady();
  const createdAt = new Date(now).toISOString();
  const onboardings = requests.map((request) => ({
    ...request,
    id: onboardingId(now, randomBytes(16)),
    status:
      isReady && !(bulkMayWait && request.lane === 'bulk') ? ('queued' as const) : ('accepted' as const),
    createdAt,
  }));
  const ids = onboardings.map(({ id }) => id).sort();
  return onboardings.map((onboarding, index) => ({ ...onboarding, id: ids[index] ?? onboarding.id }));
}

/**
 * Enqueues what the ledger has committed: jobs for new `queued` rows, the live lane for those that a person
 * waits for now. Returns the same acceptances, as `accepted` where Redis did not take the job. An outage of Redis is no
 * error here: maintenance adds the jobs once it is back.
 */
async function enqueueAccepted(
  deps: IntakeDeps,
  acceptances: readonly Acceptance[],
): Promise<readonly Acceptance[]> {
  const refused = await addJobs(deps, acceptances);
  await lift(deps, acceptances);
  return refused.size === 0 ? acceptances : asAccepted(acceptances, refused);
}

/** Shows these onboardings as `accepted`, also where a second request of the same call is answered with one of them. */
function asAccepted(acceptances: readonly Acceptance[], ids: ReadonlySet<string>): readonly Acceptance[] {
  return acceptances.map((acceptance) => {
    if (acceptance.kind === 'taken' || !ids.has(acceptance.onboarding.id)) return acceptance;
    return { ...acceptance, onboarding: { ...acceptance.onboarding, status: 'accepted' } };
  });
}

const newOnes = (acceptances: readonly Acceptance[]): ReadonlySet<string> =>
  new Set(acceptances.flatMap(({ kind, onboarding }) => (kind === 'accepted' ? [onboarding.id] : [])));

/** Adds the jobs of new `queued` rows. Returns the ids of those whose jobs Redis did not confirm. */
async function addJobs(deps: IntakeDeps, acceptances: readonly Acceptance[]): Promise<ReadonlySet<string>> {
  const queued = acceptances.flatMap(({ kind, onboarding }) =>
    kind === 'accepted' && onboarding.status === 'queued' ? [onboarding] : [],
  );
  if (queued.length === 0) return new Set();
  try {
    await deps.queue.add(queued.map(jobOf));
    return new Set();
  } catch (error) {
    if (!(error instanceof QueueUnavailableError)) throw error;
    deps.log.warn({ count: queued.length, err: error }, 'intake.queue_unavailable');
    await unqueue(deps, queued);
    return new Set(queued.map(({ id }) => id));
  }
}

/** The ledger moves only rows that no run has touched: Redis may have added a job although its reply was lost. */
async function unqueue(
  { ledger, clock, log }: IntakeDeps,
  onboardings: readonly Onboarding[],
): Promise<void> {
  try {
    await ledger.unqueue(onboardings, new Date(clock.now()).toISOString());
  } catch (error) {
    if (!(error instanceof LedgerUnavailableError)) throw error;
    // The rows are committed, and maintenance finds a queued row without a job, too.
    log.warn({ count: onboardings.length, err: error }, 'intake.unqueue_failed');
  }
}

/** A live request for a waiting bulk onboarding: a person waits now. The ledger has noted the lane already. */
async function lift(deps: IntakeDeps, acceptances: readonly Acceptance[]): Promise<void> {
  const lifted = acceptances.flatMap((acceptance) =>
    acceptance.kind === 'existing' && acceptance.lifted ? [acceptance.onboarding] : [],
  );
  try {
    for (const onboarding of lifted) await deps.queue.lift(jobOf(onboarding));
  } catch (error) {
    // Still provisioned, only not sooner.
    if (!(error instanceof QueueUnavailableError)) throw error;
    deps.log.warn({ count: lifted.length, err: error }, 'intake.lift_failed');
  }
}
