import type { AccountId } from './account.ts';
import { dueWarningMs, jittered, nextLookAt, type CheckPolicy } from './check-policy.ts';
import type { AwsState, CheckError, Connection, ExpiryOrigin, Onboarding } from './onboarding.ts';
import { judgeHolding, type Fault, type HeldSource, type ReadReply, type SourceAccount } from './outcome.ts';

/** AWS does not hold the source any more. */
export const LOST = ['expired', 'removed'] as const satisfies readonly Connection[];

export const isLost = (connection: Connection | null): boolean => LOST.some((lost) => lost === connection);

/** The part of an onboarding that looks at AWS change. Instants are ISO 8601 in UTC. */
export interface Followed {
  readonly connection: Connection;
  readonly awsState: AwsState;
  readonly expiresAt: string | null;
  readonly expiresAtOrigin: ExpiryOrigin | null;
  readonly connectedAt: string | null;
  readonly checkedAt: string | null;
  readonly nextCheckAt: string;
  readonly checkError: CheckError | null;
  /** The first look that did not find it, of those in a row; also kept while that is not believed yet. */
  readonly lostSince: string | null;
  /** The latest warning sent, in milliseconds before the expiry that it warned of. */
  readonly warnedMs: number | null;
}

/** What one look at AWS showed of a source. */
export type Sighting =
  | { readonly kind: 'held'; readonly record: SourceAccount }
  | { readonly kind: 'gone' }
  | { readonly kind: 'conflict' }
  | { readonly kind: 'fault'; readonly fault: Fault };

/** Reads the accounts list of a source for the account that should hold it. */
export function sightingOf(ours: AccountId, reply: ReadReply<readonly SourceAccount[]>): Sighting {
  switch (reply.kind) {
    case 'fault':
      return { kind: 'fault', fault: reply.fault };
    case 'notFound':
      return { kind: 'gone' };
    case 'found': {
      const holding = judgeHolding(ours, reply.value);
      if (holding.kind === 'ours') return { kind: 'held', record: holding.record };
      return { kind: holding.kind === 'conflict' ? 'conflict' : 'gone' };
    }
  }
}

export const SOURCE_EVENTS = [
  'source.connected',
  'source.disconnected',
  'source.expiring',
  'source.expired',
  'source.removed',
] as const;
export type SourceEvent = (typeof SOURCE_EVENTS)[number];

/** What a look has to tell. `hoursLeft`: of `source.expiring` alone. */
export interface SourceNews {
  readonly event: SourceEvent;
  readonly hoursLeft: number | null;
}

export interface LookContext {
  /** Milliseconds since 1970. */
  readonly now: number;
  /** When the onboarding was provisioned, in milliseconds since 1970. */
  readonly provisionedAt: number;
  readonly policy: CheckPolicy;
  /** Stable for the onboarding: see `shareOf`. */
  readonly share: number;
  /** False: a source that a second look does not find either stays as it was, since too many are missing at once. */
  readonly believesLosses: boolean;
}

export interface Looked {
  readonly followed: Followed;
  readonly news: SourceNews | null;
  /** The source is lost from now on, and not because its time had come: many such at once are suspicious. */
  readonly isSudden: boolean;
}

/** A source that is not found is lost only once a second look, at least so long after the first, does not find it either. */
const SECOND_LOOK_MS = 60_000;

/** What is known of a source right after its create, or its adoption. `now` is milliseconds since 1970. */
export function followFromNow(
  { awsState, expiresAt }: HeldSource,
  outcome: 'created' | 'adopted',
  { now, policy, share }: Pick<LookContext, 'now' | 'policy' | 'share'>,
): Followed {
  const at = iso(now);
  const isAdopted = outcome === 'adopted';
  const before: Followed = {
    connection: 'waiting',
    awsState,
    expiresAt: null,
    expiresAtOrigin: null,
    connectedAt: null,
    checkedAt: isAdopted ? at : null,
    nextCheckAt: at,
    checkError: null,
    lostSince: null,
    warnedMs: null,
  };
  const followed = asHeld(before, { state: awsState, expiresAt: expiresAt ?? undefined }, { now, policy });
  return withNextLook(followed, { now, provisionedAt: now, policy, share });
}

/** What follows from one look. Pure; at most one thing is told for each. */
export function afterLook(before: Followed, sighting: Sighting, context: LookContext): Looked {
  switch (sighting.kind) {
    case 'fault':
      return { followed: afterFault(before, sighting.fault, context), news: null, isSudden: false };
    case 'held': {
      const seen = { ...before, checkedAt: iso(context.now), checkError: null, lostSince: null };
      const held = asHeld(seen, sighting.record, context);
      const news = newsOfHeld(before, held, context);
      const warnedMs = news?.event === 'source.expiring' ? dueWarningMs(held, context) : held.warnedMs;
      return { followed: withNextLook({ ...held, warnedMs }, context), news, isSudden: false };
    }
    case 'gone':
    case 'conflict':
      return afterMissing(before, sighting.kind, context);
  }
}

