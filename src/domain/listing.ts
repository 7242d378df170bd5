import type { AwsState, Connection, Lane, Onboarding, Status } from './onboarding.ts';
import type { JobRef } from './job.ts';
import type { OnboardingId } from './ids.ts';

export interface OnboardingFilter {
  readonly status?: Status;
  readonly connection?: Connection;
  readonly awsState?: AwsState;
  /** ISO 8601: those that wait for their customer and expire before it. */
  readonly expiringBefore?: string;
  readonly region?: string;
  readonly account?: string;
  readonly customerId?: string;
  /** Several: any of them. */
  readonly errorCode?: string | readonly string[];
  /** Case-insensitive substring of source name, customerId, account and metadata values. */
  readonly q?: string;
  /** Inclusive ISO 8601 bounds on createdAt. */
  readonly from?: string;
  readonly to?: string;
}

/** What a set of onboardings can be described by beyond what lists are filtered by. */
export interface SetFilter extends OnboardingFilter {
  /** Inclusive ISO 8601 bounds on completedAt. */
  readonly endedFrom?: string;
  readonly endedTo?: string;
  readonly ids?: readonly OnboardingId[];
}

export interface Page<T> {
  readonly items: readonly T[];
  readonly nextCursor: string | null;
}

/** A row whose job may have been lost. */
export type OpenOnboarding = Pick<
  Onboarding,
  'id' | 'region' | 'lane' | 'replays' | 'status' | 'nextAttemptAt'
>;

/** Which of the open rows come next. */
export interface OpenQuery {
  /** Left out: also those that were touched a moment ago. */
  readonly untouchedSince?: string;
  readonly limit: number;
  /** A row, or where one would be. */
  readonly after?: { readonly lane: Lane; readonly id: string };
  /** Left out: of both. */
  readonly lane?: Lane;
}

/** What became of requests that the SQL function left. */
export interface LiftsTaken {
  /** How many requests there were. */
  readonly taken: number;
  /** Moved to the live lane. */
  readonly moved: readonly JobRef[];
  /** How many are `accepted` again, since their source was lost. */
  readonly again: number;
}

/** Open onboardings of a Region in one status. */
export interface Backlog {
  readonly region: string;
  readonly status: Status;
  readonly count: number;
  /** Since the oldest was requested, in milliseconds; null: unknown, but it is younger than 10,000 of the same status. */
  readonly oldestMs: number | null;
}

export interface LedgerCounts {
  readonly byStatus: Readonly<Record<Status, number>>;
  /** Provisioned ones. */
  readonly byConnection: Readonly<Record<Connection, number>>;
  readonly byLane: Readonly<Record<Lane, number>>;
  readonly byRegion: readonly {
    region: string;
    byStatus: Readonly<Record<Status, number>>;
    byConnection: Readonly<Record<Connection, number>>;
  }[];
  readonly byErrorCode: readonly { errorCode: string; count: number }[];
}
