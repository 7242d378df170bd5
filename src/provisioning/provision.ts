/**
 * Provisioning: one job run. Loads the onboarding, makes one round of attempts, decides, commits the result and
 * only then tells the queue. Called by the queue's consumers alone. Nothing here assumes that it runs once: a
 * job whose row has ended, or is at another replay, ends without an AWS call, and writes are fenced.
 */
import { decide, streakAfter, type Decision } from '../domain/decision.ts';
import type { JobRun, JobVerdict } from '../domain/job.ts';
import type { AttemptOutcome } from '../domain/outcome.ts';
import type { Random, RetryPolicy } from '../domain/retry-policy.ts';
import type { NewAttempt, RoundWrite, RunContext } from '../domain/round.ts';
import { isOpen } from '../domain/state-machine.ts';
import type { Clock, JobHandler, Ledger, Log, PartnerGateway, RateGate } from '../ports.ts';
import { logAttempt, logLost } from './provisioning-log.ts';
import { runRound, type Round } from './round.ts';

export interface ProvisioningDeps {
  readonly ledger: Pick<Ledger, 'loadRun' | 'saveRound'>;
  readonly gateway: Pick<PartnerGateway, 'create' | 'describe' | 'listAccounts'>;
  readonly rateGate: Pick<RateGate, 'slowDown'>;
  readonly clock: Clock;
  readonly random: Random;
  readonly policy: RetryPolicy;
  readonly log: Log;
}

/** Makes the handler that the queue calls for each job run. */
export function createProvisioner(deps: ProvisioningDeps): JobHandler {
  return async (run, signal) => {
    const context = await deps.ledger.loadRun(run.onboardingId);
    if (context === undefined) {
      deps.log.warn(
        { onboarding_id: run.onboardingId, job_id: run.jobId },
        'provisioning.unknown_onboarding',
      );
      return { kind: 'done' };
    }
    const { onboarding } = context;
    if (!isOpen(onboarding.status) || onboarding.replays !== run.replays) return endedVerdict(context, run);
    const round = await runRound(onboarding, roundDeps(deps, context, run), signal);
    if (round.outcome === undefined) return interrupted(deps, context, round);
    return conclude(deps, context, { round, outcome: round.outcome });
  };
}

/** A crash between commit and acknowledgement runs the job once more: the queue then hears what the ledger says. */
function endedVerdict({ onboarding }: RunContext, run: JobRun): JobVerdict {
  if (onboarding.replays === run.replays && onboarding.status === 'failed' && onboarding.error !== null) {
    return { kind: 'failed', code: onboarding.error.code };
  }
  return { kind: 'done' };
}

async function interrupted(deps: ProvisioningDeps, context: RunContext, round: Round): Promise<JobVerdict> {
  if (round.attempts.length > 0) {
    await deps.ledger.saveRound(
      roundWrite(deps, context, { attempts: round.attempts, result: { kind: 'interrupted' } }),
    );
  }
  return { kind: 'putBack' };
}

async function conclude(
  deps: ProvisioningDeps,
  context: RunContext,
  { round, outcome }: { round: Round; outcome: AttemptOutcome },
): Promise<JobVerdict> {
  if (outcome.kind === 'throttled') await deps.rateGate.slowDown(context.onboarding.region);
  const now = deps.clock.now();
  const streak = streakAfter(outcome, { kind: context.onboarding.error?.kind, streak: context.streak });
  const decision = decide(outcome, {
    now,
    random: deps.random,
    policy: deps.policy,
    rounds: context.rounds,
    streak,
    deadlineAt: (context.firstCallAt ?? now) + deps.policy.deadlineMs,
  });
  const result = resultOf(decision, { now, rounds: context.rounds, streak });
  const saved = await deps.ledger.saveRound(roundWrite(deps, context, { attempts: round.attempts, result }));
  if (saved !== 'saved') logLost(deps.log, context.onboarding, { saved, outcome });
  return saved === 'fenced' ? { kind: 'done' } : verdictOf(decision);
}

function resultOf(
  decision: Decision,
  { now, rounds, streak }: { now: number; rounds: number; streak: number },
): RoundWrite['result'] {
  switch (decision.kind) {
    case 'provision':
      return { kind: 'provisioned', outcome: decision.outcome, source: decision.source };
    case 'retry':
    case 'snooze':
      return {
        kind: 'retrying',
        error: decision.error,
        nextAttemptAt: new Date(now + decision.delayMs).toISOString(),
        rounds: decision.kind === 'retry' ? rounds + 1 : rounds,
        streak,
      };
    case 'fail':
      return { kind: 'failed', error: decision.error, rounds: rounds + 1, streak };
  }
}

function verdictOf(decision: Decision): JobVerdict {
  switch (decision.kind) {
    case 'provision':
      return { kind: 'done' };
    case 'retry':
    case 'snooze':
      return { kind: decision.kind, delayMs: decision.delayMs, code: decision.error.code };
    case 'fail':
      return { kind: 'failed', code: decision.error.code };
  }
}

function roundWrite(
  deps: ProvisioningDeps,
  { onboarding }: RunContext,
  write: Pick<RoundWrite, 'attempts' | 'result'>,
): RoundWrite {
  return {
    id: onboarding.id,
    replays: onboarding.replays,
    at: new Date(deps.clock.now()).toISOString(),
    ...write,
  };
}

function roundDeps(deps: ProvisioningDeps, context: RunContext, run: JobRun): Parameters<typeof runRound>[1] {
  let number = context.onboarding.attempts;
  return {
    gateway: deps.gateway,
    clock: deps.clock,
    random: deps.random,
    onAttempt: (attempt: NewAttempt, outcome: AttemptOutcome) => {
      number += 1;
      logAttempt(
        deps.log,
        { ...attempt, number },
        { onboarding: context.onboarding, outcome, run, policy: deps.policy },
      );
    },
  };
}
