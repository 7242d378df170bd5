import type { LossDecision } from '../domain/check.ts';
import type { Hold, HoldKind } from '../domain/hold.ts';
import type { Region } from '../domain/region.ts';

/** What holds Regions, and held them. What an operator begins or ends goes into the audit with it. */
export interface HoldLedger {
  /** Begins a hold, or leaves the one of its kind that lasts as it is; an operator's goes into the audit too. */
  beginHold(hold: Omit<Hold, 'endedAt'>): Promise<'begun' | 'lasting'>;
  /** Ends the hold of this kind, if one lasts. */
  endHold(region: Region, kind: HoldKind, end: { at: string }): Promise<'ended' | 'none'>;
  /** Ends an operator's pause and drain, whichever lasts, and audits it. */
  resumeRegion(region: Region, end: { at: string; actor: string; reason: string }): Promise<'ended' | 'none'>;
  /**
   * Ends the hold that missing sources put on a Region's looks, and audits it. They are looked at again at once: a confirmed
   * one is lost when it is still missing, a dismissed one only when two more looks miss it.
   */
  judgeLosses(
    region: Region,
    judgement: { decision: LossDecision; at: string; actor: string; reason: string },
  ): Promise<'ended' | 'none'>;
  /** The holds that last. */
  lastingHolds(): Promise<readonly Hold[]>;
  /** The holds of a Region that lasted at `since` or began later. */
  holdsSince(region: Region, since: string): Promise<readonly Hold[]>;
}
