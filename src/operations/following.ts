/**
 * The one reader of the feed in a process: it follows the positions and hands every event to its followers, be
 * it one `wait` or a thousand streams. It reads only while it has followers, and keeps nothing.
 */
import type { OnboardingEvent } from '../domain/onboarding.ts';
import { LedgerUnavailableError } from '../domain/unavailable.ts';
import type { Clock, Log } from '../ports.ts';
import type { EventFeed } from '../ports/event-feed.ts';

/** Told of everything in turn; none of these may throw. */
export interface Follower {
  /** First, and once: all that comes after `position` will be told. At once where that is known already. */
  readonly begins: (position: number) => void;
  /** In the order of positions, each once. */
  readonly events: (events: readonly OnboardingEvent[]) => void;
  /** Events were lost to the reader, as EventPage tells; it continues from `position`. */
  readonly reset: (position: number) => void;
  /** The ledger did not answer. The reader tries on, and skips nothing. */
  readonly unavailable?: () => void;
}

export interface Following {
  /** The position all followers have reached; undefined until that is known for the first follower. */
  position(): number | undefined;
  /** @returns ends it */
  follow(follower: Follower): () => void;
}

/** How long something new may go unseen where no notification comes. */
const LOOK_EVERY_MS = 250;
/** After a fault of our own, which trying again does not fix. */
const AFTER_FAULT_MS = 5_000;
const PAGE = 100;

export interface FollowingDeps {
  readonly feed: Pick<EventFeed, 'newest' | 'read' | 'bell'>;
  readonly clock: Pick<Clock, 'sleep'>;
  readonly log: Log;
}

export function createFollowing({ feed, clock, log }: FollowingDeps): Following {
  const followers = new Set<Follower>();
  let position: number | undefined;
  let reading = false;
  const tell = (how: (follower: Follower) => void): void => [...followers].forEach(how);

  /** Reads once; true when there may be more at once. */
  const step = async (): Promise<boolean> => {
    if (position === undefined) {
      const newest = await feed.newest();
      position = newest;
      tell(({ begins }) => begins(newest));
      return false;
    }
    const page = await feed.read(position, PAGE);
    if (page.kind === 'reset') {
      position = page.position;
      tell(({ reset }) => reset(page.position));
      return false;
    }
    const more = page.through - position >= PAGE;
    position = page.through;
    if (page.events.length > 0) tell(({ events }) => events(page.events));
    return more;
  };
  const stepOrWait = async (bell: ReturnType<EventFeed['bell']>): Promise<void> => {
    try {
      if (!(await step())) await bell.wait(LOOK_EVERY_MS);
    } catch (error) {
      const outage = error instanceof LedgerUnavailableError;
      log[outage ? 'warn' : 'error']({ err: error }, 'events.not_read');
      tell(({ unavailable }) => unavailable?.());
      await clock.sleep(outage ? LOOK_EVERY_MS : AFTER_FAULT_MS);
    }
  };
  const read = async (): Promise<void> => {
    if (reading) return;
    reading = true;
    const bell = feed.bell();
    while (followers.size > 0) await stepOrWait(bell);
    bell.close();
    reading = false;
    position = undefined;
  };

  return {
    position: () => position,
    follow(follower) {
      followers.add(follower);
      if (position !== undefined) follower.begins(position);
      void read();
      return () => followers.delete(follower);
    },
  };
}
