import pRetry from 'p-retry';
import type { NewAttempt } from '../domain/round.ts';
import type { Onboarding } from '../domain/onboarding.ts';
import { succeeded, type AttemptOutcome } from '../domain/outcome.ts';
import { QUICK_TRIES, QUICK_TRIES_WITHIN_MS, quickDelayMs, type Random } from '../domain/retry-policy.ts';
import type { Turn } from '../domain/job.ts';
import type { Clock, PartnerGateway } from '../ports.ts';
import { outcomeOfCreate } from './create-outcome.ts';

export interface RoundDeps {
  readonly gateway: Pick<PartnerGateway, 'create' | 'describe' | 'listAccounts'>;
  readonly clock: Clock;
  readonly random: Random;
  readonly turn: Turn;
  /** Told about every attempt as it ends: the log line. */
  readonly onAttempt: (attempt: NewAttempt, outcome: AttemptOutcome) => void;
}

export interface Round {
  /** Undefined when a stop cut the round before AWS answered. */
  readonly outcome: AttemptOutcome | undefined;
  readonly attempts: readonly NewAttempt[];
}

/** Carries a transient outcome through p-retry, which retries on what is thrown. */
class TransientFault extends Error {
  override readonly name = 'TransientFault';
  readonly outcome: AttemptOutcome;

  constructor(outcome: AttemptOutcome) {
    super('transient');
    this.outcome = outcome;
  }
}

/**
 * One round: a create call, and after a transient fault at most two quick ones more, all begun within a
 * second. Longer waits belong to the queue.
 */
export async function runRound(onboarding: Onboarding, deps: RoundDeps, signal: AbortSignal): Promise<Round> {
  const attempts: NewAttempt[] = [];
  const startedAt = deps.clock.now();
  const attempt = async (): Promise<AttemptOutcome> => {
    const attempted = await attemptOnce(onboarding, deps, signal);
    attempts.push(attempted.attempt);
    return attempted.outcome;
  };
  const mayTryAgain = (outcome: AttemptOutcome): boolean =>
    isQuick(outcome) && deps.clock.now() - startedAt < QUICK_TRIES_WITHIN_MS;
  try {
    // Nearly every round is this one call, and p-retry's bookkeeping is not free.
    const first = await attempt();
    const outcome = mayTryAgain(first)
      ? await tryAgain(first, { attempt, mayTryAgain, deps, signal })
      : first;
    return { outcome, attempts };
  } catch (error) {
    if (signal.aborted) return { outcome: undefined, attempts };
    throw error;
  }
}

/** The quick tries after a first one that is quick to be tried again; rejects when the signal aborts. */
async function tryAgain(
  first: AttemptOutcome,
  {
    attempt,
    mayTryAgain,
    deps,
    signal,
  }: {
    attempt: () => Promise<AttemptOutcome>;
    mayTryAgain: (outcome: AttemptOutcome) => boolean;
    deps: RoundDeps;
    signal: AbortSignal;
  },
): Promise<AttemptOutcome> {
  try {
    return await pRetry(
      async (attemptNumber) => {
        const outcome = attemptNumber === 1 ? first : await attempt();
        if (outcome.kind === 'transient') throw new TransientFault(outcome);
        return outcome;
      },
      {
        retries: QUICK_TRIES,
        signal,
        // p-retry's own jitter never goes below the nominal delay; full jitter is slept here instead.
        minTimeout: 0,
        shouldRetry: ({ error }) => error instanceof TransientFault && mayTryAgain(error.outcome),
        onFailedAttempt: async ({ error, attemptNumber, retriesLeft }) => {
          if (retriesLeft > 0 && error instanceof TransientFault && mayTryAgain(error.outcome))
            await deps.clock.sleep(quickDelayMs(attemptNumber, deps.random), signal);
        },
      },
    );
  } catch (error) {
    if (error instanceof TransientFault && !signal.aborted) return error.outcome;
    throw error;
  }
}

async function attemptOnce(
  onboarding: Onboarding,
  deps: RoundDeps,
  signal: AbortSignal,
): Promise<{ attempt: NewAttempt; outcome: AttemptOutcome }> {
  const at = new Date(deps.clock.now()).toISOString();
  const { gateway, turn } = deps;
  const reply = await gateway.create(onboarding, signal, turn);
  const outcome = await outcomeOfCreate(onboarding, reply, { gateway, signal, turn });
  const attempt: NewAttempt = {
    outcome: outcome.kind,
    errorCode: succeeded(outcome) ? null : outcome.code,
    message: messageOf(outcome),
    requestId: reply.requestId ?? null,
    durationMs: reply.durationMs,
    at,
  };
  deps.onAttempt(attempt, outcome);
  return { attempt, outcome };
}

/** Attempts are read by viewers only, so here the account that holds a conflicting name may stand. */
function messageOf(outcome: AttemptOutcome): string | null {
  if (succeeded(outcome)) return null;
  return outcome.kind === 'conflict'
    ? `${outcome.message} Held by account ${outcome.heldBy}.`
    : outcome.message;
}

/** AWS's own wish to wait is never answered with a quick try. */
function isQuick(outcome: AttemptOutcome): boolean {
  return outcome.kind === 'transient' && outcome.retryAfterMs === undefined;
}
