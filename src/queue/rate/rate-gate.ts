/**
 * The RateGate port: one stream of evenly paced slots per Region, shared by all processes on a Redis, by Redis' clock. One slot is
 * one AWS call. Each process has two lines per Region (slot-line.ts); live calls may go ahead of their time, which bulk calls pay
 * back. Without Redis takers wait: an uncounted call could exceed the quota.
 */
import { setTimeout as sleep } from 'node:timers/promises';
import type { Region } from '../../domain/region.ts';
import type { Turn, TurnLane } from '../../domain/job.ts';
import type { Lane } from '../../domain/onboarding.ts';
import type { Log } from '../../ports.ts';
import type { RateGate } from '../../ports/rate-gate.ts';
import { createOutageLog, watchConnection, type OutageLog } from '../redis/outage-log.ts';
import { regionKey } from '../queue-keys.ts';
import { withRateScripts, type ScriptedRedis } from './rate-script.ts';
import { RegionRate } from './region-rate.ts';
import { failFastClient, isReadyWithin, type RedisTarget } from '../redis/connection.ts';
import { CALL_TIMEOUT_MS } from '../redis/bounded.ts';
import { createSlotLine, type SlotLine } from './slot-line.ts';

export interface RateGateOptions {
  readonly connection: RedisTarget;
  /** From `queuePrefix`. */
  readonly prefix: string;
  /** The ceiling of AWS calls per second and Region, over all processes; > 0. */
  readonly perSecond: number;
  /** The same for looks at sources, of those calls. */
  readonly checksPerSecond: number;
  readonly log: Log;
  /** A call goes out, so long after it had begun to stand in line for its slot. */
  readonly onTaken?: (region: Region, waitedMs: number) => void;
}

export interface SharedRateGate extends RateGate {
  close(): void;
}

/** Pacing at the full rate would meet AWS's bucket empty now and then, since the two clocks differ a little. */
const SHARE_OF_CEILING = 0.995;

/** A tenth of a second's slots may go at once after a pause, which lets late timers catch up, or ahead of bulk calls. */
const BURST_SECONDS = 0.1;

/** How soon a look asks again for a slot that creates have left. */
const SPARE_AGAIN_MS = 20;

/** A call for which nothing else is known: a person waits. */
const NO_JOB: Turn = { lane: 'live' };

/** A Region's rate, and this process's two lines for its slots. */
type RegionSlots = { readonly rate: RegionRate } & Readonly<Record<TurnLane, SlotLine>>;

/** The caller closes it; waiting calls then get a QueueUnavailableError. */
export function createRateGate(options: RateGateOptions): SharedRateGate {
  const { onTaken } = options;
  const outages = createOutageLog(options.log);
  const client = failFastClient(options.connection);
  const disconnect = watchConnection(client, outages, { part: 'rate gate' });
  const redis = withRateScripts(client);
  const regions = new Map<Region, RegionSlots>();
  const of = (region: Region): RegionSlots => {
    const slots = regions.get(region) ?? openSlots(region, options, { redis, outages });
    regions.set(region, slots);
    return slots;
  };

  return {
    reserve: async (region, lane, signal) => of(region)[lane].take(signal),
    async take(region, signal, { lane, slot } = NO_JOB) {
      signal.throwIfAborted();
      if (slot?.claim() === true) {
        onTaken?.(region, slot.waitedMs);
        return;
      }
      const { waitedMs } = await of(region)[lane].take(signal);
      onTaken?.(region, waitedMs);
    },
    told(region, { throttled, tookMs }) {
      const { rate } = of(region);
      if (!throttled) {
        rate.passed();
        return;
      }
      rate.throttled(tookMs).catch((error: unknown) => {
        outages.failed('The rate could not be reduced', error, { region });
      });
    },
    async rate(region) {
      const { perSecond: present, pace } = await of(region).rate.read();
      return { perSecond: present, limit: pace?.measured === true ? pace.limit : null };
    },
    close() {
      for (const { live, bulk, check } of regions.values()) {
        for (const line of [live, bulk, check]) line.close();
      }
      disconnect();
    },
  };
}

function openSlots(
  region: Region,
  { perSecond, checksPerSecond, prefix }: RateGateOptions,
  { redis, outages }: { redis: ScriptedRedis; outages: OutageLog },
): RegionSlots {
  const ceiling = perSecond * SHARE_OF_CEILING;
  const burst = Math.max(1, Math.floor(perSecond * BURST_SECONDS));
  const rate = new RegionRate(redis, { key: regionKey(prefix, region, 'rate'), ceiling, burst });
  const onTrouble = (error: unknown): void =>
    outages.failed('The rate gate grants no slots', error, { region });
  const lineOf = (lane: Lane): SlotLine =>
    createSlotLine({
      perSecond,
      async reserve(count) {
        // At the start, and while Redis is away: a command would fail at once.
        await isReadyWithin(redis, CALL_TIMEOUT_MS);
        const { firstMs, everyMs } = await rate.reserve(count);
        outages.recovered();
        return { firstMs: lane === 'live' ? firstMs - burst * everyMs : firstMs, everyMs };
      },
      onTrouble,
    });
  const checks = new RegionRate(redis, {
    key: regionKey(prefix, region, 'check-rate'),
    ceiling: checksPerSecond,
    burst: 1,
  });
  const check = createSlotLine({
    perSecond: checksPerSecond,
    async reserve() {
      await isReadyWithin(redis, CALL_TIMEOUT_MS);
      const { firstMs, everyMs } = await checks.reserve(1);
      await sleep(firstMs);
      await spareSlot(rate);
      outages.recovered();
      return { firstMs: 0, everyMs };
    },
    onTrouble,
  });
  return { rate, live: lineOf('live'), bulk: lineOf('bulk'), check };
}

/** Creates reserve their slots before they are due, so a slot that is due now and free is one that no create wants. */
async function spareSlot(rate: RegionRate): Promise<void> {
  for (;;) {
    const waitMs = await rate.reserveSpare();
    if (waitMs === undefined) return;
    await sleep(Math.max(waitMs, SPARE_AGAIN_MS));
  }
}
