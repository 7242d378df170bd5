import type { Region } from './region.ts';

/**
 * Why a Region's onboardings wait; each kind holds by itself. `operator`: a pause, nothing calls AWS. `circuit`: the same
 * while its circuit is open. `drain`: what is in the queue runs to its end, and what is accepted meanwhile stays out of it.
 * `losses`: only looks at AWS wait, since too many sources were missing at once.
 */
export type HoldKind = 'operator' | 'drain' | 'circuit' | 'losses';

/** A span of time in which a Region's onboardings waited; instants are ISO 8601 in UTC. */
export interface Hold {
  readonly region: Region;
  readonly kind: HoldKind;
  /** The operator's reason, or the code that opened the circuit. */
  readonly reason: string;
  /** Who paused or drained; null for the others, which the service begins. */
  readonly actor: string | null;
  readonly beganAt: string;
  /** Null while it lasts. */
  readonly endedAt: string | null;
}

/**
 * How long AWS was not called in a Region between two instants, in milliseconds, whatever the order of the holds and however
 * they overlap. A drain counts for nothing, nor do losses: jobs run meanwhile. Both instants are milliseconds since 1970.
 */
export function heldMs(holds: readonly Hold[], { from, to }: { from: number; to: number }): number {
  const spans = holds
    .filter(({ kind }) => kind === 'operator' || kind === 'circuit')
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
