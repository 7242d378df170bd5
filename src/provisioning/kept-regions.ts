/**
 * The steps by which a {@link RegionKeeper} brings a Region's queue in line with its pause and its circuit. Each looks
 * at what is there first, so that it may be done again, by whatever process.
 */
import { CLOSED, whenProbeIsDue, type CircuitMemory } from '../domain/circuit.ts';
import type { Hold, HoldKind } from '../domain/hold.ts';
import type { Flow } from '../domain/job.ts';
import type { Region } from '../domain/region.ts';
import type { CircuitStore, Clock, JobQueue, Ledger, Log } from '../ports.ts';

export interface RegionKeeperDeps {
  readonly circuits: CircuitStore;
  readonly queue: Pick<JobQueue, 'setFlow' | 'release' | 'counts'>;
  readonly ledger: Pick<Ledger, 'lastingHolds' | 'beginHold' | 'endHold'>;
  readonly regions: readonly Region[];
  readonly clock: Clock;
  readonly log: Log;
}

/** What this process knows of its Regions, beside what it works with. */
export interface Kept extends RegionKeeperDeps {
  readonly memories: Map<Region, CircuitMemory>;
  holds: readonly Hold[];
}

export const seen = ({ memories }: Kept, region: Region): CircuitMemory => memories.get(region) ?? CLOSED;

const isHeldBy = ({ holds }: Kept, kind: HoldKind, region: Region): boolean =>
  holds.some((hold) => hold.kind === kind && hold.region === region);

const FLOW: Readonly<Record<CircuitMemory['state'], Flow>> = {
  closed: 'run',
  halfOpen: 'probe',
  open: 'hold',
};

export const flowOf = (kept: Kept, region: Region): Flow =>
  isHeldBy(kept, 'operator', region) ? 'hold' : FLOW[seen(kept, region).state];

/** Whatever a process that died between two of these steps has left undone, the next tick of another one does. */
export async function change(
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

export async function bringInLine(kept: Kept): Promise<void> {
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
