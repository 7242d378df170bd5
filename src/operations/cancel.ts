/**
 * Cancels one onboarding. First its job is removed from the queue, or withdrawn from its worker, which a job whose call has
 * begun refuses; then the row is written. After a crash in between the row is open, its job runs later or is added again, and the
 * caller asks again. A job added meanwhile finds an ended row and makes no AWS call.
 */
import type { OnboardingId } from '../domain/ids.ts';
import { jobOf, type JobRef } from '../domain/job.ts';
import type { Onboarding, Status } from '../domain/onboarding.ts';
import { nextStatus } from '../domain/state-machine.ts';
import { QueueUnavailableError } from '../domain/unavailable.ts';
import type { OperatorRequest } from '../domain/operator-request.ts';
import type { Clock, JobQueue, Ledger, Log } from '../ports.ts';

export interface CancelDeps {
  readonly ledger: Pick<Ledger, 'get' | 'cancel'>;
  readonly queue: Pick<JobQueue, 'presence' | 'remove'>;
  readonly clock: Pick<Clock, 'now'>;
  readonly log: Log;
}

export type CancelResult =
  | { readonly kind: 'cancelled' | 'wouldCancel'; readonly onboarding: Onboarding }
  | { readonly kind: 'notFound' }
  /** A run has begun its call: it may be at AWS now. */
  | { readonly kind: 'attemptRunning' }
  /** Provisioned, or cancelled already: `status` says which. */
  | { readonly kind: 'notCancellable'; readonly status: Status };

/** It is being replayed while it is cancelled; more often in a row does not happen. */
const PASSES_MAX = 5;

/** @throws QueueUnavailableError, when nothing was changed; LedgerUnavailableError */
export async function cancelOnboarding(
  id: OnboardingId,
  request: OperatorRequest,
  deps: CancelDeps,
): Promise<CancelResult> {
  let onboarding = await deps.ledger.get(id);
  for (let pass = 0; pass < PASSES_MAX; pass += 1) {
    if (onboarding === undefined) return { kind: 'notFound' };
    if (nextStatus(onboarding.status, 'cancel') === undefined)
      return { kind: 'notCancellable', status: onboarding.status };
    if (request.dryRun) return tryOut(onboarding, deps);
    const { actor, reason } = request;
    const job = jobOf(onboarding);
    if ((await deps.queue.remove(job)) === 'active') return { kind: 'attemptRunning' };
    const at = new Date(deps.clock.now()).toISOString();
    const written = await deps.ledger.cancel(id, { replays: job.replays, actor, reason, at });
    switch (written.kind) {
      case 'notFound':
        return { kind: 'notFound' };
      case 'refused':
        // It ended, or is at another replay, whose job is another one.
        onboarding = written.onboarding;
        break;
      case 'cancelled':
        deps.log.info({ onboarding_id: id, actor, from: onboarding.status }, 'onboarding.cancelled');
        await removeLatecomer(job, deps);
        return { kind: 'cancelled', onboarding: written.onboarding };
    }
  }
  return { kind: 'attemptRunning' };
}

async function tryOut(onboarding: Onboarding, { queue }: CancelDeps): Promise<CancelResult> {
  const [presence] = await queue.presence([jobOf(onboarding)]);
  return presence === 'active' ? { kind: 'attemptRunning' } : { kind: 'wouldCancel', onboarding };
}

/**
 * What was added between the two steps would end without a call; without it nothing is left in Redis. One that runs by
 * now may have loaded the row before it was written: then that is logged before AWS has answered.
 */
async function removeLatecomer(
  job: JobRef,
  { queue, log }: Pick<CancelDeps, 'queue' | 'log'>,
): Promise<void> {
  try {
    if ((await queue.remove(job)) === 'active')
      log.warn({ onboarding_id: job.onboardingId, region: job.region }, 'onboarding.cancelled_while_running');
  } catch (error) {
    if (!(error instanceof QueueUnavailableError)) throw error;
  }
}
