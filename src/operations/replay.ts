import type { OnboardingId } from '../domain/ids.ts';
import { jobOf } from '../domain/job.ts';
import type { Onboarding, Status } from '../domain/onboarding.ts';
import { judgeHolding } from '../domain/outcome.ts';
import { nextStatus } from '../domain/state-machine.ts';
import { QueueUnavailableError } from '../domain/unavailable.ts';
import type { OperatorRequest } from '../domain/operator-request.ts';
import type { Clock, JobQueue, Ledger, Log, PartnerGateway } from '../ports.ts';

export interface ReplayDeps {
  readonly ledger: Pick<Ledger, 'get' | 'replay' | 'lastingHolds'>;
  readonly queue: Pick<JobQueue, 'add'>;
  readonly gateway: Pick<PartnerGateway, 'listAccounts'>;
  readonly clock: Clock;
  readonly log: Log;
  /** Aborts when the process stops. */
  readonly stopping: AbortSignal;
}

export type ReplayResult =
  | { readonly kind: 'queued' | 'wouldQueue'; readonly onboarding: Onboarding }
  | { readonly kind: 'notFound' }
  /** Still at work, or cancelled: `status` says which. */
  | { readonly kind: 'notReplayable'; readonly status: Status }
  /** Its Region is being drained: nothing new goes into the queue. */
  | { readonly kind: 'draining' }
  | { readonly kind: 'alreadyProvisioned' }
  /** A provisioned one is replayed only once AWS no longer holds the source, and AWS could not be asked. */
  | { readonly kind: 'unverified'; readonly code: string; readonly message: string };

/**
 * Replays one onboarding with a full budget, in its own lane. A provisioned one is refused while AWS holds its source for this account; when AWS cannot be asked, it is refused too.
 */
export async function replayOnboarding(
  id: OnboardingId,
  request: OperatorRequest,
  deps: ReplayDeps,
): Promise<ReplayResult> {
  const onboarding = await deps.ledger.get(id);
  if (onboarding === undefined) return { kind: 'notFound' };
  if (nextStatus(onboarding.status, 'replay') === undefined) {
    return { kind: 'notReplayable', status: onboarding.status };
  }
  if (await isDraining(onboarding, deps)) return { kind: 'draining' };
  const obstacle = onboarding.status === 'provisioned' ? await heldAtAws(onboarding, deps) : undefined;
  if (obstacle !== undefined) return obstacle;
  if (request.dryRun) return { kind: 'wouldQueue', onboarding };
  const written = await deps.ledger.replay(id, {
    from: onboarding.status,
    actor: request.actor,
    reason: request.reason,
    at: new Date(deps.clock.now()).toISOString(),
  });
  switch (written.kind) {
    case 'notFound':
      return { kind: 'notFound' };
    case 'refused':
      return { kind: 'notReplayable', status: written.status };
    case 'draining':
      return { kind: 'draining' };
    case 'queued':
      await carry(written.onboarding, deps);
      return { kind: 'queued', onboarding: written.onboarding };
  }
}

/** For dry runs, and before AWS is asked for nothing; the write looks again. */
async function isDraining({ region }: Onboarding, { ledger }: ReplayDeps): Promise<boolean> {
  const holds = await ledger.lastingHolds();
  return holds.some((hold) => hold.kind === 'drain' && hold.region === region);
}

/** The caller waits for the answer; with Redis away the gateway's turn at the quota would never come. */
const ASK_AWS_WITHIN_MS = 5_000;

/** Undefined when AWS no longer holds the source for this account; else why there is no replay. */
async function heldAtAws(onboarding: Onboarding, deps: ReplayDeps): Promise<ReplayResult | undefined> {
  const late = AbortSignal.timeout(ASK_AWS_WITHIN_MS);
  try {
    const list = await deps.gateway.listAccounts(onboarding, AbortSignal.any([deps.stopping, late]));
    if (list.kind === 'fault')
      return { kind: 'unverified', code: list.fault.code, message: list.fault.message };
    const holding = judgeHolding(onboarding.account, list.kind === 'found' ? list.value : []);
    return holding.kind === 'ours' ? { kind: 'alreadyProvisioned' } : undefined;
  } catch (error) {
    if (!late.aborted) throw error;
    const message = `AWS did not respond within ${ASK_AWS_WITHIN_MS} ms, including the wait for the quota.`;
    return { kind: 'unverified', code: 'Timeout', message };
  }
}

/** The row is queued already; while Redis is down, maintenance adds the job once it is back. */
async function carry(onboarding: Onboarding, deps: ReplayDeps): Promise<void> {
  try {
    await deps.queue.add([jobOf(onboarding)]);
  } catch (error) {
    if (!(error instanceof QueueUnavailableError)) throw error;
    deps.log.warn({ onboarding_id: onboarding.id, err: error }, 'replay.queue_unavailable');
  }
}
