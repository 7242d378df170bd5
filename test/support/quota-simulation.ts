/**
 * Several worker processes that call a bucket like AWS's at the rate that src/domain/pace.ts says, on one fake clock.
 * Slots are given out as the script in Redis does it; each process waits for its own, calls, hears the answer later.
 */
import { afterThrottle, isAnswered, rateAt, type Pace } from '../../src/domain/pace.ts';
import { fullBucket, takeToken } from '../../src/sandbox/token-bucket.ts';

export interface Simulated {
  readonly configured: number;
  /** The real quota at a moment, in calls a second. */
  readonly real: (ms: number) => number;
  readonly burst: number;
  readonly processes: number;
  readonly forMs: number;
  /** A call takes between this and half as much again. */
  readonly latencyMs: number;
  /** Calls come late by up to this. */
  readonly jitterMs: number;
  readonly random: () => number;
  /** The share of calls that are throttled whatever the rate is; none, if left out. */
  readonly throttledByChance?: number;
  /** Whether there is work at a moment; always, if left out. */
  readonly isBusy?: (ms: number) => boolean;
  /** The store's clock jumps ahead by so much at a moment. It never goes back: the script sees to that. */
  readonly jump?: { readonly at: number; readonly byMs: number };
}

export interface SimulatedCall {
  readonly at: number;
  readonly passed: boolean;
}

interface Shared {
  /** When the next slot is due. */
  due: number;
  pace: Pace | null;
  passed: number;
  throttled: number;
  idleMs: number;
}

const SHARE_OF_CEILING = 0.995;
const BURST_SECONDS = 0.1;

export function simulate(world: Simulated): readonly SimulatedCall[] {
  const { random, latencyMs } = world;
  const clock = createClock();
  const ceiling = world.configured * SHARE_OF_CEILING;
  const shared: Shared = { due: 0, pace: null, passed: 0, throttled: 0, idleMs: 0 };
  const calls: SimulatedCall[] = [];
  let bucket = fullBucket({ perSecond: world.real(0), burst: Math.max(1, world.burst) }, 0);
  const storeTime = (): number =>
    clock.now() + (world.jump !== undefined && clock.now() >= world.jump.at ? world.jump.byMs : 0);

  const takeSlot = (): number => {
    const now = storeTime();
    const intervalMs = 1_000 / rateAt(shared.pace, ceiling, now);
    const atOnce = Math.max(1, Math.floor(world.configured * BURST_SECONDS));
    const earliest = now - (atOnce - 1) * intervalMs;
    shared.idleMs += Math.max(0, earliest - shared.due);
    const due = Math.max(shared.due, earliest);
    shared.due = due + intervalMs;
    return Math.max(0, due - now);
  };
  const callAws = (): boolean => {
    const quota = { perSecond: world.real(clock.now()), burst: Math.max(1, world.burst) };
    const taken = takeToken(bucket, quota, clock.now());
    bucket = taken.bucket;
    const passed = taken.allowed && random() >= (world.throttledByChance ?? 0);
    calls.push({ at: clock.now(), passed });
    return passed;
  };
  const hear = (passed: boolean, sentAt: number): void => {
    if (passed) {
      shared.passed += 1;
      return;
    }
    // As src/queue/rate/region-rate.ts does it: what a cut has answered is not counted.
    if (isAnswered(shared.pace, sentAt)) return;
    shared.throttled += 1;
    const pace = afterThrottle(shared.pace, ceiling, { ...shared, now: storeTime(), sentAt });
    if (pace !== shared.pace) Object.assign(shared, { pace, passed: 0, throttled: 0, idleMs: 0 });
  };
  const work = (): void => {
    if (clock.now() > world.forMs) return;
    if (world.isBusy?.(clock.now()) === false) {
      clock.in(100, work);
      return;
    }
    clock.in(takeSlot() + random() * world.jitterMs, () => {
      const sentAt = storeTime();
      const takesMs = latencyMs * (1 + random() / 2);
      clock.in(takesMs / 2, () => {
        const passed = callAws();
        clock.in(takesMs / 2, () => hear(passed, sentAt));
      });
      clock.in(random() * 2, work);
    });
  };
  for (let process = 0; process < world.processes; process += 1) clock.in(random() * 20, work);
  clock.run();
  return calls;
}

/** What happened in a window: the share of the real quota that was used, and of the calls that were throttled. */
export function sharesOf(
  calls: readonly SimulatedCall[],
  { from, to, real }: { from: number; to: number; real: number },
): { readonly used: number; readonly throttled: number } {
  const within = calls.filter(({ at }) => at >= from && at < to);
  const passed = within.filter((call) => call.passed).length;
  return {
    used: passed / (real * ((to - from) / 1_000)),
    throttled: within.length === 0 ? 0 : 1 - passed / within.length,
  };
}

function createClock(): { now(): number; in(ms: number, then: () => void): void; run(): void } {
  const events: { readonly at: number; readonly then: () => void }[] = [];
  let now = 0;
  return {
    now: () => now,
    in(ms, then) {
      const at = now + ms;
      // The latest first: most are added for soon, which is near the end.
      let index = events.length;
      while (index > 0 && (events[index - 1]?.at ?? Infinity) <= at) index -= 1;
      events.splice(index, 0, { at, then });
    },
    run() {
      for (let next = events.pop(); next !== undefined; next = events.pop()) {
        now = next.at;
        next.then();
      }
    },
  };
}

/** Numbers in [0, 1) that follow from a seed (mulberry32). */
export function seeded(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4_294_967_296;
  };
}
