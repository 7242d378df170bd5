/**
 * The sandbox's two clocks. The *book* clock dates and expires sources and can be moved; the *wire* clock
 * dates answers and judges signatures and can be skewed. Moving the first by a week must not make every
 * signature look a week old, so they are set apart.
 */
export interface SandboxClock {
  bookNow(): number;
  wireNow(): number;
  /** Milliseconds, either direction. */
  advance(ms: number): void;
  /** The book clock goes on from this instant. */
  setBookNow(ms: number): void;
  setWireSkew(ms: number): void;
  reset(): void;
}

export function createSandboxClock(now: () => number): SandboxClock {
  let offsetMs = 0;
  let skewMs = 0;
  return {
    bookNow: () => now() + offsetMs,
    wireNow: () => now() + skewMs,
    advance: (ms) => {
      offsetMs += ms;
    },
    setBookNow: (ms) => {
      offsetMs = ms - now();
    },
    setWireSkew: (ms) => {
      skewMs = ms;
    },
    reset: () => {
      offsetMs = 0;
      skewMs = 0;
    },
  };
}
