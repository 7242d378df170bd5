import type { Region } from './region.ts';

/** Why a Region's onboardings wait: an operator paused it, or its circuit is open. Each holds by itself. */
export type HoldKind = 'operator' | 'circuit';

/** A span of time in which a Region's onboardings waited; instants are ISO 8601 in UTC. */
export interface Hold {
  readonly region: Region;
  readonly kind: HoldKind;
  /** The operator's reason, or the code that opened the circuit. */
  readonly reason: string;
  /** Who paused; null for a circuit. */
  readonly actor: string | null;
  readonly beganAt: string;
  /** Null while it lasts. */
  readonly endedAt: string | null;
}

/**
 * How long a Region was held between two instants, in milliseconds, whatever the order of the holds and however
 * they overlap. Both instants are milliseconds since 1970.
 */
export function heldMs(holds: readonly Hold[], { from, to }: { from: number; to: number }): number {
  const spans = holds
    .map(({ beganAt, endedAt }) => ({
      from: Math.max(from, Date.parse(beganAt)),
      to: Math.min(to, endedAt === null ? to : Date.parse(endedAt)),
    }))
    .sort((one, other) => one.from - other.from);
  let held = 0;
  let countedTo = from;
  for (const span of spans) {
    const start = Math.max(span.from, countedTo);
    if (span.to <= start) continue;
    held += span.to - start;
    countedTo = span.to;
  }
  return held;
}
