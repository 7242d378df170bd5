import type { Connection } from './onboarding.ts';

const MINUTE = 60_000;
const HOUR = 60 * MINUTE;
const DAY = 24 * HOUR;

/** When a source is looked at. Times in milliseconds. */
export interface CheckPolicy {
  /** Between two looks at a connected source. */
  readonly connectedEveryMs: number;
  /** Times before expiry at which the customer is warned. */
  readonly warningsMs: readonly number[];
  /** From create to expiry, while AWS names none. */
  readonly assumedExpiryMs: number;
}

interface Watched {
  readonly connection: Connection;
  readonly expiresAt: string | null;
  readonly lostSince: string | null;
  readonly warnedMs: number | null;
}

interface LookTimes {
  readonly now: number;
  readonly provisionedAt: number;
  readonly policy: CheckPolicy;
  readonly share: number;
}

/** Looks at a new source, counted from its create: its customer may be at work on it. */
const YOUNG_MS = [MINUTE, 5 * MINUTE, 15 * MINUTE, HOUR, 6 * HOUR];
const WAITING_EVERY_MS = 6 * HOUR;
/** Hourly from so long before the expiry to so long after it. */
const NEAR_EXPIRY_MS = 6 * HOUR;
/** AWS's clock and ours differ, and it may take a moment to delete what has expired. */
const AFTER_EXPIRY_MS = MINUTE;
const SECOND_LOOK_MS = 5 * MINUTE;
/** A lost source is looked at daily for so long, then weekly. */
const RECENTLY_LOST_MS = 30 * DAY;

/**
 * A time that differs by up to a tenth between onboardings and not between two looks at one, so that an import day does
 * not come back as a crowd.
 * @param share 0 ≤ share < 1, as {@link shareOf} gives it
 */
export const jittered = (ms: number, share: number): number => Math.round(ms * (0.95 + 0.1 * share));

/** A number from 0 to 1 (exclusive) that is fixed for an id, by the hash FNV-1a. */
export function shareOf(id: string): number {
  let hash = 0x811c9dc5;
  for (const character of id) hash = Math.imul(hash ^ (character.codePointAt(0) ?? 0), 0x01000193);
  // The last characters alone differ between neighbors, so all bits are mixed once more (MurmurHash3's finalizer).
  hash = Math.imul(hash ^ (hash >>> 16), 0x85ebca6b);
  hash = Math.imul(hash ^ (hash >>> 13), 0xc2b2ae35);
  return ((hash ^ (hash >>> 16)) >>> 0) / 2 ** 32;
}

/** When the source is to be looked at next, in milliseconds since 1970; after `now`. */
export function nextLookAt(source: Watched, { now, provisionedAt, policy, share }: LookTimes): number {
  const after = (ms: number): number => now + jittered(ms, share);
  switch (source.connection) {
    case 'expired':
    case 'removed': {
      const lostForMs = source.lostSince === null ? 0 : now - Date.parse(source.lostSince);
      return after(lostForMs < RECENTLY_LOST_MS ? DAY : 7 * DAY);
    }
    case 'connected':
    case 'waiting':
    case 'disconnected':
    case 'unknown':
      if (source.lostSince !== null)
        return Math.max(now + MINUTE, Date.parse(source.lostSince) + SECOND_LOOK_MS);
      return source.connection === 'connected'
        ? after(policy.connectedEveryMs)
        : Math.min(nextYoung(source, { now, provisionedAt, share }), ...nearExpiry(source, { now, policy }));
  }
}

function nextYoung(
  { connection }: Watched,
  { now, provisionedAt, share }: Omit<LookTimes, 'policy'>,
): number {
  const young = YOUNG_MS.map((ms) => provisionedAt + jittered(ms, share)).find((at) => at > now);
  return connection === 'waiting' && young !== undefined ? young : now + jittered(WAITING_EVERY_MS, share);
}

/** The looks that the expiry asks for: at each warning, hourly around it, and right after it. */
function nearExpiry(source: Watched, { now, policy }: Pick<LookTimes, 'now' | 'policy'>): readonly number[] {
  if (source.expiresAt === null) return [];
  const expiry = Date.parse(source.expiresAt);
  const isUntold = dueWarningMs(source, { now, policy }) !== null;
  const hourly = Math.max(now + HOUR, expiry - NEAR_EXPIRY_MS);
  return [
    ...policy.warningsMs.map((ms) => expiry - ms).filter((at) => at > now),
    ...(isUntold ? [now + MINUTE] : []),
    ...(hourly <= expiry + NEAR_EXPIRY_MS ? [hourly] : []),
    ...(expiry + AFTER_EXPIRY_MS > now ? [expiry + AFTER_EXPIRY_MS] : []),
  ];
}

/**
 * The warning whose time has come and that is not sent yet: the nearest to the expiry, in milliseconds before it.
 */
export function dueWarningMs(
  { expiresAt, warnedMs }: Pick<Watched, 'expiresAt' | 'warnedMs'>,
  { now, policy }: Pick<LookTimes, 'now' | 'policy'>,
): number | null {
  if (expiresAt === null) return null;
  const leftMs = Date.parse(expiresAt) - now;
  if (leftMs <= 0) return null;
  const due = policy.warningsMs.filter((ms) => leftMs <= ms);
  if (due.length === 0) return null;
  const nearest = Math.min(...due);
  return warnedMs !== null && warnedMs <= nearest ? null : nearest;
}
