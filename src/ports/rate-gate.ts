import type { Region } from '../domain/region.ts';
import type { RegionRate, Slot, Turn, TurnLane } from '../domain/job.ts';

/** One slot of the Region's shared quota per AWS call, by Redis' clock, for all workers. */
export interface RateGate {
  /** A slot for a job's first call, to be used at once. Rejects as `take` does. */
  reserve(region: Region, lane: TurnLane, signal: AbortSignal): Promise<Slot>;
  /**
   * Resolves when the call may go out; rejects with the signal's reason when that aborts first. A call without a turn
   * is one that a person waits for.
   */
  take(region: Region, signal: AbortSignal, turn?: Turn): Promise<void>;
  /** What became of a call that had taken a slot: from that the gate finds the real quota (src/domain/pace.ts). */
  told(region: Region, call: { readonly throttled: boolean; readonly tookMs: number }): void;
  /** Calls a second that may be made at present, and the quota that throttled calls have shown, if they have. */
  rate(region: Region): Promise<RegionRate>;
}
