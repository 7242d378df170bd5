/**
 * The RateGate port: one stream of evenly paced slots per Region, shared by every process on the same Redis, by
 * Redis' clock. One slot is one AWS call. Made by the composition root only.
 *
 * Each process has a line per Region (slot-line.ts), in which the fetch of its next job stands too: a job is taken out
 * of the queue only once there is a slot for its first call. While Redis is away takers wait: a call that nobody counted
 * could break the quota for all.
 */
import type { Region } from '../domain/region.ts';
import type { Turn } from '../domain/turn.ts';
import type { Log } from '../ports.ts';
import type { RateGate } from '../ports/rate-gate.ts';
import { createOutageLog, watchConnection } from './outage-log.ts';
import { createRateStore } from './rate-store.ts';
import { failFastClient, isReadyWithin, type RedisTarget } from './redis-connection.ts';
import { CALL_TIMEOUT_MS } from './redis-error.ts';
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
  /** Where the consumers of a Region take the slots for their jobs. */
  slots(region: Region): SlotLine;
  close(): void;
}

/** Pacing at the full rate would meet AWS's bucket empty now and then, since the two clocks differ a little. */
const SHARE_OF_CEILING = 0.995;

/** A tenth of a second's slots may go at once after a pause; it also lets late timers catch up. */
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
  const lines = new Map<Region, SlotLine>();
  const open = (region: Region): SlotLine => {
    const line = createSlotLine({
      perSecond,
      async reserve(count) {
        // At the start, and while Redis is away: a command would fail at once.
        await isReadyWithin(client, CALL_TIMEOUT_MS);
        const reserved = await store.reserve(region, count);
        outages.recovered();
        return reserved;
      },
      // Lost slots are lost time, and nothing worse.
      giveBack: (count) => void store.giveBack(region, count).catch(() => undefined),
      onTrouble: (error) => outages.failed('The rate gate gives out no slots', error, { region }),
    });
    lines.set(region, line);
    return line;
  };
  const slots = (region: Region): SlotLine => lines.get(region) ?? open(region);

  return {
    slots,
    async take(region, signal, { lane, slot } = NO_JOB) {
      signal.throwIfAborted();
      if (slot?.claim() === true) {
        onTaken?.(region, slot.waitedMs);
        return;
      }
      const taken = await slots(region).take(lane === 'live' ? 'liveCall' : 'bulkCall', signal);
      if (signal.aborted) {
        taken.giveBack();
        signal.throwIfAborted();
      }
      taken.claim();
      onTaken?.(region, taken.waitedMs);
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
