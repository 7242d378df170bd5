export type SandboxClock = ReturnType<typeof createSandboxClock>;

/**
 * The sandbox's two clocks, in milliseconds since 1970. The *book* clock dates and expires sources and can be moved; the
 * *wire* clock dates answers and judges signatures and can be skewed. Moving the first by a week must not make every
 * signature look a week old, so they are set apart.
 */
export function createSandboxClock(now: () => number) {
  let offsetMs = 0;
  let skewMs = 0;
  return {
    bookNow: () => now() + offsetMs,
    wireNow: () => now() + skewMs,
    /** Moves the book clock, in either direction. */
    advance: (ms: number) => void (offsetMs += ms),
    /** The book clock goes on from this instant. */
    setBookNow: (ms: number) => void (offsetMs = ms - now()),
    setWireSkew: (ms: number) => void (skewMs = ms),
    reset: () => {
      offsetMs = 0;
      skewMs = 0;
    },
  };
}
