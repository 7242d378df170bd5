import type { Onboarding } from '../domain/onboarding.ts';
import type { Clock, Ledger, Log } from '../ports.ts';

type Marked = Pick<Onboarding, 'id' | 'replays' | 'lane'>;

export interface QueuedMarksDeps {
  readonly ledger: Pick<Ledger, 'markQueued'>;
  readonly clock: Clock;
  readonly log: Pick<Log, 'warn'>;
}

/**
 * Writes `queued` into the ledger for onboardings whose jobs were added: at once for bulk ones, which wait long, and a
 * moment later, all in one statement, for live ones. Most of these have ended by then, and what has ended is left as it
 * is. What is never written, because the process died or the ledger was away, stays `accepted`, which the pick-up finds.
 */
export interface QueuedMarks {
  /** Resolves with whether they are queued as far as anybody can tell: false when the ledger could not be told so. */
  mark(onboardings: readonly Marked[]): Promise<boolean>;
  /** Resolves once all that was marked before is written, for a stop; for whoever reads it, after `withinMs` at the latest. */
  settle(withinMs?: number): Promise<void>;
}

/** For so long another process may still read `accepted` of a live onboarding that was answered as `queued`. */
const LIVE_AFTER_MS = 100;
/** A ledger that is away, or a row that somebody holds, keeps nobody from reading for longer. */
const READS_WAIT_MS = 200;

export function createQueuedMarks({ ledger, clock, log }: QueuedMarksDeps): QueuedMarks {
  let waiting: Marked[] = [];
  let gathering: { readonly hurry: AbortController; readonly written: Promise<void> } | undefined;
  let written = Promise.resolve();
  let unwritten = 0;

  const write = async (onboardings: readonly Marked[]): Promise<boolean> => {
    if (onboardings.length === 0) return true;
    try {
      await ledger.markQueued(onboardings, new Date(clock.now()).toISOString());
      return true;
    } catch (error) {
      // The jobs are there and their runs write the next status themselves: `accepted` is true enough.
      log.warn({ count: onboardings.length, err: error }, 'intake.mark_queued_failed');
      return false;
    }
  };
  const gather = async (hurry: AbortSignal): Promise<void> => {
    unwritten += 1;
    await clock.sleep(LIVE_AFTER_MS, hurry).catch(() => undefined);
    const onboardings = waiting;
    waiting = [];
    gathering = undefined;
    written = written.then(async () => {
      await write(onboardings);
    });
    await written;
    unwritten -= 1;
  };
  const begin = (): typeof gathering => {
    const hurry = new AbortController();
    return { hurry, written: gather(hurry.signal) };
  };

  return {
    async mark(onboardings) {
      const live = onboardings.filter(({ lane }) => lane === 'live');
      waiting.push(...live);
      if (live.length > 0) gathering ??= begin();
      return write(onboardings.filter(({ lane }) => lane === 'bulk'));
    },
    async settle(withinMs) {
      if (unwritten === 0) return;
      gathering?.hurry.abort();
      const settled = gathering?.written ?? written;
      if (withinMs === undefined) return settled;
      const over = new AbortController();
      await Promise.race([settled, clock.sleep(withinMs, over.signal).catch(() => undefined)]);
      over.abort();
    },
  };
}

/** The same ledger, for those who read what this process has answered: they see `queued` where it said so, as soon as it can be written. */
export function readingMarked<L extends Pick<Ledger, 'get' | 'getMany' | 'list' | 'counts'>>(
  ledger: L,
  marks: Pick<QueuedMarks, 'settle'>,
): L {
  const settled =
    <A extends readonly unknown[], R>(read: (...args: A) => Promise<R>) =>
    async (...args: A): Promise<R> => {
      await marks.settle(READS_WAIT_MS);
      return read(...args);
    };
  return {
    ...ledger,
    get: settled(ledger.get),
    getMany: settled(ledger.getMany),
    list: settled(ledger.list),
    counts: settled(ledger.counts),
  };
}
