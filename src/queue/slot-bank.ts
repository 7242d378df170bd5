/** The slots that a process has reserved and not handed out, by when each is due: milliseconds of `performance.now()`. */
export interface SlotBank {
  size(): number;
  /** When the next one is due; undefined when there is none. */
  next(): number | undefined;
  /** Those that were due before now are due now. */
  add(
    slots: { readonly firstAt: number; readonly everyMs: number; readonly count: number },
    now: number,
  ): void;
  /** Hands out the next one if it is due. */
  take(now: number): boolean;
  /** How many were handed out lately, which is about how many will be wanted soon. */
  wantedSoon(now: number): number;
  /** Forgets those that were due before an instant; gives back how many there were. */
  drop(before: number): number;
}

/** What was handed out within this time, or within the one before, is about what will be wanted in the next. */
const LATELY_MS = 25;

export function createSlotBank(): SlotBank {
  let due: number[] = [];
  let window = { began: 0, handedOut: 0, before: 0 };
  const turn = (now: number): void => {
    const { began, handedOut } = window;
    if (now - began < LATELY_MS) return;
    window = { began: now, handedOut: 0, before: now - began < 2 * LATELY_MS ? handedOut : 0 };
  };
  return {
    size: () => due.length,
    next: () => due[0],
    add({ firstAt, everyMs, count }, now) {
      for (let index = 0; index < count; index += 1) due.push(Math.max(now, firstAt + index * everyMs));
      due.sort((a, b) => a - b);
    },
    take(now) {
      if ((due[0] ?? Infinity) > now) return false;
      due.shift();
      turn(now);
      window.handedOut += 1;
      return true;
    },
    wantedSoon(now) {
      turn(now);
      return Math.max(window.handedOut, window.before);
    },
    drop(before) {
      const kept = due.filter((at) => at >= before);
      const dropped = due.length - kept.length;
      due = kept;
      return dropped;
    },
  };
}
