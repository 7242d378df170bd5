/**
 * Provisioning: one job run. Loads the onboarding, makes one round of attempts, decides, commits the result and
 * only then tells the queue. Called by the queue's consumers alone. Nothing here assumes that it runs once: a
 * job whose row has ended, or is at another replay, ends without an AWS call, and writes are fenced.
 */
import type { CircuitMemory } from '../domain/circuit.ts';
import { decide, streakAfter, type Decision } from '../domain/decision.ts';
import { DENIALS, deniedAlone, isDenial } from '../domain/denied-alone.ts';
import { heldMs } from '../domain/hold.ts';
import type { JobRun, JobVerdict } from '../domain/job.ts';
import { succeeded, type AttemptOutcome } from '../domain/outcome.ts';
import type { Random, RetryPolicy } from '../domain/retry-policy.ts';
import type { NewAttempt, RoundWrite, RunContext } from '../domain/round.ts';
import type { Onboarding } from '../domain/onboarding.ts';
import { isOpen } from '../domain/state-machine.ts';
import type { Slot } from '../domain/turn.ts';
import type { Clock, JobHandler, Ledger, Log, Metrics, PartnerGateway } from '../ports.ts';
import type { RateGate } from '../ports/rate-gate.ts';
import { logAttempt, logLost, logSuccessAfterCancel } from './provisioning-log.ts';
import type { RegionKeeper } from './region-keeper.ts';
import { countRound } from './provisioning-metrics.ts';
import { runRound, type Round } from './round.ts';
import { standingVerdict } from './standing-verdict.ts';

export interface ProvisioningDeps {
  readonly ledger: Pick<Ledger, 'loadRun' | 'saveRound' | 'attempts' | 'holdsSince'>;
  readonly gateway: Pick<PartnerGateway, 'create' | 'describe' | 'listAccounts'>;
  readonly rateGate: Pick<RateGate, 'reserve'>;
  readonly regions: Pick<RegionKeeper, 'flow' | 'seen' | 'report'>;
  readonly clock: Clock;
  readonly random: Random;
  readonly policy: RetryPolicy;
  readonly log: Log;
  readonly metrics: Metrics;
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
    if (run.region !== onboarding.region) {
      // Not of our making: it would call one Region under the pause, the circuit and the rate of another.
      deps.log.warn({ onboarding_id: run.onboardingId, job_id: run.jobId }, 'provisioning.misplaced_job');
      return { kind: 'done' };
    }
    if (!isOpen(onboarding.status) || onboarding.replays !== run.replays)
      return standingVerdict(context, run, deps.clock.now());
    if ((await deps.regions.flow(run.region)) === 'hold') return HELD;
    const slot = await slotOf(deps, onboarding, run.draining);
    if (slot === undefined) return { kind: 'putBack' };
    const stopped = await leaveToCall(deps, run);
    if (stopped !== undefined) return stopped;
    const { openings } = deps.regions.seen(run.region);
    deps.metrics.jobStarted(onboarding, run.waitedMs + slot.waitedMs);
    const round = await runRound(onboarding, roundDeps(deps, context, { run, slot }), signal);
    if (round.outcome === undefined) return interrupted(deps, context, round);
    return conclude(deps, context, { round, outcome: round.outcome, openings });
  };
}

/** The Region was held after this job had been given out: nothing has happened, and nothing is written. */
const HELD: JobVerdict = { kind: 'putAside', delayMs: 1_000, code: 'RegionHeld' };

/** The slot for the first call; undefined when a stop came first, which waits for calls and not for slots. */
async function slotOf(
  { rateGate }: ProvisioningDeps,
  { region, lane }: Onboarding,
  draining: AbortSignal,
): Promise<Slot | undefined> {
  try {
    return await rateGate.reserve(region, lane, draining);
  } catch (error) {
    if (draining.aborted) return undefined;
    throw error;
  }
}

/** Looked at after the wait for the slot, in which the job may have been cancelled and the Region held. */
async function leaveToCall({ regions }: ProvisioningDeps, run: JobRun): Promise<JobVerdict | undefined> {
  const flow = await regions.flow(run.region);
  if (flow === 'hold') return HELD;
  const permit = await run.mayCall(flow === 'probe');
  switch (permit) {
    case 'granted':
      return undefined;
    case 'probing':
      return HELD;
    // The next run finds out from the ledger what became of it.
    case 'withdrawn':
    case 'elsewhere':
      return { kind: 'snooze', delayMs: 1_000, code: permit };
  }
}

