/**
 * One source's life by the Partner Onboarding Guide, pure: nonexistent (null) → (create) PENDING → (bus) ACTIVE → (bus removed)
 * PENDING. An expired PENDING source no longer exists. Deleting an ACTIVE one leaves a DELETED record and the customer's old bus,
 * which a new PENDING source keeps.
 */
import type { Seed } from './fault-script.ts';

export interface Source {
  readonly account: string;
  readonly state: 'PENDING' | 'ACTIVE' | 'DELETED';
  readonly createdAtMs: number;
  /** Only PENDING sources expire. */
  readonly expiresAtMs: number | null;
  /** The customer's bus of an earlier life still exists and has to be attached again. */
  readonly oldBus: boolean;
  /** AWS contradicts itself: the record says DELETED and a create is refused all the same (`gone`). */
  readonly refusesCreate: boolean;
}

/** The Guide's 7 days; the API page of DeactivateEventSource says two weeks. ExpirationTime is what counts. */
export const PENDING_LIFETIME_MS = 7 * 24 * 3_600_000;

const OTHER_ACCOUNT = '999999999999';
const OTHER_THAN_OTHER = '888888888888';

/** The source as it is at a moment: null when it has expired meanwhile. */
export const asOf = (source: Source | null, nowMs: number): Source | null =>
  source?.state === 'PENDING' && source.expiresAtMs !== null && source.expiresAtMs <= nowMs ? null : source;

/** True when the partner can see it: DELETED is left only on the account's record. */
export const exists = (source: Source | null): source is Source =>
  source !== null && source.state !== 'DELETED';

/** A create's effect, or undefined when the name is taken, by any account. */
export function created(source: Source | null, account: string, nowMs: number): Source | undefined {
  if (source !== null && (source.state !== 'DELETED' || source.refusesCreate)) return undefined;
  return pending(account, nowMs, source?.oldBus === true && source.account === account);
}

/** A delete's effect. Deleting what does not exist, or another account's, changes nothing and is no error. */
export function deleted(source: Source | null, account: string): Source | null {
  if (source?.account !== account || source.state === 'PENDING') {
    return source?.account === account ? null : source;
  }
  if (source.state === 'DELETED') return source.refusesCreate ? null : source;
  return { ...source, state: 'DELETED', oldBus: true };
}

/** The customer makes a bus for the source (or attaches the old one); undefined unless PENDING. */
export function accepted(source: Source | null): Source | undefined {
  if (source?.state !== 'PENDING') return undefined;
  return { ...source, state: 'ACTIVE', expiresAtMs: null, oldBus: false };
}

/** The customer deletes the bus or deactivates the source; undefined unless ACTIVE. */
export function detached(source: Source | null, nowMs: number): Source | undefined {
  if (source?.state !== 'ACTIVE') return undefined;
  return { ...source, state: 'PENDING', expiresAtMs: nowMs + PENDING_LIFETIME_MS };
}

/** What stands there before the first create of a name that asks for it. */
export function seeded(seed: Seed, account: string, nowMs: number): Source {
  switch (seed) {
    case 'mine':
      return pending(account, nowMs, false);
    case 'other':
      return pending(account === OTHER_ACCOUNT ? OTHER_THAN_OTHER : OTHER_ACCOUNT, nowMs, false);
    case 'gone':
      return {
        ...pending(account, nowMs, false),
        state: 'DELETED',
        expiresAtMs: null,
        oldBus: true,
        refusesCreate: true,
      };
  }
}

function pending(account: string, nowMs: number, oldBus: boolean): Source {
  const expiresAtMs = nowMs + PENDING_LIFETIME_MS;
  return { account, state: 'PENDING', createdAtMs: nowMs, expiresAtMs, oldBus, refusesCreate: false };
}
