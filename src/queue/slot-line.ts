/**
 * One process's line for the slots of one Region. Takers stand in it until it is their turn; slots are reserved in
 * Redis for those who stand there, and a few ahead where they go by the hundreds a second, so that no way to Redis is
 * between two of them. A slot belongs to nobody until its time has come: then it goes to whoever is in front. One that
 * nobody wants goes back to Redis, for other processes.
 */
import { setTimeout as sleep } from 'node:timers/promises';
import type { Slot } from '../domain/turn.ts';
import { QueueUnavailableError } from '../domain/unavailable.ts';
import { createSlotBank, type SlotBank } from './slot-bank.ts';
import { createWaitingTakers, type Rank } from './waiting-takers.ts';

/** A slot in the hands of who took it. */
export interface HeldSlot extends Slot {
  /** Gives it to the next in line, unless it has been claimed. */
  giveBack(): void;
}

export interface SlotLine {
  /** Rejects with the signal's reason when that aborts first, and with QueueUnavailableError once the line is closed. */
  take(rank: Rank, signal: AbortSignal): Promise<HeldSlot>;
  /** A slot whose time has come and that nobody stands in line for; undefined when there is none at hand. */
  takeReady(): HeldSlot | undefined;
  close(): void;
}

export interface SlotLineOptions {
  /** Reserves so many slots in a row: when the first one is due, and how far they are apart. Rejects while Redis is away. */
  readonly reserve: (count: number) => Promise<{ readonly firstMs: number; readonly everyMs: number }>;
  readonly giveBack: (count: number) => void;
  /** The ceiling of slots per second. */
  readonly perSecond: number;
  /** Slots cannot be reserved now; it is tried again. */
  readonly onTrouble: (error: unknown) => void;
}

/** No more slots than fall due in this time are reserved ahead by one process, so that a cut of the rate acts at once. */
const AHEAD_MS = 50;

/** Slots that are further apart are not reserved for nobody: other processes would wait for them. */
const CLOSE_MS = 5;

/** A slot that nobody has wanted for so long goes back. */
const UNWANTED_MS = 50;

/**
 * A slot that was not used for so long is none any more: jobs that wait for a ledger that is stuck would otherwise all
 * call AWS at the same moment afterwards.
 */
const GOOD_FOR_MS = 200;

const OUTAGE_RETRY_MS = 250;

export function createSlotLine(options: SlotLineOptions): SlotLine {
  const bank = createSlotBank();
  const waiting = createWaitingTakers<HeldSlot>();
  const closing = new AbortController();
  const bell = createBell(() => ring());

  const handOut = (since: number, now: number): HeldSlot =>
    held(now - since, {
      isGood: () => performance.now() - now < GOOD_FOR_MS,
      back() {
        const returnedAt = performance.now();
        bank.add({ firstAt: returnedAt, everyMs: 0, count: 1 }, returnedAt);
        advance();
      },
      late: () => options.giveBack(1),
    });
  const supply = createSupply(options, {
    bank,
    waiting,
    closing: closing.signal,
    onSupplied: () => advance(),
  });
  const advance = (): void => {
    if (closing.signal.aborted) return;
    const now = performance.now();
    while (waiting.size() > 0 && bank.take(now)) waiting.serve((since) => handOut(since, now));
    supply(now);
    const next = bank.next();
    if (next !== undefined) bell.setBy(waiting.size() > 0 ? next : next + UNWANTED_MS);
  };
  const ring = (): void => {
    const unwanted = waiting.size() > 0 ? 0 : bank.drop(performance.now() - UNWANTED_MS);
    if (unwanted > 0) options.giveBack(unwanted);
    advance();
  };

  return {
    async take(rank, signal) {
      signal.throwIfAborted();
      if (closing.signal.aborted) throw closed();
      const taken = waiting.stand(rank, { since: performance.now(), signal });
      advance();
      return taken;
    },
    takeReady() {
      const now = performance.now();
      if (closing.signal.aborted || waiting.size() > 0 || !bank.take(now)) return undefined;
      supply(now);
      return handOut(now, now);
    },
    close() {
      closing.abort();
      bell.stop();
      waiting.dismiss(closed);
    },
  };
}

/** Rings once, at the earliest of the moments that it was set to; a timer anew for each slot would cost more than the slot. */
function createBell(ring: () => void): { setBy(at: number): void; stop(): void } {
  let timer: NodeJS.Timeout | undefined;
  let ringsAt = Infinity;
  const stop = (): void => {
    clearTimeout(timer);
    ringsAt = Infinity;
  };
  return {
    setBy(at) {
      if (ringsAt <= at) return;
      clearTimeout(timer);
      ringsAt = at;
      timer = setTimeout(
        () => {
          ringsAt = Infinity;
          ring();
        },
        Math.max(0, Math.ceil(at - performance.now())),
      );
    },
    stop,
  };
}

interface Demand {
  readonly bank: SlotBank;
  readonly waiting: { size(): number };
  readonly closing: AbortSignal;
  readonly onSupplied: () => void;
}

/** Reserves what is missing, one batch at a time. */
function createSupply(
  { reserve, perSecond, onTrouble }: SlotLineOptions,
  { bank, waiting, closing, onSupplied }: Demand,
): (now: number) => void {
  let intervalMs = 1_000 / perSecond;
  let isReserving = false;
  /** For those who wait; and once half of what is wanted soon is gone, the rest of that. */
  const missing = (now: number): number => {
    const most = Math.ceil(AHEAD_MS / intervalMs);
    const soon = intervalMs > CLOSE_MS ? 0 : 2 * bank.wantedSoon(now);
    const wanted = Math.max(waiting.size(), bank.size() < soon / 2 ? soon : 0);
    return Math.min(most, wanted) - bank.size();
  };
  const fetch = async (count: number): Promise<void> => {
    isReserving = true;
    try {
      const { firstMs, everyMs } = await reserve(count);
      const now = performance.now();
      bank.add({ firstAt: now + firstMs, everyMs, count }, now);
      intervalMs = everyMs;
    } catch (error) {
      if (!closing.aborted) onTrouble(error);
      await sleep(OUTAGE_RETRY_MS, undefined, { signal: closing }).catch(() => undefined);
    }
    isReserving = false;
    onSupplied();
  };
  return (now) => {
    if (isReserving) return;
    const count = missing(now);
    if (count > 0) void fetch(count);
  };
}

const closed = (): Error => new QueueUnavailableError('The rate gate is closed.');

interface Ways {
  readonly isGood: () => boolean;
  /** Whoever is next may have it. */
  readonly back: () => void;
  readonly late: () => void;
}

function held(waitedMs: number, { isGood, back, late }: Ways): HeldSlot {
  let isHeld = true;
  const end = (): boolean => {
    const wasHeld = isHeld;
    isHeld = false;
    return wasHeld;
  };
  return {
    waitedMs,
    claim() {
      if (!end()) return false;
      if (isGood()) return true;
      late();
      return false;
    },
    giveBack() {
      if (!end()) return;
      if (isGood()) back();
      else late();
    },
  };
}
