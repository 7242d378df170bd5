import { LedgerUnavailableError } from '../../domain/unavailable.ts';
import type { Clock, Log } from '../../ports.ts';
import type { Bell } from './bell.ts';
import type { LedgerDatabase } from '../database/database.ts';
import { givePositions, pruneEvents } from './read-events.ts';
import type { NotificationsListener } from '../database/notifications-listener.ts';

export interface EventFeedOptions {
  readonly clock: Clock;
  readonly log: Log;
  /** Bounds and translates a call of the database. */
  readonly bounded: <T>(call: () => Promise<T>) => Promise<T>;
  /** Hears of positions that other processes gave; undefined: there are none. */
  readonly listener?: Pick<NotificationsListener, 'listen'> | undefined;
}

export interface Keeping extends EventFeedOptions {
  /** Rings when this process has committed something. */
  readonly bell: Bell;
  /** Some got their positions. */
  readonly given: () => void;
}

/** What other processes commit is found by looking; each of them gives its own at once. */
const LOOK_EVERY_MS = 250;
/**
 * What is committed within this time after the last giving gets its positions together, where that had so many: those who
 * come alone wait for nothing, and those who come by the thousands for larger batches.
 */
const gatherMsAfter = (some: number): number => (some <= 3 ? 4 : some <= 40 ? 20 : 50);
/** Of one statement, which has to end well within its time limit. */
const MOST_AT_ONCE = 2_000;
const PRUNE_EVERY_MS = 60_000;
const KEPT_MS = 24 * 60 * 60 * 1_000;

/**
 * Gives positions to what was committed and deletes what is a day old, until the signal aborts. Every process does
 * so, and the database lets one at a time: no leader is elected, and any process may die. Outages of
 * the database are waited out; whatever else goes wrong is thrown.
 */
export async function keepPositions(
  db: LedgerDatabase,
  keeping: Keeping,
  signal: AbortSignal,
): Promise<void> {
  const { bell, bounded, clock, given, log } = keeping;
  const prune = createPruning(db, keeping);
  signal.addEventListener('abort', () => bell.ring(), { once: true });
  let gatherMs = gatherMsAfter(0);
  while (!signal.aborted) {
    try {
      const some = await bounded(() => givePositions(db, MOST_AT_ONCE));
      if (some > 0) given();
      if (some === MOST_AT_ONCE) continue;
      gatherMs = gatherMsAfter(some);
      await prune();
    } catch (error) {
      if (!(error instanceof LedgerUnavailableError)) throw error;
      log.warn({ err: error }, 'events.waiting_for_ledger');
    }
    const since = clock.now();
    await bell.wait(LOOK_EVERY_MS);
    await clock.sleep(Math.max(0, since + gatherMs - clock.now()), signal).catch(() => undefined);
  }
}

/** One batch at a time, so that positions go on while a whole day is pruned after a long stop. */
function createPruning(db: LedgerDatabase, { bounded, clock }: Keeping): () => Promise<void> {
  let dueAt = clock.now();
  return async () => {
    if (clock.now() < dueAt) return;
    const pruned = await bounded(() => pruneEvents(db, { keptMs: KEPT_MS, most: MOST_AT_ONCE }));
    if (pruned < MOST_AT_ONCE) dueAt = clock.now() + PRUNE_EVERY_MS;
  };
}
