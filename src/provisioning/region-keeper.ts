/**
 * Keeps each Region's queue paused or running as pause (ledger) and circuit (Redis) demand. Told of every finished round, and run
 * in every worker process; all come to the same result, so any may die.
 *
 * Invariants: what a report opens is held before the report returns; only a tick or report releases a Region; an outage of Redis
 * or the ledger changes nothing that was known.
 */
import {
  afterRound,
  type CircuitMemory,
  type CircuitReport,
  CLOSED,
  signOf,
  whenProbeIsDue,
} from '../domain/circuit.ts';
import type { Hold, HoldKind } from '../domain/hold.ts';
import type { Flow } from '../domain/job.ts';
import type { Region } from '../domain/region.ts';
import { LedgerUnavailableError, QueueUnavailableError } from '../domain/unavailable.ts';
import type { CircuitStore, Clock, JobQueue, Ledger, Log } from '../ports.ts';

export interface RegionKeeperDeps {
  readonly circuits: CircuitStore;
  readonly queue: Pick<JobQueue, 'setFlow' | 'release' | 'counts'>;
  readonly ledger: Pick<Ledger, 'lastingHolds' | 'beginHold' | 'endHold'>;
  readonly regions: readonly Region[];
  readonly clock: Clock;
  readonly log: Log;
}

export interface RegionKeeper {
  /** How jobs of the Region may call AWS now: all, one of them as a probe, or none. */
  flow(region: Region): Promise<Flow>;
  /** The Region's circuit as this process last saw it. */
  seen(region: Region): CircuitMemory;
  /** Tells what a round came to, and gives back the circuit after it. Never rejects for a Redis that is away. */
  report(region: Region, report: CircuitReport): Promise<CircuitMemory>;
  /** Brings every Region's queue in line once. */
  tick(): Promise<void>;
  /** Ticks until the signal aborts. */
  run(signal: AbortSignal): Promise<void>;
}

/** A pause and a due probe act within this time; an opening acts at once. */
const TICK_MS = 500;

/** A success of a Region that is well is news only so often: a few writes a second, whatever the throughput. */
const SUCCESS_EVERY_MS = 100;

export function createRegionKeeper(deps: RegionKeeperDeps): RegionKeeper {
  const kept: Kept = { ...deps, memories: new Map(), holds: [] };
  const { clock, log } = deps;
  const toldAt = new Map<Region, number>();
  let isAway = false;

  /** What is away is said once, and tried again at the next tick. */
  const tolerate = (error: unknown): void => {
    if (!(error instanceof QueueUnavailableError || error instanceof LedgerUnavailableError)) throw error;
    if (!isAway) log.warn({ err: error }, 'regions.not_kept');
    isAway = true;
  };

  const tick = async (): Promise<void> => {
    try {
      await bringInLine(kept);
      isAway = false;
    } catch (error) {
      tolerate(error);
    }
  };

  return {
    seen: (region) => seen(kept, region),
    async flow(region) {
      if (flowOf(kept, region) === 'run') return 'run';
      // It may have been let go a moment ago: a look costs less than a job that is put aside in vain.
      kept.holds = await deps.ledger.lastingHolds();
      await change(kept, region, (memory) => memory);
      return flowOf(kept, region);
    },
    async report(region, report) {
      const memory = seen(kept, region);
      if (isNoNews(memory, report)) return memory;
      const isRoutine = isSuccessOfMany(memory, report);
      if (isRoutine && clock.now() - (toldAt.get(region) ?? 0) < SUCCESS_EVERY_MS) return memory;
      if (isRoutine) toldAt.set(region, clock.now());
      const telling = change(kept, region, (before, now) => afterRound(before, report, now)).catch(tolerate);
      if (!isRoutine) await telling;
      return seen(kept, region);
    },
    tick,
    async run(signal) {
      while (!signal.aborted) {
        await tick();
        await clock.sleep(TICK_MS, signal).catch(() => undefined);
      }
    },
  };
}

/** Throttling says nothing, and a fault of a call from before the opening nothing new. */
function isNoNews(memory: CircuitMemory, report: CircuitReport): boolean {
  const sign = signOf(report.outcome);
  if (sign === 'neutral') return true;
  if (sign === 'seen') return memory.off === null && memory.unreachable === null;
  const isFault = sign === 'operatorFault' || sign === 'unreachable';
  return isFault && memory.state !== 'closed' && report.openings < memory.openings;
}

