/**
 * Provisioning: one job run, as six steps: load, guard, round, judge, commit, verdict. Called by the queue's consumers
 * alone. Nothing here assumes that it runs once: a job whose row has ended, or is at another replay, ends without an
 * AWS call, and writes are fenced. The result is committed before the queue is told.
 */
import type { CheckPolicy } from '../domain/check-policy.ts';
import type { Decision } from '../domain/decision.ts';
import type { JobRun, JobVerdict, Slot } from '../domain/job.ts';
import { type AttemptOutcome, succeeded } from '../domain/outcome.ts';
import type { Random, RetryPolicy } from '../domain/retry-policy.ts';
import type { RoundSaved, RoundWrite, RunContext } from '../domain/round.ts';
import { isOpen } from '../domain/state-machine.ts';
import type { Clock, JobHandler, Ledger, Log, Metrics, PartnerGateway } from '../ports.ts';
import type { RateGate } from '../ports/rate-gate.ts';
import { judge, type Judged, resultOf } from './judge.ts';
import type { RegionKeeper } from './region-keeper.ts';
import { countRound, logAttempt, logLost, logSuccessAfterCancel } from './report-round.ts';
import { type Round, runRound } from './round.ts';

export interface ProvisioningDeps {
  readonly ledger: Pick<Ledger, 'loadRun' | 'saveRound' | 'attempts' | 'holdsSince'>;
  readonly gateway: Pick<PartnerGateway, 'create' | 'describe' | 'listAccounts'>;
  readonly rateGate: Pick<RateGate, 'reserve'>;
  readonly regions: Pick<RegionKeeper, 'flow' | 'seen' | 'report'>;
  readonly clock: Clock;
  readonly random: Random;
  readonly policy: RetryPolicy;
  /** When the source is looked at afterwards. */
  readonly checks: CheckPolicy;
  readonly log: Log;
  readonly metrics: Metrics;
}

/** A job run and its onboarding as the ledger had it when the run began. */
interface Execution {
  readonly deps: ProvisioningDeps;
  readonly job: JobRun;
  readonly signal: AbortSignal;
  readonly context: RunContext;
}

/** What the guard gives a run that may call AWS. */
interface Admission {
  readonly slot: Slot;
  /** How often the Region's circuit had opened before the call. */
  readonly openings: number;
}

/** A step's result, or the verdict that ends the run there. */
type Step<T> =
  { readonly kind: 'next'; readonly value: T } | { readonly kind: 'end'; readonly verdict: JobVerdict };

const next = <T>(value: T): Step<T> => ({ kind: 'next', value });
const end = (verdict: JobVerdict): { kind: 'end'; verdict: JobVerdict } => ({ kind: 'end', verdict });

/** Makes the handler that the queue calls for each job run. */
export function createProvisioner(deps: ProvisioningDeps): JobHandler {
  return async (job, signal) => {
    const loaded = await load(deps, job);
    if (loaded.kind === 'end') return loaded.verdict;
    const execution: Execution = { deps, job, signal, context: loaded.value };

    const admitted = await guard(execution);
    if (admitted.kind === 'end') return admitted.verdict;
    const { slot, openings } = admitted.value;

    const round = await callAws(execution, slot);
    const { outcome } = round;
    if (outcome === undefined) return interrupted(execution, round);

    const judged = await judge(deps, execution.context, { outcome, openings });
    const saved = await commit(execution, { ...judged, attempts: round.attempts });
    return verdict(execution, { ...judged, outcome, saved });
  };
}

async function load({ ledger, log, clock }: ProvisioningDeps, job: JobRun): Promise<Step<RunContext>> {
  const context = await ledger.loadRun(job.onboardingId);
  const fields = { onboarding_id: job.onboardingId, job_id: job.jobId };
  if (context === undefined) {
    log.warn(fields, 'provisioning.unknown_onboarding');
    return end({ kind: 'done' });
  }
  const { onboarding } = context;
  if (job.region !== onboarding.region) {
    // Not of our making: it would call one Region under the pause, the circuit and the rate of another.
    log.warn(fields, 'provisioning.misplaced_job');
    return end({ kind: 'done' });
  }
  const isCurrent = isOpen(onboarding.status) && onboarding.replays === job.replays;
  return isCurrent ? next(context) : end(standingVerdict(context, job, clock.now()));
}

/** The Region was held after this job had been given out: nothing has happened, and nothing is written. */
const HELD: JobVerdict = { kind: 'putAside', delayMs: 1_000, code: 'RegionHeld' };

