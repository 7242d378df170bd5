import { shareOf, type CheckPolicy } from '../domain/check-policy.ts';
import type { CircuitMemory } from '../domain/circuit.ts';
import { followFromNow } from '../domain/connection.ts';
import { decide, streakAfter, type Decision } from '../domain/decision.ts';
import { DENIALS, deniedAlone, isDenial } from '../domain/denied-alone.ts';
import { heldMs } from '../domain/hold.ts';
import type { AttemptOutcome } from '../domain/outcome.ts';
import type { Random, RetryPolicy } from '../domain/retry-policy.ts';
import type { RoundWrite, RunContext } from '../domain/round.ts';
import type { Clock, Ledger } from '../ports.ts';
import type { RegionKeeper } from './region-keeper.ts';

export interface JudgeDeps {
  readonly ledger: Pick<Ledger, 'attempts' | 'holdsSince'>;
  readonly regions: Pick<RegionKeeper, 'report'>;
  readonly clock: Clock;
  readonly random: Random;
  readonly policy: RetryPolicy;
}

/** What follows from a round. */
export interface Judged {
  readonly decision: Decision;
  readonly streak: number;
  /** Milliseconds since 1970. */
  readonly now: number;
}

/**
 * Tells the Region's circuit what a round came to, and decides.
 * @param openings how often the circuit had opened before the call
 */
export async function judge(
  deps: JudgeDeps,
  context: RunContext,
  { outcome, openings }: { outcome: AttemptOutcome; openings: number },
): Promise<Judged> {
  const { onboarding, rounds } = context;
  const { id, region, error } = onboarding;
  const streak = streakAfter(outcome, { kind: error?.kind, streak: context.streak });
  const isOwn = await ownDenial(deps, context, { outcome, streak });
  // Before anything is acknowledged: the next job must find the queue held when this one opens the circuit.
  const circuit = await deps.regions.report(region, { outcome, onboardingId: id, openings, isOwn });
  const now = deps.clock.now();
  const decision = decide(outcome, {
    now,
    random: deps.random,
    policy: deps.policy,
    rounds,
    streak,
    deadlineAt: await deadlineOf(deps, context, now),
    circuitOpen: circuit.state !== 'closed',
    deniedAlone: isOwn(circuit),
  });
  return { decision, streak, now };
}

/** The deadline stands still while the Region is held; how long that was is asked only once it matters. */
async function deadlineOf(
  { ledger, policy }: JudgeDeps,
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
  { ledger }: JudgeDeps,
  { onboarding }: RunContext,
  { outcome, streak }: { outcome: AttemptOutcome; streak: number },
): Promise<(circuit: CircuitMemory) => boolean> {
  if (!isDenial(outcome) || streak < DENIALS) return () => false;
  const earlier = await ledger.attempts(onboarding.id);
  return (circuit) => deniedAlone(earlier, circuit);
}

/** The decision as the ledger keeps it. */
export function resultOf(
  { decision, now, streak }: Judged,
  { onboarding, rounds }: RunContext,
  policy: CheckPolicy,
): RoundWrite['result'] {
  switch (decision.kind) {
    case 'provision': {
      const { outcome, source } = decision;
      const { eventSourceArn, arnOrigin } = source;
      const followed = followFromNow(source, outcome, { now, policy, share: shareOf(onboarding.id) });
      return { kind: 'provisioned', outcome, source: { eventSourceArn, arnOrigin, ...followed } };
    }
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
