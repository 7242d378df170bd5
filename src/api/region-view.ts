import type { z } from 'zod';
import type { Hold } from '../domain/hold.ts';
import type { RegionState } from '../operations/regions.ts';
import type { RegionSchema } from './schemas.ts';

/** A Region's state as callers see it. */
export function regionView({ region, circuit, pause, drain }: RegionState): z.infer<typeof RegionSchema> {
  return {
    region,
    circuit: circuit && {
      state: circuit.state,
      reason: circuit.code,
      since: instantOf(circuit.since),
      nextProbeAt: instantOf(circuit.nextProbeAt),
    },
    paused: pause !== null,
    pause: pause && actOf(pause),
    draining: drain && { ...actOf(drain), remaining: drain.remaining },
    drained: drain?.remaining === 0,
    off: circuit?.off ? { reason: circuit.off.code, since: new Date(circuit.off.since).toISOString() } : null,
  };
}

const actOf = ({ reason, actor, beganAt }: Hold): { reason: string; actor: string; since: string } => ({
  reason,
  actor: actor ?? '',
  since: beganAt,
});

const instantOf = (ms: number | null): string | null => (ms === null ? null : new Date(ms).toISOString());