/** One success of many, in a Region that is well as far as this process knows: it ends no row of faults. */
function isSuccessOfMany(memory: CircuitMemory, report: CircuitReport): boolean {
  const isWell = memory.state === 'closed' && memory.off === null;
  const hasFaults = memory.operatorFaults.length > 0 || memory.unreachable !== null;
  return isWell && !hasFaults && signOf(report.outcome) === 'success';
}

// The steps below look at what is there first, so that each may be done again, by whatever process.

/** What this process knows of its Regions, beside what it works with. */
interface Kept extends RegionKeeperDeps {
  readonly memories: Map<Region, CircuitMemory>;
  holds: readonly Hold[];
}

const seen = ({ memories }: Kept, region: Region): CircuitMemory => memories.get(region) ?? CLOSED;

const isHeldBy = ({ holds }: Kept, kind: HoldKind, region: Region): boolean =>
  holds.some((hold) => hold.kind === kind && hold.region === region);

const FLOW: Readonly<Record<CircuitMemory['state'], Flow>> = {
  closed: 'run',
  halfOpen: 'probe',
  open: 'hold',
};

const flowOf = (kept: Kept, region: Region): Flow =>
  isHeldBy(kept, 'operator', region) ? 'hold' : FLOW[seen(kept, region).state];

/** Whatever a process that died between two of these steps has left undone, the next tick of another one does. */
async function change(
  kept: Kept,
  region: Region,
  step: Parameters<CircuitStore['change']>[1],
): Promise<void> {
  const { log, queue } = kept;
  const { before, after, now } = await kept.circuits.change(region, step);
  kept.memories.set(region, after);
  if (before.state === after.state) return;
  logTransition(log, region, { before, after, now });
  await queue.setFlow(region, flowOf(kept, region));
  if (after.state === 'halfOpen') await offerProbe(kept, region);
  if (after.state === 'closed') await queue.release(region);
  if (before.state === 'closed' || after.state === 'closed') await recordHold(kept, region);
}

async function bringInLine(kept: Kept): Promise<void> {
  kept.holds = await kept.ledger.lastingHolds();
  for (const region of kept.regions) {
    await change(kept, region, whenProbeIsDue);
    await kept.queue.setFlow(region, flowOf(kept, region));
    const isHeld = seen(kept, region).state !== 'closed';
    if (isHeld !== isHeldBy(kept, 'circuit', region)) await recordHold(kept, region);
  }
}

/** The ledger keeps when circuits were open: deadlines stand still then. */
async function recordHold({ clock, ledger, memories }: Kept, region: Region): Promise<void> {
  const { state, since, code } = memories.get(region) ?? CLOSED;
  if (state === 'closed') {
    await ledger.endHold(region, 'circuit', { at: new Date(clock.now()).toISOString() });
  } else if (since !== null) {
    const beganAt = new Date(since).toISOString();
    await ledger.beginHold({ region, kind: 'circuit', reason: code ?? '', actor: null, beganAt });
  }
}

/** With nothing waiting, an onboarding that was put aside probes: the one that has waited longest. */
async function offerProbe({ queue }: Kept, region: Region): Promise<void> {
  const { waiting } = await queue.counts(region);
  if (waiting === 0) await queue.release(region, 1);
}

/** One line per change of a circuit's state, by the process that made it; `now` is the store's time. */
function logTransition(
  log: Log,
  region: Region,
  { before, after, now }: { before: CircuitMemory; after: CircuitMemory; now: number },
): void {
  switch (after.state) {
    case 'open': {
      const fields = {
        region,
        error_name: after.code,
        failed_probes: after.failedProbes,
        next_probe_in_ms: Math.max(0, (after.nextProbeAt ?? now) - now),
      };
      if (before.state === 'closed') log.error(fields, 'circuit.opened');
      else log.warn(fields, 'circuit.probe_failed');
      return;
    }
    case 'halfOpen':
      log.info({ region, error_name: after.code, failed_probes: after.failedProbes }, 'circuit.probing');
      return;
    case 'closed':
      log.info(
        { region, error_name: before.code, open_for_ms: now - (before.since ?? now) },
        'circuit.closed',
      );
  }
}
