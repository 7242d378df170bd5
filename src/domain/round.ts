import type { ProvisioningError } from './codec.ts';
import type { Decision } from './decision.ts';
import type { OnboardingId } from './ids.ts';
import type { Attempt, Onboarding } from './onboarding.ts';
import type { Followed } from './connection.ts';
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

/**
 * The result of one job run. Committed as a whole, fenced by (id, replays, allowed previous statuses), and when it is
 * no success by the wait that it followed too.
 */
export interface RoundWrite {
  readonly id: OnboardingId;
  readonly replays: number;
  /** The row's `nextAttemptAt` when the run loaded it: another one since then means that another run was faster. */
  readonly follows: string | null;
  readonly at: string;
  readonly attempts: readonly NewAttempt[];
  readonly result:
    | {
        readonly kind: 'provisioned';
        readonly outcome: 'created' | 'adopted';
        readonly source: Pick<HeldSource, 'eventSourceArn' | 'arnOrigin'> & Followed;
      }
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

/**
 * `late`: saved as provisioned although the replay had failed. `fenced`: only the attempts were kept. `overtaken`: the
 * same, because another run of the same job saved its wait in the meantime; the newer result stands.
 */
export type RoundSaved = 'saved' | 'late' | 'overtaken' | 'fenced';

/** How a job run came out, as it is counted. `interrupted`: cut by a stop, and put back. */
export type RoundEnd =
  | 'provisioned'
  | 'failed'
  | 'interrupted'
  | Exclude<RoundSaved, 'saved'>
  | Exclude<Decision['kind'], 'provision' | 'fail'>;
