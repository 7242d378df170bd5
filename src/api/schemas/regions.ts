import { z } from 'zod';
import { CIRCUIT_STATES } from '../../domain/circuit.ts';
import type { Hold } from '../../domain/hold.ts';
import type { RegionState } from '../../operations/regions.ts';
import { instant } from './parameters.ts';

const counts = z.record(z.string(), z.int());

const CircuitSchema = z.object({
  state: z.enum(CIRCUIT_STATES).describe('open: no AWS calls; halfOpen: one onboarding at a time probes'),
  reason: z.string().nullable().describe('the error code that opened it'),
  since: instant.nullable(),
  nextProbeAt: instant.nullable(),
});

const actSchema = z.object({ reason: z.string(), actor: z.string(), since: instant });

export const RegionSchema = z
  .object({
    region: z.string(),
    circuit: CircuitSchema.nullable().describe('null: Redis is not responding'),
    paused: z.boolean().describe('paused by an operator'),
    pause: actSchema.nullable(),
    draining: actSchema
      .extend({
        remaining: z
          .int()
          .nullable()
          .describe('waiting, delayed and running jobs; null: Redis is not responding or is being refilled'),
      })
      .nullable()
      .describe('drained by an operator: queued jobs finish, nothing new is queued'),
    drained: z.boolean().describe('draining, and the queue is empty'),
    checksHeld: z
      .object({ since: instant, lost: z.int() })
      .nullable()
      .describe('looks at sources are stopped: too many were missing at once'),
    off: z
      .object({ reason: z.string(), since: instant })
      .nullable()
      .describe('set when AWS reports the Region as switched off; null also while Redis is not responding'),
  })
  .meta({
    id: 'Region',
    example: {
      region: 'us-east-1',
      circuit: { state: 'closed', reason: null, since: null, nextProbeAt: null },
      paused: true,
      pause: {
        reason: 'AWS asked us to hold off',
        actor: 'maria',
        since: '2026-11-25T09:47:09.137Z',
      },
      draining: null,
      drained: false,
      checksHeld: null,
      off: null,
    },
  });

export const RegionParamsSchema = z.object({ region: z.string().max(64) });

export const StatsSchema = z
  .object({
    byStatus: counts,
    byLane: counts,
    byConnection: counts.describe('of provisioned onboardings'),
    byRegion: z.record(z.string(), counts),
    byErrorCode: counts,
    search: z
      .enum(['indexed', 'scanned'])
      .describe('scanned: the database has no index for q, so a page of a search may end early'),
    regions: z
      .array(
        RegionSchema.extend({
          waiting: z.int().nullable(),
          active: z.int().nullable(),
          delayed: z.int().nullable(),
          oldestWaitingMs: z.number().nullable(),
          quota: z.object({
            perSecond: z.number().describe('QUOTA_PER_SECOND'),
            presentPerSecond: z.number().nullable().describe('current rate limit'),
            foundPerSecond: z
              .number()
              .nullable()
              .describe('quota inferred from throttling in the last hour; null: no throttling'),
          }),
        }),
      )
      .describe('null figures: Redis is not responding'),
  })
  .meta({ id: 'Stats' });

/** A Region's state as callers see it. */
export function regionView({
  region,
  circuit,
  pause,
  drain,
  checksHeld,
}: RegionState): z.infer<typeof RegionSchema> {
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
    checksHeld,
    off: circuit?.off ? { reason: circuit.off.code, since: new Date(circuit.off.since).toISOString() } : null,
  };
}

const actOf = ({ reason, actor, beganAt }: Hold): { reason: string; actor: string; since: string } => ({
  reason,
  actor: actor ?? '',
  since: beganAt,
});

const instantOf = (ms: number | null): string | null => (ms === null ? null : new Date(ms).toISOString());
