import type { ProvisioningError } from './codec.ts';
import type { Decision } from './decision.ts';
import type { OnboardingId } from './ids.ts';
import type { Attempt, Onboarding } from './onboarding.ts';
import type { HeldSource } from './outcome.ts';

/** What a job run needs to know beside the onboarding itself. */
export interface RunContext {
  readonly onboarding: Onboarding;
  /** Rounds spent in this replay. */
  readonly rounds: number;
  /** How many rounds in a row ended with `onboarding.error.kind`. */
  readonly streak: number;
  /** Milliseconds since 1970 of the first create call of this replay; null before it. */
  readonly firstCallAt: number | null;
}

export type NewAttempt = Omit<Attempt, 'number' | 'replay'>;

/** The result of one job run. Committed as a whole, fenced by (id, replays, allowed previous statuses). */
export interface RoundWrite {
  readonly id: OnboardingId;
  readonly replays: number;
  readonly at: string;
  readonly attempts: readonly NewAttempt[];
  readonly result:
    | { readonly kind: 'provisioned'; readonly outcome: 'created' | 'adopted'; readonly source: HeldSource }
    | {
        readonly kind: 'retrying';
        readonly error: ProvisioningError;
        readonly nextAttemptAt: string;
        readonly rounds: number;
        readonly streak: number;
      }
    | {
        readonly kind: 'failed';
        readonly error: ProvisioningError;
        readonly rounds: number;
        readonly streak: number;
      }
    /** The run was cut by a stop: only the attempts made so far are kept, nothing is spent. */
    | { readonly kind: 'interrupted' };
}

/** `late`: saved as provisioned although the replay had failed. `fenced`: only the attempts were kept. */
export type RoundSaved = 'saved' | 'late' | 'fenced';

/**
 * How a job run came out, as it is counted. `late`, `fenced`: see {@link RoundSaved}. `interrupted`: cut by a stop, and
 * put back.
 */
export type RoundEnd =
  | 'provisioned'
  | 'late'
  | 'failed'
  | 'fenced'
  | 'interrupted'
  | Exclude<Decision['kind'], 'provision' | 'fail'>;
