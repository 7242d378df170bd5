/**
 * The feed of changes; docs/decisions/0008-event-positions.md tells why it is made like this. Any number of processes
 * give positions (keep-positions.ts): the database lets one at a time, for one statement.
 */
import type { EventFeed } from '../../ports/event-feed.ts';

import { createBell, type Bell } from './bell.ts';
import type { LedgerDatabase } from '../database/database.ts';
import { type EventFeedOptions, keepPositions } from './keep-positions.ts';
import { countChanges, newestPosition, readEvents } from './read-events.ts';

/** The feed as the ledger holds it. */
export interface OwnEventFeed extends EventFeed {
  /** Something was committed by this process: its position is given at once, not at the next look. */
  changed(): void;
}

/** What `give_positions` notifies. */
export const EVENTS_CHANNEL = 'onboarding_events';

export function createEventFeed(db: LedgerDatabase, options: EventFeedOptions): OwnEventFeed {
  const { clock, bounded, listener } = options;
  const writer = createBell(clock);
  const readers = new Set<Bell>();
  const ringReaders = (): void => readers.forEach((reader) => reader.ring());
  let listening = false;
  return {
    changed: () => writer.ring(),
    keepPositions: (signal) => keepPositions(db, { ...options, bell: writer, given: ringReaders }, signal),
    newest: () => bounded(() => newestPosition(db)),
    read: (after, limit) => bounded(() => readEvents(db, after, limit)),
    waiting: (most) => bounded(() => countChanges(db, most)),
    bell() {
      const bell = createBell(clock);
      readers.add(bell);
      // Not before the first reader: a worker needs no connection for it.
      if (!listening) listener?.listen(EVENTS_CHANNEL, ringReaders);
      listening = true;
      return { wait: (withinMs) => bell.wait(withinMs), close: () => void readers.delete(bell) };
    },
  };
}
