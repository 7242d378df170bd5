import type { CircuitMemory } from '../domain/circuit.ts';
import type { Hold } from '../domain/hold.ts';
import type { Region } from '../domain/region.ts';
import { QueueUnavailableError } from '../domain/unavailable.ts';
import type { CircuitStore, Clock, Ledger, Log } from '../ports.ts';

/** What reading the Regions' states needs. */
export interface RegionReads {
  readonly ledger: Pick<Ledger, 'lastingHolds'>;
  readonly circuits: CircuitStore;
  readonly regions: readonly Region[];
}

export interface RegionsDeps extends RegionReads {
  readonly ledger: Pick<Ledger, 'lastingHolds' | 'beginHold' | 'endHold'>;
  readonly clock: Clock;
  readonly log: Log;
}

/** Whether a Region's onboardings run, and what holds them if they don't. */
export interface RegionState {
  readonly region: Region;
  /** Null while Redis does not answer. */
  readonly circuit: CircuitMemory | null;
  /** The operator's pause that lasts; null when there is none. */
  readonly pause: Hold | null;
}

export interface PauseRequest {
  readonly actor: string;
  readonly reason: string;
  /** True: the same checks, nothing written. */
  readonly dryRun: boolean;
}

/** `unchanged`: it was so already, and the first one's reason stands. */
export type PauseResult =
  | { readonly kind: 'changed' | 'unchanged'; readonly state: RegionState }
  | { readonly kind: 'unknownRegion' };

/** @throws LedgerUnavailableError */
export async function readRegionStates({ regions, ...deps }: RegionReads): Promise<readonly RegionState[]> {
  const holds = await deps.ledger.lastingHolds();
  return Promise.all(regions.map(async (region) => stateOf(region, holds, deps)));
}

/**
 * Pauses a Region: no onboarding there calls AWS from half a second later on, none is failed by it, and no deadline
 * runs on. It lasts until it is resumed, whatever is restarted or lost but the ledger.
 */
export async function pauseRegion(
  region: string,
  request: PauseRequest,
  deps: RegionsDeps,
): Promise<PauseResult> {
  return write(region, { ...request, to: 'paused' }, deps);
}

/** Ends an operator's pause. An open circuit holds the Region none the less. */
export async function resumeRegion(
  region: string,
  request: PauseRequest,
  deps: RegionsDeps,
): Promise<PauseResult> {
  return write(region, { ...request, to: 'resumed' }, deps);
}

async function write(
  name: string,
  { actor, reason, dryRun, to }: PauseRequest & { to: 'paused' | 'resumed' },
  deps: RegionsDeps,
): Promise<PauseResult> {
  const region = deps.regions.find((one) => one === name);
  if (region === undefined) return { kind: 'unknownRegion' };
  const at = new Date(deps.clock.now()).toISOString();
  const begun: Omit<Hold, 'endedAt'> = { region, kind: 'operator', reason, actor, beganAt: at };
  if (dryRun) {
    const before = await stateOf(region, await deps.ledger.lastingHolds(), deps);
    if ((before.pause !== null) === (to === 'paused')) return { kind: 'unchanged', state: before };
    return {
      kind: 'changed',
      state: { ...before, pause: to === 'paused' ? { ...begun, endedAt: null } : null },
    };
  }
  const written =
    to === 'paused'
      ? await deps.ledger.beginHold(begun)
      : await deps.ledger.endHold(region, 'operator', { at, by: { actor, reason } });
  const isChanged = written === 'begun' || written === 'ended';
  if (isChanged) deps.log.info({ region, actor }, to === 'paused' ? 'region.paused' : 'region.resumed');
  return {
    kind: isChanged ? 'changed' : 'unchanged',
    state: await stateOf(region, await deps.ledger.lastingHolds(), deps),
  };
}

async function stateOf(
  region: Region,
  holds: readonly Hold[],
  { circuits }: Pick<RegionsDeps, 'circuits'>,
): Promise<RegionState> {
  const pause = holds.find((hold) => hold.kind === 'operator' && hold.region === region) ?? null;
  return { region, circuit: await circuitOf(circuits, region), pause };
}

async function circuitOf(circuits: CircuitStore, region: Region): Promise<CircuitMemory | null> {
  try {
    const { after } = await circuits.change(region, (memory) => memory);
    return after;
  } catch (error) {
    if (error instanceof QueueUnavailableError) return null;
    throw error;
  }
}
