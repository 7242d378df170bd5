import type { Acceptance } from '../domain/acceptance.ts';
import type { Onboarding } from '../domain/onboarding.ts';
import { LedgerUnavailableError, QueueUnavailableError } from '../domain/unavailable.ts';
import type { Clock, JobQueue, Ledger, Log } from '../ports.ts';

export interface EnqueueDeps {
  readonly ledger: Pick<Ledger, 'unqueue'>;
  readonly queue: Pick<JobQueue, 'add' | 'lift'>;
  readonly clock: Pick<Clock, 'now'>;
  readonly log: Pick<Log, 'warn'>;
}

/**
 * Enqueues what the ledger has committed: jobs for new `queued` rows, the live lane for those that a person
 * waits for now. Returns the same acceptances, as `accepted` where Redis did not take the job. An outage of Redis is no
 * error here: maintenance adds the jobs once it is back.
 */
export async function enqueueAccepted(
  deps: EnqueueDeps,
  acceptances: readonly Acceptance[],
): Promise<readonly Acceptance[]> {
  const refused = await addJobs(deps, acceptances);
  await lift(deps, acceptances);
  return refused.size === 0 ? acceptances : asAccepted(acceptances, refused);
}

/** Shows these onboardings as `accepted`, also where a second request of the same call is answered with one of them. */
export function asAccepted(
  acceptances: readonly Acceptance[],
  ids: ReadonlySet<string>,
): readonly Acceptance[] {
  return acceptances.map((acceptance) => {
    if (acceptance.kind === 'taken' || !ids.has(acceptance.onboarding.id)) return acceptance;
    return { ...acceptance, onboarding: { ...acceptance.onboarding, status: 'accepted' } };
  });
}

/** Adds the jobs of new `queued` rows. Returns the ids of those whose jobs Redis did not confirm. */
async function addJobs(deps: EnqueueDeps, acceptances: readonly Acceptance[]): Promise<ReadonlySet<string>> {
  const queued = acceptances.flatMap(({ kind, onboarding }) =>
    kind === 'accepted' && onboarding.status === 'queued' ? [onboarding] : [],
  );
  if (queued.length === 0) return new Set();
  try {
    await deps.queue.add(
      queued.map(({ id, replays, region, lane }) => ({ onboardingId: id, replays, region, lane })),
    );
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
  { ledger, clock, log }: EnqueueDeps,
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
async function lift(deps: EnqueueDeps, acceptances: readonly Acceptance[]): Promise<void> {
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
