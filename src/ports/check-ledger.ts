import type { CheckClaim, CheckWrite, ConnectionChange, DueCheck, RecentLosses } from '../domain/check.ts';
import type { OnboardingId } from '../domain/ids.ts';
import type { Onboarding } from '../domain/onboarding.ts';
import type { Region } from '../domain/region.ts';

/** What looks at AWS read and write. */
export interface CheckLedger {
  /** Leases sources that are due, those longest due first. A lease that is not ended by {@link saveCheck} runs out. */
  claimChecks(claim: CheckClaim): Promise<readonly DueCheck[]>;
  /** Leases one source, due or not, unless one was begun within `quietMs`: undefined then, or when it is not provisioned. */
  claimCheck(id: OnboardingId, at: { now: string; quietMs: number }): Promise<DueCheck | undefined>;
  /** Saves what a look found, with its webhook. Undefined: another look, or another replay, was faster. */
  saveCheck(write: CheckWrite): Promise<Onboarding | undefined>;
  /** How the connection changed, oldest first. */
  connectionChanges(id: OnboardingId): Promise<readonly ConnectionChange[]>;
  /** Those that expire before an instant unless their customers accept them, counted up to 10,000. */
  countExpiring(before: string): Promise<number>;
  /** Sources whose look is more than ten minutes late, by Region, counted up to 10,000 in all. */
  countOverdue(): Promise<readonly { readonly region: string; readonly count: number }[]>;
  /** Without those that were lost before the last hold for losses ended: an operator has judged them. */
  recentLosses(region: Region, since: string): Promise<RecentLosses>;
  /** Makes an expired source again that was created and never connected; undefined when it is not that any more. */
  renew(id: OnboardingId, at: { replays: number; at: string }): Promise<Onboarding | undefined>;
}
