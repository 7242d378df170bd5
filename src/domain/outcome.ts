import type { AccountId } from './account.ts';
import type { ArnOrigin, AwsState } from './onboarding.ts';
import type { AttemptOutcomeKind } from './outcome-kind.ts';
import type { Region } from './region.ts';
import type { SourceName } from './source-name.ts';

/** The error kinds that AWS's (or the network's) answer alone decides. */
export type FaultKind = Extract<
  AttemptOutcomeKind,
  'transient' | 'throttled' | 'quota' | 'regionOff' | 'operatorFault' | 'rejected'
>;

/** A call that did not give what was asked. `retryAfterMs` is AWS's own wish, in milliseconds from the answer. */
export interface Fault {
  readonly kind: FaultKind;
  readonly code: string;
  readonly message: string;
  readonly requestId?: string;
  readonly retryAfterMs?: number;
}

/** One account's record of a source, as ListPartnerEventSourceAccounts shows it. */
export interface SourceAccount {
  readonly account: AccountId;
  readonly state: 'pending' | 'active' | 'deleted' | 'unknown';
  /** ISO 8601 in UTC; AWS leaves it out for sources that do not expire. */
  readonly expiresAt?: string;
}

/** The source that AWS holds for our account after a create or an adoption. */
export interface HeldSource {
  readonly eventSourceArn: string;
  readonly arnOrigin: ArnOrigin;
  readonly awsState: AwsState;
  readonly expiresAt: string | null;
}

/** What one attempt came to. */
export type AttemptOutcome =
  | { readonly kind: 'created' | 'adopted'; readonly source: HeldSource; readonly requestId?: string }
  | {
      readonly kind: 'conflict';
      readonly code: 'AccountConflict';
      readonly message: string;
      /** For operators only: never shown to the caller who asked for the name. */
      readonly heldBy: AccountId;
      readonly requestId?: string;
    }
  | {
      readonly kind: 'unsettled';
      readonly code: 'Unsettled';
      readonly message: string;
      readonly requestId?: string;
    }
  | Fault;

export type FailedOutcome = Exclude<AttemptOutcome, { kind: 'created' | 'adopted' }>;

export const succeeded = (outcome: AttemptOutcome): outcome is Exclude<AttemptOutcome, FailedOutcome> =>
  outcome.kind === 'created' || outcome.kind === 'adopted';

/** What the accounts list of an already existing name means for us. */
export type Holding =
  | { readonly kind: 'ours'; readonly record: SourceAccount }
  | { readonly kind: 'conflict'; readonly heldBy: AccountId }
  | { readonly kind: 'unsettled'; readonly reason: string };

/**
 * Judges ResourceAlreadyExistsException by who holds the name. AWS's error is silent on the account, so
 * nothing but a living record of our own account makes it a success: a wrong success here would send one
 * customer's events to another. A deleted or missing record means that AWS contradicts itself for the moment.
 */
export function judgeHolding(ours: AccountId, records: readonly SourceAccount[]): Holding {
  const own = records.find((record) => record.account === ours && record.state !== 'deleted');
  if (own !== undefined) return { kind: 'ours', record: own };
  const other = records.find((record) => record.account !== ours && record.state !== 'deleted');
  if (other !== undefined) return { kind: 'conflict', heldBy: other.account };
  return {
    kind: 'unsettled',
    reason:
      records.length === 0
        ? 'AWS says that the name exists, but lists no account for it.'
        : 'AWS says that the name exists, but its account record is DELETED.',
  };
}

export interface SourceRef {
  readonly region: Region;
  readonly sourceName: SourceName;
}

interface Reply {
  readonly requestId?: string;
  readonly durationMs: number;
}

export type CreateReply = Reply &
  (
    | { readonly kind: 'created'; readonly eventSourceArn?: string }
    | { readonly kind: 'alreadyExists'; readonly code: string; readonly message: string }
    | { readonly kind: 'fault'; readonly fault: Fault }
  );

export type ReadReply<T> = Reply &
  (
    | { readonly kind: 'found'; readonly value: T }
    | { readonly kind: 'notFound' }
    | { readonly kind: 'fault'; readonly fault: Fault }
  );
