import type { Acceptance } from '../domain/acceptance.ts';
import type { Onboarding } from '../domain/onboarding.ts';
import { QueueUnavailableError } from '../domain/unavailable.ts';
import type { JobQueue, Log } from '../ports.ts';
import type { QueuedMarks } from './queued-marks.ts';

export interface HandOverDeps {
  readonly queue: Pick<JobQueue, 'add' | 'lift'>;
  readonly marks: Pick<QueuedMarks, 'mark'>;
  readonly log: Pick<Log, 'warn'>;
}

/**
 * Hands what the ledger has taken to the queue: jobs for new rows, the live lane for those that a person waits for now.
 * Gives back the same acceptances, with `queued` where that is true now. An outage of Redis changes nothing for them.
 * What is accepted while its Region is being drained stays out of the queue; maintenance adds it when that has ended.
 */
export async function handOver(
  deps: HandOverDeps,
  acceptances: readonly Acceptance[],
  { bulkMayWait }: { bulkMayWait: boolean } = { bulkMayWait: false },
): Promise<readonly Acceptance[]> {
  const enqueued = await enqueue(
    deps,
    bulkMayWait ? acceptances.filter(({ onboarding }) => onboarding.lane === 'live') : acceptances,
  );
  await lift(deps, acceptances);
  return acceptances.map((acceptance) => withStatus(acceptance, enqueued));
}

/** Adds the new rows' jobs and has them marked queued. Answers the rows that are queued now. */
async function enqueue(deps: HandOverDeps, acceptances: readonly Acceptance[]): Promise<ReadonlySet<string>> {
  const fresh = acceptances.flatMap((acceptance) =>
    acceptance.kind === 'accepted' && !acceptance.draining ? [acceptance.onboarding] : [],
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
  return new Set((await deps.marks.mark(fresh)) ? fresh.map(({ id }) => id) : []);
}

/** A live request for a waiting bulk onboarding: a person waits now. The ledger has noted the lane already. */
async function lift(deps: HandOverDeps, acceptances: readonly Acceptance[]): Promise<void> {
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

/** A second request of the same call for the same onboarding shows what the first one shows. */
function withStatus(acceptance: Acceptance, queued: ReadonlySet<string>): Acceptance {
  if (acceptance.kind === 'taken' || !queued.has(acceptance.onboarding.id)) return acceptance;
  const onboarding: Onboarding = { ...acceptance.onboarding, status: 'queued' };
  return { ...acceptance, onboarding };
}
