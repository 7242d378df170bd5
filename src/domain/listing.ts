import type { Lane, Onboarding, Status } from './onboarding.ts';
import type { OnboardingId } from './ids.ts';

export interface OnboardingFilter {
  readonly status?: Status;
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
  readonly byLane: Readonly<Record<Lane, number>>;
  readonly byRegion: readonly { region: string; byStatus: Readonly<Record<Status, number>> }[];
  readonly byErrorCode: readonly { errorCode: string; count: number }[];
}
