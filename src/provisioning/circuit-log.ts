import type { CircuitMemory } from '../domain/circuit.ts';
import type { Region } from '../domain/region.ts';
import type { Log } from '../ports.ts';

/** One line per change of a circuit's state, by the process that made it; `now` is the store's time. */
export function logTransition(
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
