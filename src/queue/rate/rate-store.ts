/**
 * What all processes know together of each Region's rate, in Redis (rate-script.ts), and what this one knows of that.
 * The rule by which a pace changes is the domain's; here a change is applied exactly once, whoever else hears of
 * throttled calls at the same time. All of it may be lost with Redis: the rate is the ceiling then.
 */
import type { Redis } from 'ioredis';
import { afterThrottle, isAnswered, rateAt, type Pace, type Throttled } from '../../domain/pace.ts';
import type { Region } from '../../domain/region.ts';
import { QueueUnavailableError } from '../../domain/unavailable.ts';
import { rateKey } from '../queue-keys.ts';
import { withRateScripts, type ScriptedRedis } from './rate-script.ts';
import { bounded } from '../redis/bounded.ts';

export interface RateStore {
  /** Reserves slots in a row: in how many milliseconds the first is due, and how far they are apart. */
  reserve(region: Region, count: number): Promise<{ readonly firstMs: number; readonly everyMs: number }>;
  /** AWS did not throttle a call. It is told with the next reservation. */
  passed(region: Region): void;
  /** AWS throttled a call that was sent so long ago. */
  throttled(region: Region, sentAgoMs: number): Promise<void>;
  /** Calls a second that may be made at present, and what throttled calls have taught. */
  read(region: Region): Promise<{ readonly perSecond: number; readonly pace: Pace | null }>;
}

export interface RateStoreOptions {
  /** From `queuePrefix`. */
  readonly prefix: string;
  /** Calls a second and Region, over all processes; > 0. */
  readonly ceiling: number;
  /** Slots that may be taken at once after a pause, ≥ 1. */
  readonly burst: number;
}

/** Each try lost means that another process has changed the pace, which happens once a second at most. */
const TRIES = 10;

/** @param redis closed by its owner */
export function createRateStore(redis: Redis, options: RateStoreOptions): RateStore {
  const { prefix, ceiling } = options;
  const client = withRateScripts(redis);
  const regions = new Map<Region, Known>();
  const of = (region: Region): Known => {
    const known = regions.get(region) ?? createKnown(rateKey(prefix, region), ceiling);
    regions.set(region, known);
    return known;
  };
  return {
    reserve: async (region, count) => reserve(client, of(region), { ...options, count }),
    passed: (region) => of(region).passed(),
    throttled: async (region, sentAgoMs) => hear(client, of(region), { ceiling, sentAgoMs }),
    async read(region) {
      const known = of(region);
      await read(client, known, 0);
      return { perSecond: known.rate(), pace: known.pace() };
    },
  };
}

/** What one process knows of a Region's rate. */
interface Known {
  readonly key: string;
  readonly rev: () => string;
  readonly pace: () => Pace | null;
  /** The store's time in milliseconds, as well as it is known. */
  readonly now: () => number;
  /** Calls a second. */
  readonly rate: () => number;
  readonly passed: () => void;
  readonly learn: (nowUs: number, pace?: { readonly rev: string; readonly text: string }) => void;
  /** Tells Redis of the calls that passed, once: with whichever command goes first. */
  readonly telling: <T>(tell: (passed: number) => Promise<T>) => Promise<T>;
}

function createKnown(key: string, ceiling: number): Known {
  let rev = '';
  let pace: Pace | null = null;
  /** The store's time when `performance.now()` was 0. */
  let originMs = Number.NaN;
  let untold = 0;
  const now = (): number => originMs + performance.now();
  return {
    key,
    rev: () => rev,
    pace: () => pace,
    now,
    // Without a pace there is no need to know the time.
    rate: () => (pace === null ? ceiling : rateAt(pace, ceiling, now())),
    passed() {
      untold += 1;
    },
    learn(nowUs, learnt) {
      originMs = nowUs / 1_000 - performance.now();
      if (learnt === undefined) return;
      ({ rev } = learnt);
      pace = learnt.text === '' ? null : (JSON.parse(learnt.text) as Pace);
    },
    async telling(tell) {
      const passed = untold;
      untold = 0;
      try {
        return await tell(passed);
      } catch (error) {
        untold += passed;
        throw error;
      }
    },
  };
}

async function reserve(
  client: ScriptedRedis,
  known: Known,
  { burst, count }: { burst: number; count: number },
): Promise<{ readonly firstMs: number; readonly everyMs: number }> {
  for (let tries = 0; tries < TRIES; tries += 1) {
    const everyUs = 1_000_000 / known.rate();
    const [nowUs, firstUs, rev, text] = await known.telling(async (passed) =>
      bounded('give out a slot of the quota', async () =>
        client.takeSlots(known.key, known.rev(), everyUs, burst, count, passed),
      ),
    );
    if (rev === undefined) {
      known.learn(nowUs);
      return { firstMs: firstUs / 1_000, everyMs: everyUs / 1_000 };
    }
    known.learn(nowUs, { rev, text: text ?? '' });
  }
  throw new QueueUnavailableError(`A Region's rate was changed by others ${TRIES} times in a row.`);
}

/** @param heard calls that were throttled, and of which Redis does not know yet */
async function read(
  client: ScriptedRedis,
  known: Known,
  heard: number,
): Promise<Pick<Throttled, 'passed' | 'throttled' | 'idleMs'>> {
  const [nowUs, rev, text, passed, throttled, idleUs] = await known.telling(async (told) =>
    bounded('read the rate', async () => client.readPace(known.key, told, heard)),
  );
  known.learn(nowUs, { rev, text });
  return { passed, throttled, idleMs: idleUs / 1_000 };
}

async function hear(
  client: ScriptedRedis,
  known: Known,
  { ceiling, sentAgoMs }: { ceiling: number; sentAgoMs: number },
): Promise<void> {
  const heardAt = performance.now();
  const sentAt = (): number => known.now() - (performance.now() - heardAt) - sentAgoMs;
  // Of a burst of throttled calls most are answered by a cut that this process knows of.
  if (isAnswered(known.pace(), sentAt())) return;
  for (let tries = 0; tries < TRIES; tries += 1) {
    // A change that came between has set the counts back, this call among them.
    const counts = await read(client, known, 1);
    const before = known.pace();
    const after = afterThrottle(before, ceiling, { ...counts, now: known.now(), sentAt: sentAt() });
    if (after === before) return;
    const isChanged = await bounded('cut the rate', async () =>
      client.changePace(known.key, known.rev(), JSON.stringify(after)),
    );
    if (isChanged === 1) return;
  }
}
