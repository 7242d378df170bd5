import type { OnboardingId } from './ids.ts';
import type { Onboarding, OnboardingRequest, Status } from './onboarding.ts';
import type { Replay } from './replay.ts';

/**
 * A checked request on its way into the ledger. `queued`: its job is added right after the commit; `accepted`: maintenance
 * adds it later.
 */
export type NewOnboarding = OnboardingRequest & {
  readonly id: OnboardingId;
  readonly status: Extract<Status, 'accepted' | 'queued'>;
  readonly createdAt: string;
};

/**
 * `accepted`: a new row, `queued` only if that was asked for and its Region is not being drained. `existing`: the same
 * (region, sourceName, account). `taken`: another account has the name.
 */
export type Acceptance =
  | { readonly kind: 'accepted'; readonly onboarding: Onboarding }
  | { readonly kind: 'existing'; readonly onboarding: Onboarding; readonly lifted: boolean }
  | { readonly kind: 'taken'; readonly onboarding: Onboarding };

/** Why a `taken` one is refused. The account that holds the name is never disclosed: the caller is not its owner. */
export const SOURCE_NAME_TAKEN = {
  code: 'source_name_taken',
  message: 'This source name is onboarded for another account in this Region: choose another name.',
} as const;

/** What would become of a request, when nothing is written. */
export type Trial =
  | { readonly kind: 'accepted' }
  /** `onboarding` is undefined when an earlier request of the same call would hold the name. */
  | { readonly kind: 'existing' | 'taken'; readonly onboarding: Onboarding | undefined };

/** What became of an operator's replay. */
export type ReplayWrite =
  | { readonly kind: 'queued'; readonly onboarding: Onboarding }
  | { readonly kind: 'refused'; readonly status: Status }
  /** Its Region is being drained: nothing new goes into the queue. */
  | { readonly kind: 'draining' }
  | { readonly kind: 'notFound' };

/** What became of an operator's cancel. `refused`: the row is not, or no longer, as the caller judged it. */
export type CancelWrite =
  { readonly kind: 'cancelled' | 'refused'; readonly onboarding: Onboarding } | { readonly kind: 'notFound' };

/** How long an answer is kept under its key. */
export const KEY_KEPT_MS = 24 * 60 * 60 * 1_000;

/** A call that its caller may repeat under the same key, to be answered as the first time. */
export interface KeyedCall {
  /** Stands for the caller, the route and the key: a digest, so that neither a token nor a key is ever stored. */
  readonly key: string;
  /** Stands for what was sent. */
  readonly fingerprint: string;
  readonly at: string;
  /** Empty when the call is refused whatever the ledger holds: its answer is kept all the same. */
  readonly requests: readonly NewOnboarding[];
  /** Makes the answer that is kept, from what became of the requests, in order. Pure: it runs inside the transaction. */
  readonly answer: (acceptances: readonly Acceptance[]) => string;
}

/** The same for a replay of many. */
export interface ReplayKey extends Pick<KeyedCall, 'key' | 'fingerprint'> {
  /** Undefined: nothing matched. Pure, as above. */
  readonly answer: (replay: Replay | undefined) => string;
}

type Keyed<Done> =
  /** What was done and the answer were committed together. */
  | (Done & { readonly kind: 'first'; readonly answer: string })
  | Repetition
  /** The first call has not committed yet. */
  | { readonly kind: 'atWork' };

export type KeyedAcceptance = Keyed<{ readonly acceptances: readonly Acceptance[] }>;

export type KeyedReplay = Keyed<{ readonly replay: Replay | undefined }>;

export type Repetition =
  /** The answer of the first call, as it was then. Nothing else happened. */
  | { readonly kind: 'repeated'; readonly answer: string }
  /** The key stands for something else that was sent. */
  | { readonly kind: 'otherRequest' };