async function interrupted(deps: ProvisioningDeps, context: RunContext, round: Round): Promise<JobVerdict> {
  if (round.attempts.length > 0) {
    await deps.ledger.saveRound(
      roundWrite(deps, context, { attempts: round.attempts, result: { kind: 'interrupted' } }),
    );
  }
  deps.metrics.roundEnded(context.onboarding, 'interrupted', null);
  return { kind: 'putBack' };
}

async function conclude(
  deps: ProvisioningDeps,
  context: RunContext,
  { round, outcome, openings }: { round: Round; outcome: AttemptOutcome; openings: number },
): Promise<JobVerdict> {
  const { id, region } = context.onboarding;
  const streak = streakAfter(outcome, { kind: context.onboarding.error?.kind, streak: context.streak });
  const isOwn = await ownDenial(deps, context, { outcome, streak });
  // Before anything is acknowledged: the next job must find the queue held when this one opens the circuit.
  const circuit = await deps.regions.report(region, { outcome, onboardingId: id, openings, isOwn });
  const now = deps.clock.now();
  const decision = decide(outcome, {
    now,
    random: deps.random,
    policy: deps.policy,
    rounds: context.rounds,
    streak,
    deadlineAt: await deadlineOf(deps, context, now),
    circuitOpen: circuit.state !== 'closed',
    deniedAlone: isOwn(circuit),
  });
  const result = resultOf(decision, { now, rounds: context.rounds, streak });
  const saved = await deps.ledger.saveRound(roundWrite(deps, context, { attempts: round.attempts, result }));
  countRound(deps.metrics, context.onboarding, { decision, saved, now });
  if (saved !== 'saved') logLost(deps.log, context.onboarding, { saved, outcome });
  if (saved === 'saved' || saved === 'late') return verdictOf(decision);
  // Another run was faster, and whoever holds the job's lock speaks to the queue: it says what the ledger says now.
  const standing = await deps.ledger.loadRun(context.onboarding.id);
  if (standing?.onboarding.status === 'cancelled' && succeeded(outcome)) {
    deps.metrics.succeededAfterCancel(region);
    logSuccessAfterCancel(deps.log, context.onboarding);
  }
  return standing === undefined ? { kind: 'done' } : standingVerdict(standing, context.onboarding, now);
}

/** The deadline stands still while the Region is held; how long that was is asked only once it matters. */
async function deadlineOf(
  { ledger, policy }: ProvisioningDeps,
  { onboarding, firstCallAt }: RunContext,
  now: number,
): Promise<number> {
  const deadlineAt = (firstCallAt ?? now) + policy.deadlineMs;
  if (firstCallAt === null || now < deadlineAt) return deadlineAt;
  const holds = await ledger.holdsSince(onboarding.region, new Date(firstCallAt).toISOString());
  return deadlineAt + heldMs(holds, { from: firstCallAt, to: now });
}

/** Tells a denial of this onboarding alone from one of its Region, by what is known of the Region. */
async function ownDenial(
  { ledger }: ProvisioningDeps,
  { onboarding }: RunContext,
  { outcome, streak }: { outcome: AttemptOutcome; streak: number },
): Promise<(circuit: CircuitMemory) => boolean> {
  if (!isDenial(outcome) || streak < DENIALS) return () => false;
  const earlier = await ledger.attempts(onboarding.id);
  return (circuit) => deniedAlone(earlier, circuit);
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
    case 'putAside':
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
    case 'putAside':
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
    follows: onboarding.nextAttemptAt,
    at: new Date(deps.clock.now()).toISOString(),
    ...write,
  };
}

function roundDeps(
  deps: ProvisioningDeps,
  context: RunContext,
  { run, slot }: { run: JobRun; slot: Slot },
): Parameters<typeof runRound>[1] {
  let number = context.onboarding.attempts;
  return {
    gateway: deps.gateway,
    clock: deps.clock,
    random: deps.random,
    turn: { lane: context.onboarding.lane, slot },
    onAttempt: (attempt: NewAttempt, outcome: AttemptOutcome) => {
      number += 1;
      deps.metrics.attempted(context.onboarding.region, attempt.outcome, attempt.errorCode);
      logAttempt(
        deps.log,
        { ...attempt, number },
        { onboarding: context.onboarding, outcome, run, policy: deps.policy },
      );
    },
  };
}
