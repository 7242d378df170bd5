/**
 * Intake: validated requests become ledger rows, then jobs. Called by every way in (HTTP, imports). The row is
 * committed before the job is added; a job that could not be added (Redis down) leaves the row `accepted`, and
 * maintenance re-queues it. What was answered as accepted is therefore never lost.
 */
import type { AccountId } from '../domain/account.ts';
import type { Acceptance, NewOnboarding, Trial } from '../domain/acceptance.ts';
import { onboardingId } from '../domain/ids.ts';
import type { Onboarding, OnboardingRequest } from '../domain/onboarding.ts';
import { QueueUnavailableError } from '../domain/unavailable.ts';
import type { Clock, JobQueue, Ledger, Log, Metrics } from '../ports.ts';

export interface IntakeDeps {
  readonly ledger: Pick<Ledger, 'accept' | 'findHolders' | 'markQueued'>;
  readonly queue: Pick<JobQueue, 'add' | 'lift'>;
  readonly clock: Clock;
  /** n random bytes. */
  readonly randomBytes: (n: number) => Uint8Array;
  readonly log: Log;
  readonly metrics: Pick<Metrics, 'requested'>;
}

export interface Intake {
  /** One answer per request, in order. Throws LedgerUnavailableError when nothing could be recorded. */
  acceptMany(
    requests: readonly OnboardingRequest[],
    via: Parameters<Metrics['requested']>[0],
  ): Promise<readonly Acceptance[]>;
  accept(request: OnboardingRequest): Promise<Acceptance>;
  /** The same judgement, in order, with nothing written. */
  tryMany(requests: readonly OnboardingRequest[]): Promise<readonly Trial[]>;
}

export function createIntake(deps: IntakeDeps): Intake {
  const acceptMany: Intake['acceptMany'] = async (requests, via) => {
    if (requests.length === 0) return [];
    const acceptances = await deps.ledger.accept(requests.map((request) => newOnboarding(deps, request)));
    for (const { kind } of acceptances) deps.metrics.requested(via, kind);
    const enqueued = await enqueue(deps, acceptances);
    await lift(deps, acceptances);
    return acceptances.map((acceptance) => withStatus(acceptance, enqueued));
  };
  return {
    acceptMany,
    async accept(request) {
      const [acceptance] = await acceptMany([request], 'single');
      if (acceptance === undefined) throw new Error('The ledger answered nothing for one request.');
      return acceptance;
    },
    tryMany: (requests) => tryMany(requests, deps.ledger),
  };
}

/** Of two requests for one name the first would win, as it does when they are taken for good. */
async function tryMany(
  requests: readonly OnboardingRequest[],
  ledger: Pick<Ledger, 'findHolders'>,
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
    return { kind: holder === request.account ? 'existing' : 'taken', onboarding: onboardings.get(name) };
  });
}

const nameOf = ({ region, sourceName }: OnboardingRequest): string => `${region} ${sourceName}`;

function newOnboarding(deps: IntakeDeps, request: OnboardingRequest): NewOnboarding {
  const now = deps.clock.now();
  return { ...request, id: onboardingId(now, deps.randomBytes(16)), createdAt: new Date(now).toISOString() };
}

/** Adds the new rows' jobs and marks them queued. Answers the rows that are queued now. */
async function enqueue(deps: IntakeDeps, acceptances: readonly Acceptance[]): Promise<ReadonlySet<string>> {
  const fresh = acceptances.flatMap((acceptance) =>
    acceptance.kind === 'accepted' ? [acceptance.onboarding] : [],
  );
  if (fresh.length === 0) return new Set();
  try {
    await deps.queue.add(
      fresh.map(({ id, replays, region, lane }) => ({ onboardingId: id, replays, region, lane })),
    );
  } catch (error) {
    if (!(error instanceof QueueUnavailableError)) throw error;
    deps.log.warn({ count: fresh.length, err: error }, 'intake.queue_unavailable');
    return new Set();
  }
  try {
    await deps.ledger.markQueued(fresh, new Date(deps.clock.now()).toISOString());
  } catch (error) {
    // The jobs are there and their runs write the next status themselves: `accepted` is true enough as an answer.
    deps.log.warn({ count: fresh.length, err: error }, 'intake.mark_queued_failed');
    return new Set();
  }
  return new Set(fresh.map(({ id }) => id));
}

/** A live request for a waiting bulk onboarding: a person waits now. The ledger has noted the lane already. */
async function lift(deps: IntakeDeps, acceptances: readonly Acceptance[]): Promise<void> {
  const lifted = acceptances.flatMap((acceptance) =>
    acceptance.kind === 'existing' && acceptance.lifted ? [acceptance.onboarding] : [],
  );
  try {
    for (const { id, replays, region } of lifted)
      await deps.queue.lift({ onboardingId: id, replays, region });
  } catch (error) {
    // Still provisioned, only not sooner.
    if (!(error instanceof QueueUnavailableError)) throw error;
    deps.log.warn({ count: lifted.length, err: error }, 'intake.lift_failed');
  }
}

function withStatus(acceptance: Acceptance, queued: ReadonlySet<string>): Acceptance {
  if (acceptance.kind !== 'accepted' || !queued.has(acceptance.onboarding.id)) return acceptance;
  const onboarding: Onboarding = { ...acceptance.onboarding, status: 'queued' };
  return { ...acceptance, onboarding };
}
