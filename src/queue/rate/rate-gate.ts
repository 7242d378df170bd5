/**
 * The RateGate port: one stream of evenly paced slots per Region, shared by every process on the same Redis, by
 * Redis' clock. One slot is one AWS call. Made by the composition root only.
 *
 * Each process has two lines per Region (slot-line.ts). Live calls may go out some slots ahead of their time, which
 * bulk calls pay back: they wait until the stream is in time again. While Redis is away takers wait: a call that nobody
 * counted could break the quota for all.
 */
import type { Region } from '../../domain/region.ts';
import type { Lane } from '../../domain/onboarding.ts';
import type { Turn } from '../../domain/job.ts';
import type { Log } from '../../ports.ts';
import type { RateGate } from '../../ports/rate-gate.ts';
import { createOutageLog, watchConnection } from '../redis/outage-log.ts';
import { createRateStore } from './rate-store.ts';
import { failFastClient, isReadyWithin, type RedisTarget } from '../redis/connection.ts';
import { CALL_TIMEOUT_MS } from '../redis/bounded.ts';
import { createSlotLine, type SlotLine } from './slot-line.ts';

export interface RateGateOptions {
  readonly connection: RedisTarget;
  /** From `queuePrefix`. */
  readonly prefix: string;
  /** The ceiling of AWS calls per second and Region, over all processes; > 0. */
  readonly perSecond: number;
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

/** A call for which nothing else is known: a person waits. */
const NO_JOB: Turn = { lane: 'live' };

/** The caller closes it; whoever still waits then gets a QueueUnavailableError. */
export function createRateGate(options: RateGateOptions): SharedRateGate {
  const { perSecond, prefix, onTaken } = options;
  const outages = createOutageLog(options.log);
  const client = failFastClient(options.connection);
  const disconnect = watchConnection(client, outages, { part: 'rate gate' });
  const burst = Math.max(1, Math.floor(perSecond * BURST_SECONDS));
  const store = createRateStore(client, { prefix, ceiling: perSecond * SHARE_OF_CEILING, burst });
  const lines = new Map<string, SlotLine>();
  const open = (region: Region, lane: Lane): SlotLine =>
    createSlotLine({
      perSecond,
      async reserve(count) {
        // At the start, and while Redis is away: a command would fail at once.
        await isReadyWithin(client, CALL_TIMEOUT_MS);
        const { firstMs, everyMs } = await store.reserve(region, count);
        outages.recovered();
        return { firstMs: lane === 'live' ? firstMs - burst * everyMs : firstMs, everyMs };
      },
      onTrouble: (error) => outages.failed('The rate gate gives out no slots', error, { region }),
    });
  const lineOf = (region: Region, lane: Lane): SlotLine => {
    const key = `${region} ${lane}`;
    const line = lines.get(key) ?? open(region, lane);
    lines.set(key, line);
    return line;
  };

  return {
    reserve: async (region, lane, signal) => lineOf(region, lane).take(signal),
    async take(region, signal, { lane, slot } = NO_JOB) {
      signal.throwIfAborted();
      if (slot?.claim() === true) {
        onTaken?.(region, slot.waitedMs);
        return;
      }
      const { waitedMs } = await lineOf(region, lane).take(signal);
      onTaken?.(region, waitedMs);
    },
    told(region, { throttled, tookMs }) {
      if (!throttled) {
        store.passed(region);
        return;
      }
      store.throttled(region, tookMs).catch((error: unknown) => {
        outages.failed('The rate could not be cut', error, { region });
      });
    },
    async rate(region) {
      const { perSecond: present, pace } = await store.read(region);
      return { perSecond: present, limit: pace?.measured === true ? pace.limit : null };
    },
    close() {
      for (const line of lines.values()) line.close();
      disconnect();
    },
  };
}
