import type { OnboardingId } from './ids.ts';
import type { Onboarding, OnboardingRequest, Status } from './onboarding.ts';

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

/** Why a `taken` one is refused. The account that holds the name is never told: whoever asks is not its owner. */
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
  | { readonly kind: 'cancelled'; readonly onboarding: Onboarding }
  | { readonly kind: 'refused'; readonly onboarding: Onboarding }
  | { readonly kind: 'notFound' };
