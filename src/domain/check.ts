import { CONNECTIONS, type CheckError, type Connection, type Onboarding } from './onboarding.ts';
import type { Followed, SourceNews } from './connection.ts';
import type { OnboardingId } from './ids.ts';
import type { Region } from './region.ts';

/** A source that a process looks at: no other process does so until the lease ends. */
export interface DueCheck {
  readonly onboarding: Onboarding;
  readonly followed: Followed;
  /** ISO 8601; tells this lease from a later one. */
  readonly lookedAt: string;
}

/** Which sources a process looks at next. */
export interface CheckClaim {
  readonly regions: readonly Region[];
  /** At most so many of each Region. */
  readonly perRegion: number;
  /** ISO 8601: those whose time has come by then. */
  readonly now: string;
  readonly leaseMs: number;
}

/** The result of one look. Fenced by id, replay, status and lease. */
export interface CheckWrite {
  readonly id: OnboardingId;
  readonly replays: number;
  readonly lookedAt: string;
  /** ISO 8601. */
  readonly at: string;
  readonly followed: Followed;
  readonly news: SourceNews | null;
  /** Whether anything changed but the times of the looks. */
  readonly isChange: boolean;
}

/** What a look found, where it was news. */
export interface ConnectionChange {
  readonly at: string;
  readonly was: Connection;
  readonly connection: Connection;
  readonly expiresAt: string | null;
}

/** How a look is counted. `missing`: AWS did not list the source. */
export const CHECK_RESULTS = [...CONNECTIONS, 'missing', 'failed'] as const;
export type CheckResult = (typeof CHECK_RESULTS)[number];

/** Sources of a Region that vanished before their time since an instant, believed or not yet, and how many it has in all. */
export interface RecentLosses {
  readonly lost: number;
  readonly sources: number;
}

/** `confirm`: they are gone. `dismiss`: it was a mistake of ours, and they are looked at again. */
export const LOSS_DECISIONS = ['confirm', 'dismiss'] as const;
export type LossDecision = (typeof LOSS_DECISIONS)[number];

/** That many at once, and that share of a Region's sources, point to a wrong role, account or endpoint of ours. */
const LOSSES_MIN = 20;
const LOSSES_SHARE = 0.05;
export const LOSSES_WITHIN_MS = 3_600_000;

export const isMassLoss = ({ lost, sources }: RecentLosses): boolean =>
  lost >= LOSSES_MIN && lost > sources * LOSSES_SHARE;

/** Whether a look found anything new of what is served. */
export function isChange(before: Followed, after: Followed): boolean {
  return (
    before.connection !== after.connection ||
    before.awsState !== after.awsState ||
    before.expiresAt !== after.expiresAt ||
    before.expiresAtOrigin !== after.expiresAtOrigin ||
    before.connectedAt !== after.connectedAt ||
    codeOf(before.checkError) !== codeOf(after.checkError)
  );
}

const codeOf = (error: CheckError | null): string | undefined => error?.code;
