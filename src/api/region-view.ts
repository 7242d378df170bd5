import type { z } from 'zod';
import type { RegionState } from '../operations/regions.ts';
import type { RegionSchema } from './schemas.ts';

/** A Region's state as callers see it. */
export function regionView({ region, circuit, pause }: RegionState): z.infer<typeof RegionSchema> {
  return {
    region,
    circuit: circuit && {
      state: circuit.state,
      reason: circuit.code,
      since: instantOf(circuit.since),
      nextProbeAt: instantOf(circuit.nextProbeAt),
    },
    paused: pause !== null,
    pause: pause && { reason: pause.reason, actor: pause.actor ?? '', since: pause.beganAt },
    off: circuit?.off ? { reason: circuit.off.code, since: new Date(circuit.off.since).toISOString() } : null,
  };
}

const instantOf = (ms: number | null): string | null => (ms === null ? null : new Date(ms).toISOString());
