export type SandboxClock = ReturnType<typeof createSandboxClock>;

/**
 * The sandbox's two clocks, in milliseconds since 1970. The *book* clock dates and expires sources; the *wire* clock dates
 * responses and judges signatures, so moving the first does not invalidate signatures.
 */
export function createSandboxClock(now: () => number) {
  let offsetMs = 0;
  let skewMs = 0;
  return {
    bookNow: () => now() + offsetMs,
    wireNow: () => now() + skewMs,
    /** Moves the book clock, in either direction. */
    advance: (ms: number) => void (offsetMs += ms),
    /** The book clock continues from this instant. */
    setBookNow: (ms: number) => void (offsetMs = ms - now()),
    setWireSkew: (ms: number) => void (skewMs = ms),
    reset: () => {
      offsetMs = 0;
      skewMs = 0;
    },
  };
}
