import type { Status } from './onboarding.ts';

/**
 * What can happen to an onboarding. `unqueue`: Redis did not take the job of a row that was committed as `queued`; the
 * only step back. `late` is a success that arrives after its own replay was given up. `renew`: its source was lost and is
 * asked for again, by the customer or the service; `renewLater`: the same where nothing may be queued now.
 */
export type StatusEvent =
  | 'enqueue'
  | 'unqueue'
  | 'succeed'
  | 'retry'
  | 'fail'
  | 'late'
  | 'replay'
  | 'cancel'
  | 'renew'
  | 'renewLater';

export interface Transition {
  readonly from: Status;
  readonly on: StatusEvent;
  readonly to: Status;
}

/**
 * The whole state machine. A job may have been added although the reply of Redis was lost, so `accepted` can end directly.
 * `docs/state-machine.md` draws this table, and a test compares the two.
 */
export const TRANSITIONS: readonly Transition[] = [
  { from: 'accepted', on: 'enqueue', to: 'queued' },
  { from: 'accepted', on: 'succeed', to: 'provisioned' },
  { from: 'accepted', on: 'retry', to: 'retrying' },
  { from: 'accepted', on: 'fail', to: 'failed' },
  { from: 'accepted', on: 'cancel', to: 'cancelled' },
  { from: 'queued', on: 'unqueue', to: 'accepted' },
  { from: 'queued', on: 'succeed', to: 'provisioned' },
  { from: 'queued', on: 'retry', to: 'retrying' },
  { from: 'queued', on: 'fail', to: 'failed' },
  { from: 'queued', on: 'cancel', to: 'cancelled' },
  { from: 'retrying', on: 'succeed', to: 'provisioned' },
  { from: 'retrying', on: 'retry', to: 'retrying' },
  { from: 'retrying', on: 'fail', to: 'failed' },
  { from: 'retrying', on: 'cancel', to: 'cancelled' },
  { from: 'failed', on: 'late', to: 'provisioned' },
  { from: 'failed', on: 'replay', to: 'queued' },
  { from: 'failed', on: 'cancel', to: 'cancelled' },
  { from: 'provisioned', on: 'replay', to: 'queued' },
  { from: 'provisioned', on: 'renew', to: 'queued' },
  { from: 'provisioned', on: 'renewLater', to: 'accepted' },
];

/** The statuses in which a job still has work to do. */
export const OPEN_STATUSES = ['accepted', 'queued', 'retrying'] as const satisfies readonly Status[];

export const isOpen = (status: Status): boolean => OPEN_STATUSES.some((open) => open === status);

/** The status after an event, or undefined when the event is not allowed there. */
export function nextStatus(from: Status, on: StatusEvent): Status | undefined {
  return TRANSITIONS.find((transition) => transition.from === from && transition.on === on)?.to;
}

/** The statuses in which an event is allowed: what a fenced write asks the ledger for. */
export function sourcesOf(on: StatusEvent): readonly Status[] {
  return TRANSITIONS.filter((transition) => transition.on === on).map((transition) => transition.from);
}
