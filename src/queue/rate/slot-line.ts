/**
 * One process's line for the slots of one Region and lane. Slots are reserved in Redis for those who stand in front,
 * no more than fall due at about the same time: so a cut of the rate acts at once, and a live call that comes to the
 * other line waits for few slots of this one. A slot whose taker has left goes to the next in line, or is lost time.
 */
import { setTimeout as sleep } from 'node:timers/promises';
import type { Slot } from '../../domain/job.ts';
import { QueueUnavailableError } from '../../domain/unavailable.ts';

export interface SlotLine {
  /** Rejects with the signal's reason when that aborts first, and with QueueUnavailableError once the line is closed. */
  take(signal: AbortSignal): Promise<Slot>;
  close(): void;
}

export interface SlotLineOptions {
  /** Reserves so many slots in a row: when the first one is due, and how far they are apart. Rejects while Redis is away. */
  readonly reserve: (count: number) => Promise<{ readonly firstMs: number; readonly everyMs: number }>;
  /** The ceiling of slots per second. */
  readonly perSecond: number;
  /** Slots cannot be reserved now; it is tried again. */
  readonly onTrouble: (error: unknown) => void;
}

/** Slots that fall due within this time are reserved together: one trip to Redis for each costs at hundreds a second. */
const TOGETHER_MS = 20;

/** Calls that were held up for longer by a stuck process would otherwise all go out at the same moment afterwards. */
const GOOD_FOR_MS = 200;

const OUTAGE_RETRY_MS = 250;

interface Taker {
  readonly since: number;
  readonly serve: (slot: Slot) => void;
  readonly refuse: (reason: Error) => void;
}

export function createSlotLine({ reserve, perSecond, onTrouble }: SlotLineOptions): SlotLine {
  const takers = new Set<Taker>();
  const closing = new AbortController();
  let intervalMs = 1_000 / perSecond;
  let isServing = false;
  const isClosed = (): boolean => closing.signal.aborted;

  const serveNext = (): void => {
    const [taker] = takers;
    if (taker === undefined) return;
    takers.delete(taker);
    taker.serve(slotOf(performance.now() - taker.since));
  };
  const serveSome = async (): Promise<void> => {
    const together = Math.max(1, Math.floor(TOGETHER_MS / intervalMs));
    const count = Math.min(takers.size, together);
    const { firstMs, everyMs } = await reserve(count);
    const reservedAt = performance.now();
    intervalMs = everyMs;
    for (let index = 0; index < count; index += 1) {
      const waitMs = firstMs + index * everyMs - (performance.now() - reservedAt);
      // Timers fire up to a millisecond early or late; Redis allows a small burst, which evens that out.
      if (waitMs > 0) await sleep(waitMs, undefined, { signal: closing.signal });
      serveNext();
    }
  };
  const serve = async (): Promise<void> => {
    isServing = true;
    while (takers.size > 0 && !isClosed()) {
      try {
        await serveSome();
      } catch (error) {
        if (isClosed()) break;
        onTrouble(error);
        await sleep(OUTAGE_RETRY_MS, undefined, { signal: closing.signal }).catch(() => undefined);
      }
    }
    isServing = false;
  };

  return {
    async take(signal) {
      signal.throwIfAborted();
      if (isClosed()) throw closed();
      const taken = stand(takers, signal);
      if (!isServing) void serve();
      return taken;
    },
    close() {
      closing.abort();
      for (const taker of takers) taker.refuse(closed());
      takers.clear();
    },
  };
}

const closed = (): Error => new QueueUnavailableError('The rate gate is closed.');

async function stand(takers: Set<Taker>, signal: AbortSignal): Promise<Slot> {
  return new Promise((resolve, reject) => {
    const leave = (): void => {
      takers.delete(taker);
      reject(signal.reason as Error);
    };
    const ended = (): void => signal.removeEventListener('abort', leave);
    const taker: Taker = {
      since: performance.now(),
      serve(slot) {
        ended();
        resolve(slot);
      },
      refuse(reason) {
        ended();
        reject(reason);
      },
    };
    signal.addEventListener('abort', leave, { once: true });
    takers.add(taker);
  });
}

function slotOf(waitedMs: number): Slot {
  const servedAt = performance.now();
  let isHeld = true;
  return {
    waitedMs,
    claim() {
      const wasHeld = isHeld;
      isHeld = false;
      return wasHeld && performance.now() - servedAt < GOOD_FOR_MS;
    },
  };
}
