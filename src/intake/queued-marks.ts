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
  /** Writes what still waits to be written; for a stop, before the ledger is closed. */
  flush(): Promise<void>;
}

/** For so long a read may still say `accepted` of a live onboarding that was answered as `queued`. */
const LIVE_AFTER_MS = 100;

export function createQueuedMarks({ ledger, clock, log }: QueuedMarksDeps): QueuedMarks {
  let waiting: Marked[] = [];
  let flushing: Promise<void> | undefined;
  const hurry = new AbortController();

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
  const writeWaiting = async (): Promise<void> => {
    while (waiting.length > 0) {
      await clock.sleep(LIVE_AFTER_MS, hurry.signal).catch(() => undefined);
      const onboardings = waiting;
      waiting = [];
      await write(onboardings);
    }
    flushing = undefined;
  };

  return {
    async mark(onboardings) {
      const live = onboardings.filter(({ lane }) => lane === 'live');
      waiting.push(...live);
      if (live.length > 0) flushing ??= writeWaiting();
      return write(onboardings.filter(({ lane }) => lane === 'bulk'));
    },
    async flush() {
      hurry.abort();
      await flushing;
    },
  };
}