/** Waits for a slot, and looks again after the wait, in which the job may have been cancelled and the Region held. */
async function guard({ deps, job, context: { onboarding } }: Execution): Promise<Step<Admission>> {
  const { regions, rateGate, metrics } = deps;
  const { region, lane } = onboarding;
  if ((await regions.flow(region)) === 'hold') return end(HELD);
  const slot = await rateGate.reserve(region, lane, job.draining).catch((error: unknown) => {
    if (job.draining.aborted) return undefined;
    throw error;
  });
  // A stop waits for calls and not for slots.
  if (slot === undefined) return end({ kind: 'putBack' });
  const flow = await regions.flow(region);
  if (flow === 'hold') return end(HELD);
  const permit = await job.mayCall(flow === 'probe');
  switch (permit) {
    case 'granted':
      metrics.jobStarted(onboarding, job.waitedMs + slot.waitedMs);
      return next({ slot, openings: regions.seen(region).openings });
    case 'probing':
      return end(HELD);
    // The next run finds out from the ledger what became of it.
    case 'withdrawn':
    case 'elsewhere':
      return end({ kind: 'snooze', delayMs: 1_000, code: permit });
  }
}

function callAws({ deps, job, signal, context: { onboarding } }: Execution, slot: Slot): Promise<Round> {
  const { gateway, clock, random, metrics, log, policy } = deps;
  let number = onboarding.attempts;
  return runRound(
    onboarding,
    {
      gateway,
      clock,
      random,
      turn: { lane: onboarding.lane, slot },
      onAttempt(attempt, outcome) {
        number += 1;
        metrics.attempted(onboarding.region, attempt.outcome, attempt.errorCode);
        logAttempt(log, { ...attempt, number }, { onboarding, outcome, run: job, policy });
      },
    },
    signal,
  );
}

/** Cut by a stop: the attempts that were made are kept, and no round is spent. */
async function interrupted(execution: Execution, { attempts }: Round): Promise<JobVerdict> {
  const { deps, context } = execution;
  if (attempts.length > 0)
    await deps.ledger.saveRound(roundWrite(execution, attempts, { kind: 'interrupted' }));
  deps.metrics.roundEnded(context.onboarding, 'interrupted', null);
  return { kind: 'putBack' };
}

async function commit(
  execution: Execution,
  { attempts, ...judged }: Judged & Pick<Round, 'attempts'>,
): Promise<RoundSaved> {
  const { deps, context } = execution;
  const result = resultOf(judged, context, deps.checks);
  const saved = await deps.ledger.saveRound(roundWrite(execution, attempts, result));
  countRound(deps.metrics, context.onboarding, { decision: judged.decision, saved, now: judged.now });
  return saved;
}

async function verdict(
  { deps, context: { onboarding } }: Execution,
  { decision, now, outcome, saved }: Judged & { outcome: AttemptOutcome; saved: RoundSaved },
): Promise<JobVerdict> {
  if (saved !== 'saved') logLost(deps.log, onboarding, { saved, outcome });
  if (saved === 'saved' || saved === 'late') return verdictOf(decision);
  // Another run was faster, and the holder of the job's lock reports to the queue: it says what the ledger says now.
  const standing = await deps.ledger.loadRun(onboarding.id);
  if (standing?.onboarding.status === 'cancelled' && succeeded(outcome)) {
    deps.metrics.succeededAfterCancel(onboarding.region);
    logSuccessAfterCancel(deps.log, onboarding);
  }
  return standing === undefined ? { kind: 'done' } : standingVerdict(standing, onboarding, now);
}

/**
 * What the queue hears of a job whose run changes nothing: after a crash between commit and acknowledgement, or when
 * another run of the same job was faster. The ledger's row speaks. An open one waits on, without spending a round.
 */
function standingVerdict(
  { onboarding }: RunContext,
  job: { readonly replays: number },
  now: number,
): JobVerdict {
  if (onboarding.replays !== job.replays) return { kind: 'done' };
  const code = onboarding.error?.code;
  if (onboarding.status === 'failed' && code !== undefined) return { kind: 'failed', code };
  if (!isOpen(onboarding.status)) return { kind: 'done' };
  const until = onboarding.nextAttemptAt === null ? now : Date.parse(onboarding.nextAttemptAt);
  return { kind: 'snooze', delayMs: Math.max(0, until - now), code: code ?? onboarding.status };
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
  { deps, context: { onboarding } }: Execution,
  attempts: RoundWrite['attempts'],
  result: RoundWrite['result'],
): RoundWrite {
  return {
    id: onboarding.id,
    replays: onboarding.replays,
    follows: onboarding.nextAttemptAt,
    at: new Date(deps.clock.now()).toISOString(),
    attempts,
    result,
  };
}
