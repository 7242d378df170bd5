/**
 * Follows every source after its creation: claims the sources whose time to be looked at has come and looks at them, as fast
 * as their Region's budget allows. Any number of processes may do so; a dead one leaves leases that run out. Run by the part
 * `lifecycle`.
 */
import type { DueCheck } from '../domain/check.ts';
import type { Region } from '../domain/region.ts';
import { LedgerUnavailableError, QueueUnavailableError } from '../domain/unavailable.ts';
import type { Clock, Ledger, Log } from '../ports.ts';
import type { RateGate } from '../ports/rate-gate.ts';
import { hindranceOf } from './held-regions.ts';
import { look, type LookDeps } from './look.ts';

export interface CheckDeps extends LookDeps {
  readonly ledger: LookDeps['ledger'] & Pick<Ledger, 'claimChecks' | 'lastingHolds'>;
  readonly rateGate: Pick<RateGate, 'reserve'>;
  readonly configured: readonly Region[];
  readonly clock: Clock;
  readonly log: Log;
}

export interface Checks {
  /**
   * Looks at sources that are due, some of each Region, until each has been looked at.
   * @returns how many there were; 0: none is due, or no Region may be looked at
   */
  pass(signal: AbortSignal): Promise<number>;
  /** Passes until the signal aborts. An outage of the ledger or of Redis is waited out. */
  run(signal: AbortSignal): Promise<void>;
}

/** A look waits for its slot at the quota and for AWS; a longer one is given up, and another process may look. */
const LEASE_MS = 60_000;
const PER_REGION = 10;
/** How long a source that is due may wait for a process that is idle. */
const IDLE_MS = 1_000;
/** A Region that AWS has switched off is looked at so often, since a success is what ends that. */
const OFF_EVERY_MS = 3_600_000;

export function createChecks(deps: CheckDeps): Checks {
  const { clock, log } = deps;
  const offLookedAt = new Map<Region, number>();

  const pass = async (signal: AbortSignal): Promise<number> => {
    const holds = await deps.ledger.lastingHolds();
    const open = deps.configured.filter((region) => hindranceOf(region, holds) === null);
    const off = open.filter((region) => deps.regions.seen(region).off !== null);
    const now = clock.now();
    const due = off.filter((region) => now - (offLookedAt.get(region) ?? -Infinity) >= OFF_EVERY_MS);
    for (const region of due) offLookedAt.set(region, now);
    const claimed = [
      ...(await claim(
        open.filter((region) => !off.includes(region)),
        PER_REGION,
      )),
      ...(await claim(due, 1)),
    ];
    await Promise.all(claimed.map((one) => lookInTurn(one, deps, signal)));
    return claimed.length;
  };

  const claim = async (regions: readonly Region[], perRegion: number): Promise<readonly DueCheck[]> =>
    regions.length === 0
      ? []
      : deps.ledger.claimChecks({
          regions,
          perRegion,
          now: new Date(clock.now()).toISOString(),
          leaseMs: LEASE_MS,
        });

  return {
    pass,
    async run(signal) {
      let isAway = false;
      while (!signal.aborted) {
        let found = 0;
        try {
          found = await pass(signal);
          isAway = false;
        } catch (error) {
          if (!isAbsence(error)) throw error;
          if (!isAway) log.warn({ err: error }, 'checks.waiting');
          isAway = true;
        }
        if (found === 0) await clock.sleep(IDLE_MS, signal).catch(() => undefined);
      }
    },
  };
}

/** One that gets no turn within its lease is looked at later. */
async function lookInTurn(due: DueCheck, deps: CheckDeps, signal: AbortSignal): Promise<void> {
  const { region } = due.onboarding;
  const over = AbortSignal.any([signal, AbortSignal.timeout(LEASE_MS)]);
  try {
    const slot = await deps.rateGate.reserve(region, 'check', over);
    await look(due, deps, { signal: over, turn: { lane: 'check', slot } });
  } catch (error) {
    if (!over.aborted) throw error;
  }
}

const isAbsence = (error: unknown): boolean =>
  error instanceof LedgerUnavailableError || error instanceof QueueUnavailableError;
