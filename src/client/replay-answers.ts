import type { Advice } from '../domain/advice-topic.ts';
import type { OnboardingFilter } from '../domain/listing.ts';
import type { Onboarding } from '../domain/onboarding.ts';

/** Which failed onboardings are meant; all that is given must hold, and something must be given. */
export interface ReplayFilter extends Omit<OnboardingFilter, 'status'> {
  /** Only failed ones are replayed, so this is all that may be said. */
  readonly status?: 'failed';
  /** Inclusive ISO 8601 bounds on `completedAt`. */
  readonly endedFrom?: string;
  readonly endedTo?: string;
  readonly ids?: readonly string[];
}

export interface ReplayRequest {
  readonly filter: ReplayFilter;
  /** Kept in the audit with the token's name. */
  readonly reason: string;
  /** How many are put into the queue per second; left out: as fast as the Regions take them. */
  readonly ratePerSecond?: number;
}

/** What a dry run found: nothing was changed, and what fails or is replayed meanwhile changes the count. */
export interface ReplayPreview {
  readonly matched: number;
  readonly byErrorCode: readonly {
    readonly errorCode: string;
    readonly count: number;
    /** Absent from a service that knows none. */
    readonly advice?: Advice;
  }[];
  readonly byRegion: readonly { readonly region: string; readonly count: number }[];
  /** At most ten of them. */
  readonly sample: readonly Onboarding[];
}

/** A bulk replay and how far it has come. Its set was fixed when it was made. */
export interface Replay {
  readonly id: string;
  /** `completed`: every member has ended again or was skipped; `cancelled`: what was queued by then goes on all the same. */
  readonly status: 'running' | 'completed' | 'cancelled';
  readonly reason: string;
  readonly actor: string;
  readonly filter: ReplayFilter;
  readonly ratePerSecond: number | null;
  /** How many are in the set. */
  readonly matched: number;
  /** Put into the queue so far, those that have ended again included. */
  readonly queued: number;
  /** Were no longer failed when their turn came. */
  readonly skipped: number;
  /** How those that were queued have ended. */
  readonly provisioned: number;
  readonly failed: number;
  readonly cancelled: number;
  /** Not put into the queue yet. */
  readonly waiting: number;
  readonly createdAt: string;
  readonly updatedAt: string;
  readonly endedAt: string | null;
}
