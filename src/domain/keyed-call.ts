import type { Acceptance, NewOnboarding } from './acceptance.ts';
import type { Replay } from './replay.ts';

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

export type KeyedAcceptance =
  /** Requests and answer were committed together. */
  | { readonly kind: 'first'; readonly acceptances: readonly Acceptance[]; readonly answer: string }
  | Repetition
  | AtWork;

export type KeyedReplay =
  /** Replay and answer were committed together. */
  | { readonly kind: 'first'; readonly replay: Replay | undefined; readonly answer: string }
  | Repetition
  | AtWork;

export type Repetition =
  /** The answer of the first call, as it was then. Nothing else happened. */
  | { readonly kind: 'repeated'; readonly answer: string }
  /** The key stands for something else that was sent. */
  | { readonly kind: 'otherRequest' };

/** The first call has not committed yet. */
interface AtWork {
  readonly kind: 'atWork';
}
