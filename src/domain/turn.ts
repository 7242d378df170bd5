import type { Lane } from './onboarding.ts';

/** A slot of a Region's quota that somebody holds: one AWS call may go out for it. */
export interface Slot {
  /** How long was stood in line for it. */
  readonly waitedMs: number;
  /** Uses it up. False when it has been used before, or when its time is long past. */
  claim(): boolean;
}

/** In whose name an AWS call takes its slot. */
export interface Turn {
  readonly lane: Lane;
  /** Taken before the job's first call, which uses it; further calls stand in line. */
  readonly slot?: Slot;
}

/** Calls a second of a Region, over all processes. */
export interface RegionRate {
  readonly perSecond: number;
  /** What throttled calls have shown to be the quota; null when none have. */
  readonly limit: number | null;
}
