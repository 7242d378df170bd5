/**
 * What all processes know together of a Region's rate, in Redis (rate-script.ts), and what this one knows of that.
 * The rule by which a pace changes is the domain's; here a change is applied exactly once, even if other processes see
 * throttled calls at the same time. All of it may be lost with Redis: the rate is the ceiling then.
 */
import { afterThrottle, isAnswered, rateAt, type Pace, type Throttled } from '../../domain/pace.ts';
import { QueueUnavailableError } from '../../domain/unavailable.ts';
import type { ScriptedRedis } from './rate-script.ts';
import { bounded } from '../redis/bounded.ts';

export interface RegionRateOptions {
  /** From `regionKey`. */
  readonly key: string;
  /** Calls a second, over all processes; > 0. */
  readonly ceiling: number;
  /** Slots that may be taken at once after a pause, ≥ 1. */
  readonly burst: number;
}

/** Each try lost means that another process has changed the pace, which happens once a second at most. */
const TRIES = 10;

/** One Region's rate. */
export class RegionRate {
  readonly #client: ScriptedRedis;
  readonly #options: RegionRateOptions;
  #rev = '';
  #pace: Pace | null = null;
  /** Redis' time when `performance.now()` was 0. */
  #originMs = Number.NaN;
  /** Calls that passed, and of which Redis has not been told yet. */
  #untold = 0;

  /** @param client closed by its owner */
  constructor(client: ScriptedRedis, options: RegionRateOptions) {
    this.#client = client;
    this.#options = options;
  }

  /** Reserves slots in a row: in how many milliseconds the first is due, and how far they are apart. */
  async reserve(count: number): Promise<{ readonly firstMs: number; readonly everyMs: number }> {
    return this.#take(count, 0);
  }

  /** Takes a slot if one is due now; else in how many milliseconds one may be. */
  async reserveSpare(): Promise<number | undefined> {
    const { firstMs } = await this.#take(1, 1);
    return firstMs > 0 ? firstMs : undefined;
  }

  async #take(
    count: number,
    onlyNow: 0 | 1,
  ): Promise<{ readonly firstMs: number; readonly everyMs: number }> {
    const { key, burst } = this.#options;
    for (let tries = 0; tries < TRIES; tries += 1) {
      const everyUs = 1_000_000 / this.#perSecond();
      const [nowUs, firstUs, rev, text] = await this.#telling(async (passed) =>
        bounded('grant a quota slot', async () =>
          this.#client.takeSlots(key, this.#rev, everyUs, burst, count, passed, onlyNow),
        ),
      );
      if (rev === undefined) {
        this.#learn(nowUs);
        return { firstMs: firstUs / 1_000, everyMs: everyUs / 1_000 };
      }
      this.#learn(nowUs, { rev, text: text ?? '' });
    }
    throw new QueueUnavailableError(`Other processes changed the Region's rate ${TRIES} times in a row.`);
  }

  /** AWS did not throttle a call. Redis is told with the next command. */
  passed(): void {
    this.#untold += 1;
  }

  /** AWS throttled a call that was sent so long ago. */
  async throttled(sentAgoMs: number): Promise<void> {
    const { key, ceiling } = this.#options;
    const heardAt = performance.now();
    const sentAt = (): number => this.#now() - (performance.now() - heardAt) - sentAgoMs;
    // Of a burst of throttled calls most are answered by a cut that this process knows of.
    if (isAnswered(this.#pace, sentAt())) return;
    for (let tries = 0; tries < TRIES; tries += 1) {
      // A change that came between has set the counts back, this call among them.
      const counts = await this.#look(1);
      const before = this.#pace;
      const after = afterThrottle(before, ceiling, { ...counts, now: this.#now(), sentAt: sentAt() });
      if (after === before) return;
      const isChanged = await bounded('reduce the rate', async () =>
        this.#client.changePace(key, this.#rev, JSON.stringify(after)),
      );
      if (isChanged === 1) return;
    }
  }

  /** Calls a second that may be made at present, and what throttled calls have taught. */
  async read(): Promise<{ readonly perSecond: number; readonly pace: Pace | null }> {
    await this.#look(0);
    return { perSecond: this.#perSecond(), pace: this.#pace };
  }

  /** @param heard calls that were throttled, and of which Redis does not know yet */
  async #look(heard: number): Promise<Pick<Throttled, 'passed' | 'throttled' | 'idleMs'>> {
    const [nowUs, rev, text, passed, throttled, idleUs] = await this.#telling(async (told) =>
      bounded('read the rate', async () => this.#client.readPace(this.#options.key, told, heard)),
    );
    this.#learn(nowUs, { rev, text });
    return { passed, throttled, idleMs: idleUs / 1_000 };
  }

  /** Redis' time in milliseconds, as well as it is known. */
  #now(): number {
    return this.#originMs + performance.now();
  }

  /** Without a pace there is no need to know the time. */
  #perSecond(): number {
    const { ceiling } = this.#options;
    return this.#pace === null ? ceiling : rateAt(this.#pace, ceiling, this.#now());
  }

  #learn(nowUs: number, pace?: { readonly rev: string; readonly text: string }): void {
    this.#originMs = nowUs / 1_000 - performance.now();
    if (pace === undefined) return;
    this.#rev = pace.rev;
    this.#pace = pace.text === '' ? null : (JSON.parse(pace.text) as Pace);
  }

  /** Tells Redis of the calls that passed, once: with whichever command goes first. */
  async #telling<T>(tell: (passed: number) => Promise<T>): Promise<T> {
    const passed = this.#untold;
    this.#untold = 0;
    try {
      return await tell(passed);
    } catch (error) {
      this.#untold += passed;
      throw error;
    }
  }
}
