import type { LossDecision } from '../domain/check.ts';
import type { OperatorRequest } from '../domain/operator-request.ts';
import type { OperatorDeps } from './operator-deps.ts';
import { readRegionStates, type RegionReads, type RegionState } from './regions.ts';

export type LossesResult =
  | { readonly kind: 'judged'; readonly state: RegionState }
  /** No hold lasts. */
  | { readonly kind: 'noHold' }
  | { readonly kind: 'unknownRegion' };

/**
 * An operator's judgement of sources that were missing at once: `confirm` believes it and lets their customers be told,
 * `dismiss` looks at all of them again, as if nothing had been missing.
 */
export async function judgeLosses(
  name: string,
  { actor, reason, dryRun, decision }: OperatorRequest & { readonly decision: LossDecision },
  deps: RegionReads & Pick<OperatorDeps, 'clock' | 'log'>,
): Promise<LossesResult> {
  const region = deps.regions.find((one) => one === name);
  if (region === undefined) return { kind: 'unknownRegion' };
  const before = await stateOf(region, deps);
  if (before.checksHeld === null) return { kind: 'noHold' };
  if (dryRun) return { kind: 'judged', state: { ...before, checksHeld: null } };
  const at = new Date(deps.clock.now()).toISOString();
  const ended = await deps.ledger.judgeLosses(region, { decision, at, actor, reason });
  if (ended === 'none') return { kind: 'noHold' };
  deps.log.info({ region, actor, decision }, 'checks.losses_judged');
  return { kind: 'judged', state: await stateOf(region, deps) };
}

async function stateOf(region: string, deps: RegionReads): Promise<RegionState> {
  const states = await readRegionStates(deps);
  const state = states.find((one) => one.region === region);
  if (state === undefined) throw new Error(`The Region ${region} has no state.`);
  return state;
}
