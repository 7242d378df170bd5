import type { EventPage } from '../domain/onboarding.ts';

/**
 * Every change of an onboarding, in the order of positions that were given after commit (src/domain/onboarding.ts), kept for
 * a day. Calls throw {@link LedgerUnavailableError} as the ledger's do.
 */
export interface EventFeed {
  /** The last position that was given; 0: none was. */
  newest(): Promise<number>;
  /** At most `limit` events after a position that a page or {@link EventFeed.newest} gave. */
  read(after: number, limit: number): Promise<EventPage>;
  /** For one reader: `wait` resolves when there may be something new since the last wait, or after `withinMs`. */
  bell(): { wait(withinMs: number): Promise<void>; close(): void };
  /** How many changes have no position yet, counted up to `most`. */
  waiting(most: number): Promise<number>;
  /** Gives positions and prunes, until the signal aborts. Every process runs it; one at a time is at work. */
  keepPositions(signal: AbortSignal): Promise<void>;
}
