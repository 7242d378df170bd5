import type { AccountId } from './account.ts';
import type { ProvisioningError } from './codec.ts';
import type { OnboardingId } from './ids.ts';
import type { AttemptOutcomeKind } from './outcome-kind.ts';
import type { Region } from './region.ts';
import type { SourceName } from './source-name.ts';

export const STATUSES = ['accepted', 'queued', 'retrying', 'provisioned', 'failed', 'cancelled'] as const;

/** Ours, kept in the ledger; BullMQ's job states are never stored. */
export type Status = (typeof STATUSES)[number];

export const LANES = ['live', 'bulk'] as const;

/** `live`: a person waits. `bulk`: an import or a replay. */
export type Lane = (typeof LANES)[number];

export const AWS_STATES = ['pending', 'active', 'deleted', 'expired', 'unknown'] as const;

/** AWS's own view of the source, as the account record shows it. */
export type AwsState = (typeof AWS_STATES)[number];

export const CONNECTIONS = ['waiting', 'connected', 'disconnected', 'expired', 'removed', 'unknown'] as const;

/**
 * How far the customer of a source is.
 * - `waiting`: AWS holds it as PENDING and it was never seen ACTIVE. `disconnected`: PENDING after it was ACTIVE.
 * - `connected`: ACTIVE. `unknown`: a state that this version does not know.
 * - `expired`: it vanished while PENDING, at or after its expiry. `removed`: it vanished otherwise, or another account holds it.
 */
export type Connection = (typeof CONNECTIONS)[number];

/** Who says when a source expires: AWS, or ASSUMED_EXPIRY_DAYS while AWS was not asked or named no time. */
export type ExpiryOrigin = 'aws' | 'assumed';

/** A look at AWS that failed, or the finding `AccountConflict`: another account holds the source. */
export interface CheckError {
  readonly code: string;
  readonly at: string;
}

/** How the ARN was learnt: from the create answer, by a Describe, or built from Region and name. */
export type ArnOrigin = 'created' | 'described' | 'derived';

/** A validated request. */
export interface OnboardingRequest {
  readonly account: AccountId;
  readonly region: Region;
  readonly sourceName: SourceName;
  readonly customerId: string | null;
  readonly lane: Lane;
  readonly metadata: Readonly<Record<string, string>>;
  readonly callbackUrl: string | null;
}

/** The case: this account gets this source in this Region. Identity is (region, sourceName); instants are ISO 8601 in UTC. */
export interface Onboarding extends OnboardingRequest {
  readonly id: OnboardingId;
  readonly status: Status;
  readonly outcome: 'created' | 'adopted' | null;
  readonly eventSourceArn: string | null;
  readonly arnOrigin: ArnOrigin | null;
  readonly awsState: AwsState | null;
  /** Null while AWS keeps it without a term, as an active one. */
  readonly expiresAt: string | null;
  readonly expiresAtOrigin: ExpiryOrigin | null;
  /** Null unless provisioned, as are the next four. */
  readonly connection: Connection | null;
  /** When it was first seen ACTIVE. */
  readonly connectedAt: string | null;
  /** The last look at AWS that succeeded. */
  readonly checkedAt: string | null;
  readonly nextCheckAt: string | null;
  /** Of the last look, when it failed: then the rest is as the look before it found it. */
  readonly checkError: CheckError | null;
  readonly error: ProvisioningError | null;
  /** All create calls so far, numbered on over replays. */
  readonly attempts: number;
  readonly replays: number;
  /** How often the service made an expired source again by itself. */
  readonly renewals: number;
  readonly nextAttemptAt: string | null;
  readonly createdAt: string;
  readonly updatedAt: string;
  readonly completedAt: string | null;
}

/** One AWS create call and its result, as it is saved and served. */
export interface Attempt {
  readonly number: number;
  readonly replay: number;
  readonly outcome: AttemptOutcomeKind;
  readonly errorCode: string | null;
  readonly message: string | null;
  readonly requestId: string | null;
  readonly durationMs: number;
  readonly at: string;
}

/**
 * A change of an onboarding that has got its position: the onboarding as that change left it. Positions are whole
 * numbers from 1 on, without gaps, given after commit: a reader of one has missed nothing before it.
 */
export interface OnboardingEvent {
  readonly position: number;
  readonly onboarding: Onboarding;
}

/**
 * What comes after a position, in order.
 * - `events`: up to `through`, where the next read continues; without events of deleted onboardings.
 * - `reset`: the events after the position are gone, or it was never given here. Continue from `position` and reload the
 *   onboardings.
 */
export type EventPage =
  | { readonly kind: 'events'; readonly events: readonly OnboardingEvent[]; readonly through: number }
  | { readonly kind: 'reset'; readonly position: number };
