/**
 * Finds a Region's real quota when it is lower than the configured one, from throttled calls alone. Pure; the shared state is in
 * Redis (src/queue/rate/region-rate.ts), slots are given out in src/queue/rate/rate-script.ts.
 *
 * AWS keeps a token bucket, and a throttled call says that it was empty. Between two throttled calls exactly what the quota
 * refills can pass, whatever the bucket's size: that number over the time *is* the quota. The first throttled call alone says
 * little, since a full bucket lets more through.
 *
 * Some calls are throttled at any rate: others use the quota, or AWS is busy. If each one cut the rate, it would never
 * recover. So throttled calls are counted for a while, and the rate is cut when they exceed what chance explains. After a cut
 * it follows a cubic curve: back to just below the limit, flat around it, then faster, so that a raised quota is found within
 * half a minute.
 */

/** What throttled calls have taught. Instants are the store's clock, in milliseconds, which never goes back. */
export interface Pace {
  /** Calls a second that seemed to be the quota at the last cut. */
  readonly limit: number;
  /** Whether the limit was measured between two throttled calls, or only supposed. */
  readonly measured: boolean;
  /** The share of the limit that the last cut left. */
  readonly cutTo: number;
  /** 0: there was none. */
  readonly cutAt: number;
  /** Since when calls are counted: since the last cut, or since a throttled call long after it. */
  readonly since: number;
}

/** A throttled call, and what has happened since the pace was changed. */
export interface Throttled {
  readonly now: number;
  readonly sentAt: number;
  /** Calls that AWS answered otherwise. */
  readonly passed: number;
  /** Throttled calls that no cut had answered; this one is among them. */
  readonly throttled: number;
  /** For how long available slots were unused. */
  readonly idleMs: number;
}

/** In the dark: enough to come below a quota of four fifths with two cuts, and back within a quarter of a minute. */
const CUT_TO_SUPPOSED = 0.7;
/** Below a limit that was measured: the bucket fills a little before the curve comes to the limit again. */
const CUT_TO_MEASURED = 0.97;
/** The curve's steepness per cubic second: from a measured cut level after 7 s, at the limit + 10 % after 17 s, twice it after 28 s. */
const STEEPNESS = 1e-4;

/**
 * Throttled calls up to this share of all calls are tolerated. Less, and a rate that was cut would not come back where one
 * call of twenty-five is throttled by chance; more, and a low quota is overrun for longer before it is found.
 */
const TOLERATED_SHARE = 0.05;
/** Over longer than this the quota may have changed in between: they are counted again from zero. */
const COUNTED_FOR_MS = 15_000;

/** Calls that were sent less than this after a cut may still have met the bucket as the old rate had left it. */
const SETTLE_MS = 1_000;
/** A measure needs as many calls: one more or less is a tenth then. */
const LEAST_PASSED = 10;
/** With more of the time idle the bucket has run over, and what passed is not what was refilled. */
const IDLE_SHARE = 0.1;
/** A measured limit is a better guess than none for so long. */
const REMEMBERED_MS = 3_600_000;
/** No measure takes more off at once, and no cut goes below this share of the ceiling. */
const LEAST_OF_RATE = 0.2;
const LEAST_OF_CEILING = 0.01;

/** Calls a second that may be made now; > 0, at most `ceiling`. @param now milliseconds, not before the pace's instants */
export function rateAt(pace: Pace | null, ceiling: number, now: number): number {
  if (pace === null) return ceiling;
  const { limit, cutTo, cutAt } = pace;
  const levelAfter = Math.cbrt((1 - cutTo) / STEEPNESS);
  const rate = limit * (1 + STEEPNESS * ((now - cutAt) / 1_000 - levelAfter) ** 3);
  return Math.min(ceiling, Math.max(ceiling * LEAST_OF_CEILING, rate));
}

/** Whether the last cut has answered a throttled call: it was sent before that, or the bucket had no time to show it. */
export function isAnswered(pace: Pace | null, sentAt: number): boolean {
  return pace !== null && sentAt < pace.cutAt + SETTLE_MS;
}

/** What a throttled call changes; the same pace when it changes nothing. */
export function afterThrottle(pace: Pace | null, ceiling: number, throttled: Throttled): Pace | null {
  const { now } = throttled;
  if (isAnswered(pace, throttled.sentAt)) return pace;
  if (pace === null) return { limit: ceiling, measured: false, cutTo: 1, cutAt: 0, since: now };
  if (now - pace.since > COUNTED_FOR_MS) return { ...pace, since: now };
  if (isBorne(throttled)) return pace;
  const rate = rateAt(pace, ceiling, now);
  const cut = { cutAt: now, since: now };
  const measure = measured(pace, throttled);
  if (measure !== undefined) {
    const limit = Math.min(rate, Math.max(measure, rate * LEAST_OF_RATE));
    return { limit, measured: true, cutTo: CUT_TO_MEASURED, ...cut };
  }
  if (pace.measured && pace.limit < rate && now - pace.cutAt < REMEMBERED_MS) {
    return { ...pace, cutTo: CUT_TO_MEASURED, ...cut };
  }
  return { limit: rate, measured: false, cutTo: CUT_TO_SUPPOSED, ...cut };
}

/** Up to one standard deviation more than the share is chance. The call that began the count is not in it. */
function isBorne({ passed, throttled }: Throttled): boolean {
  const tolerated = TOLERATED_SHARE * (passed + throttled);
  return throttled <= tolerated + Math.sqrt(tolerated);
}

/** Calls a second that passed since the count began, at which the bucket was empty as it is now; undefined: no measure. */
function measured(pace: Pace, { now, passed, idleMs }: Throttled): number | undefined {
  const tookMs = now - pace.since;
  if (passed < LEAST_PASSED || idleMs > tookMs * IDLE_SHARE) return undefined;
  return passed / (tookMs / 1_000);
}
