import { LOSSES_WITHIN_MS } from '../domain/check.ts';
import type { CircuitMemory } from '../domain/circuit.ts';
import type { Hold, HoldKind } from '../domain/hold.ts';
import type { RegionQueueCounts } from '../domain/job.ts';
import type { Region } from '../domain/region.ts';
import type { OperatorRequest } from '../domain/operator-request.ts';
import { QueueUnavailableError } from '../domain/unavailable.ts';
import type { CircuitStore } from '../ports.ts';
import type { OperatorDeps } from './operator-deps.ts';

/** What reading the Regions' states needs. */
export type RegionReads = Pick<OperatorDeps, 'ledger' | 'queue' | 'circuits' | 'regions'>;

/** Whether a Region's onboardings run, and what holds them if they don't. */
export interface RegionState {
  readonly region: Region;
  /** Null while Redis does not answer. */
  readonly circuit: CircuitMemory | null;
  /** The operator's pause that lasts; null when there is none. */
  readonly pause: Hold | null;
  /** The drain that lasts; null when there is none. */
  readonly drain: Drain | null;
  /** Its looks at sources are stopped, since too many were missing at once; null when they are not. */
  readonly checksHeld: { readonly since: string; readonly lost: number } | null;
}

/** A Region's state and its queue; `queue` is null while Redis does not answer. */
export type RegionQueue = RegionState & { readonly queue: RegionQueueCounts | null };

export interface Drain extends Hold {
  /**
   * Jobs that wait, are delayed or run; at 0 the queue is empty. Null while that is not known: Redis does not answer, or
   * has lost its data and is being filled again.
   */
  readonly remaining: number | null;
}

/** `unchanged`: it was so already, and the first one's reason stands. */
export type RegionResult =
  | { readonly kind: 'changed' | 'unchanged'; readonly state: RegionState }
  | { readonly kind: 'unknownRegion' };

/**
 * What an operator does to a Region. Each lasts until undone, and survives everything but the loss of the ledger.
 * `pause`: no AWS calls; nothing fails and deadlines stop. `drain`: the queue runs to its end; new onboardings stay `accepted` until
 * `resume`, which ends both. An open circuit holds the Region independently.
 */
export type RegionAction = 'pause' | 'drain' | 'resume';

const DONE: Readonly<Record<RegionAction, string>> = {
  pause: 'region.paused',
  drain: 'region.draining',
  resume: 'region.resumed',
};

/** @throws LedgerUnavailableError */
export async function readRegionStates(deps: RegionReads): Promise<readonly RegionState[]> {
  const holds = await deps.ledger.lastingHolds();
  return Promise.all(deps.regions.map(async (region) => stateOf(region, holds, deps)));
}

/** All of them with their queues, in the order of the configuration. @throws LedgerUnavailableError */
export async function readRegionQueues(deps: RegionReads): Promise<readonly RegionQueue[]> {
  const [states, queues] = await Promise.all([
    readRegionStates(deps),
    Promise.all(deps.regions.map(async (region) => orNull(deps.queue.counts(region)))),
  ]);
  return states.map((state, index) => ({ ...state, queue: queues[index] ?? null }));
}

/** Pauses, drains or resumes a Region, in the ledger; the workers follow within half a second. */
export async function changeRegion(
  name: string,
  { actor, reason, dryRun, action }: OperatorRequest & { action: RegionAction },
  deps: RegionReads & Pick<OperatorDeps, 'clock' | 'log'>,
): Promise<RegionResult> {
  const region = deps.regions.find((one) => one === name);
  if (region === undefined) return { kind: 'unknownRegion' };
  const at = new Date(deps.clock.now()).toISOString();
  const by = { region, reason, actor };
  if (dryRun) return tryOut(action, { ...by, at }, deps);
  const written =
    action === 'resume'
      ? await deps.ledger.resumeRegion(region, { at, actor, reason })
      : await deps.ledger.beginHold({ ...by, kind: KIND[action], beganAt: at });
  const isChanged = written === 'begun' || written === 'ended';
  if (isChanged) deps.log.info({ region, actor }, DONE[action]);
  const state = await stateOf(region, await deps.ledger.lastingHolds(), deps);
  return { kind: isChanged ? 'changed' : 'unchanged', state };
}

const KIND = { pause: 'operator', drain: 'drain' } as const satisfies Partial<Record<RegionAction, HoldKind>>;

async function tryOut(
  action: RegionAction,
  { region, reason, actor, at }: { region: Region; reason: string; actor: string; at: string },
  deps: RegionReads,
): Promise<RegionResult> {
  const holds = await deps.ledger.lastingHolds();
  const others = holds.filter(
    (hold) => hold.region !== region || (hold.kind !== 'operator' && hold.kind !== 'drain'),
  );
  const isHeldBy = (kind: HoldKind): boolean =>
    holds.some((hold) => hold.kind === kind && hold.region === region);
  const isChange = action === 'resume' ? isHeldBy('operator') || isHeldBy('drain') : !isHeldBy(KIND[action]);
  if (!isChange) return { kind: 'unchanged', state: await stateOf(region, holds, deps) };
  const after =
    action === 'resume'
      ? others
      : [...holds, { region, kind: KIND[action], reason, actor, beganAt: at, endedAt: null }];
  return { kind: 'changed', state: await stateOf(region, after, deps) };
}

async function stateOf(
  region: Region,
  holds: readonly Hold[],
  deps: Omit<RegionReads, 'regions'>,
): Promise<RegionState> {
  const lasting = (kind: HoldKind): Hold | null =>
    holds.find((hold) => hold.kind === kind && hold.region === region) ?? null;
  const drain = lasting('drain');
  const losses = lasting('losses');
  return {
    region,
    circuit: await orNull(circuitOf(deps.circuits, region)),
    pause: lasting('operator'),
    drain: drain && { ...drain, remaining: await orNull(remainingIn(region, deps)) },
    checksHeld: losses && { since: losses.beganAt, lost: await lostIn(losses, deps) },
  };
}

async function lostIn({ region, beganAt }: Hold, { ledger }: Pick<RegionReads, 'ledger'>): Promise<number> {
  const since = new Date(Date.parse(beganAt) - LOSSES_WITHIN_MS).toISOString();
  return (await ledger.recentLosses(region, since)).lost;
}

async function circuitOf(circuits: CircuitStore, region: Region): Promise<CircuitMemory> {
  const { after } = await circuits.change(region, (memory) => memory);
  return after;
}

/** Only a Redis that holds the ledger's epoch has all the jobs that there are. */
async function remainingIn(
  region: Region,
  { ledger, queue }: Pick<RegionReads, 'ledger' | 'queue'>,
): Promise<number | null> {
  const [{ waiting, delayed, active }, epoch] = await Promise.all([queue.counts(region), queue.readEpoch()]);
  return epoch === ledger.epoch ? waiting + delayed + active : null;
}

/** Null while Redis does not answer. */
export async function orNull<T>(asked: Promise<T>): Promise<T | null> {
  try {
    return await asked;
  } catch (error) {
    if (error instanceof QueueUnavailableError) return null;
    throw error;
  }
}
