import type { Lane } from './onboarding.ts';

/** A slot of a Region's quota that somebody holds: one AWS call may go out for it. */
export interface Slot {
  /** How long was stood in line for it. */
  readonly waitedMs: number;
  /** Uses it up. False when it has been used or given back before, or when its time is long past. */
  claim(): boolean;
}

/** In whose name an AWS call takes its slot. */
export interface Turn {
  readonly lane: Lane;
  /** The one that the job took before it was begun: its first call uses it, further ones stand in line. */
  readonly slot?: Slot;
}

/** Calls a second of a Region, over all processes. */
export interface RegionRate {
  readonly perSecond: number;
  /** What throttled calls have shown to be the quota; null when none have. */
  readonly limit: number | null;
}