/** A failed look changes nothing that is known of the source; it is repeated before the next regular one. */
function afterFault(before: Followed, fault: Fault, context: LookContext): Followed {
  const { now, share } = context;
  const isPassing = fault.kind === 'transient' || fault.kind === 'throttled';
  const again = now + jittered(isPassing ? 5 * MINUTE : HOUR, share);
  const regular = nextLookAt(before, context);
  return {
    ...before,
    checkError: { code: fault.code, at: iso(now) },
    nextCheckAt: iso(Math.min(again, regular)),
  };
}

function afterMissing(before: Followed, kind: 'gone' | 'conflict', context: LookContext): Looked {
  const { now } = context;
  const at = iso(now);
  const lostSince = before.lostSince ?? at;
  const checkError = kind === 'conflict' ? { code: 'AccountConflict', at } : null;
  const missing = { ...before, checkedAt: at, checkError, lostSince };
  const isBelieved = context.believesLosses && now - Date.parse(lostSince) >= SECOND_LOOK_MS;
  if (isLost(before.connection) || !isBelieved) {
    return { followed: withNextLook(missing, context), news: null, isSudden: false };
  }
  const isDue = before.expiresAt !== null && lostSince >= before.expiresAt;
  const isExpired = isDue && before.awsState === 'pending' && kind === 'gone';
  const lost = isExpired
    ? ({ connection: 'expired', awsState: 'expired' } as const)
    : ({ connection: 'removed', awsState: 'deleted' } as const);
  const event = isExpired ? 'source.expired' : 'source.removed';
  return {
    followed: withNextLook({ ...missing, ...lost }, context),
    news: { event, hoursLeft: null },
    isSudden: !isDue,
  };
}

function asHeld(
  before: Followed,
  { state, expiresAt }: { readonly state: AwsState; readonly expiresAt?: string | undefined },
  { now, policy }: Pick<LookContext, 'now' | 'policy'>,
): Followed {
  switch (state) {
    case 'active':
      return {
        ...before,
        connection: 'connected',
        awsState: 'active',
        expiresAt: null,
        expiresAtOrigin: null,
        connectedAt: before.connectedAt ?? iso(now),
        warnedMs: null,
      };
    case 'pending': {
      const connection = before.connectedAt === null ? 'waiting' : 'disconnected';
      const seen = { ...before, ...expiryOf(before, expiresAt, { now, policy }), connection } as const;
      // A later expiry than that which was warned of is to be warned of again.
      const isAhead = before.warnedMs !== null && Date.parse(seen.expiresAt) - now > before.warnedMs;
      return { ...seen, awsState: 'pending', warnedMs: isAhead ? null : before.warnedMs };
    }
    default:
      return { ...before, connection: 'unknown', awsState: 'unknown' };
  }
}

/** AWS's own, else what was known, else an assumption. */
function expiryOf(
  before: Followed,
  expiresAt: string | undefined,
  { now, policy }: Pick<LookContext, 'now' | 'policy'>,
): { readonly expiresAt: string; readonly expiresAtOrigin: ExpiryOrigin } {
  if (expiresAt !== undefined) return { expiresAt, expiresAtOrigin: 'aws' };
  if (before.expiresAt !== null)
    return { expiresAt: before.expiresAt, expiresAtOrigin: before.expiresAtOrigin ?? 'assumed' };
  return { expiresAt: iso(now + policy.assumedExpiryMs), expiresAtOrigin: 'assumed' };
}

function newsOfHeld(before: Followed, held: Followed, { now, policy }: LookContext): SourceNews | null {
  if (held.connection === 'connected') {
    return before.connection === 'connected' ? null : { event: 'source.connected', hoursLeft: null };
  }
  const wasThere = before.connection === 'connected' || before.connection === 'unknown';
  if (held.connection === 'disconnected' && wasThere) {
    return { event: 'source.disconnected', hoursLeft: null };
  }
  const isTimed = held.awsState === 'pending' && held.expiresAt !== null;
  if (!isTimed || dueWarningMs(held, { now, policy }) === null) return null;
  return {
    event: 'source.expiring',
    hoursLeft: Math.max(1, Math.round((Date.parse(held.expiresAt) - now) / HOUR)),
  };
}

function withNextLook(followed: Followed, context: Omit<LookContext, 'believesLosses'>): Followed {
  return { ...followed, nextCheckAt: iso(nextLookAt(followed, context)) };
}

/** Whether a request for the source starts over: AWS does not hold it any more, or must have deleted it by now. */
export function isToBeMadeAgain(
  { status, connection, expiresAt }: Pick<Onboarding, 'status' | 'connection' | 'expiresAt'>,
  now: number,
): boolean {
  if (status !== 'provisioned') return false;
  return isLost(connection) || (expiresAt !== null && Date.parse(expiresAt) <= now);
}

const MINUTE = 60_000;
const HOUR = 60 * MINUTE;

const iso = (ms: number): string => new Date(ms).toISOString();
