import type { OnboardingId } from '../domain/ids.ts';
import type { Onboarding } from '../domain/onboarding.ts';
import { isOpen } from '../domain/state-machine.ts';
import type { Clock, Ledger } from '../ports.ts';
import type { Follower, Following } from './following.ts';

export interface Waiting {
  /** The onboarding once it has ended, or as it is after `waitMs`; undefined when there is none. */
  untilEnded(id: OnboardingId, waitMs: number, signal: AbortSignal): Promise<Onboarding | undefined>;
}

/** One caller; `woken` is set again before each read at the row. */
interface Waiter {
  woken: AbortController;
}

/**
 * Callers that wait for an end follow the feed together and ask the ledger nothing while they wait. Each reads its row
 * when the feed is being followed, when the feed tells of its end, and when its time is over. While the ledger is down
 * every waiter reads and gets the error itself. When the process stops they are answered as things stand.
 */
export function createWaiting(
  { ledger, following, clock }: { ledger: Pick<Ledger, 'get'>; following: Following; clock: Clock },
  stopping: AbortSignal,
): Waiting {
  const room = createWaitingRoom(following);
  // Once for all: a signal that is made of this one and of a caller's would leave a trace in this one for each caller.
  stopping.addEventListener('abort', () => room.wakeAll(), { once: true });
  return {
    async untilEnded(id, waitMs, signal) {
      const until = clock.now() + waitMs;
      const present = await ledger.get(id);
      if (present === undefined || !isOpen(present.status) || waitMs <= 0) return present;
      const waiter = room.enter(id);
      if (stopping.aborted) wake(waiter);
      try {
        for (;;) {
          const woken = AbortSignal.any([waiter.woken.signal, signal]);
          await clock.sleep(Math.max(0, until - clock.now()), woken).catch(() => undefined);
          // Before the look: an end that comes in the midst of it cuts the next sleep short.
          waiter.woken = new AbortController();
          // The caller is gone; a few thousand who hang up together would cost as many reads.
          if (signal.aborted) return present;
          const onboarding = await ledger.get(id);
          const over = stopping.aborted || clock.now() >= until;
          if (over || onboarding === undefined || !isOpen(onboarding.status)) return onboarding;
        }
      } finally {
        room.leave(id, waiter);
      }
    },
  };
}

/** All waiters as one follower of the feed, which is followed only while a call waits. */
function createWaitingRoom(following: Following): {
  enter(id: OnboardingId): Waiter;
  leave(id: OnboardingId, waiter: Waiter): void;
  wakeAll(): void;
} {
  const waiters = new Map<OnboardingId, Set<Waiter>>();
  let begun = false;
  let leaveFeed: (() => void) | undefined;
  const wakeAll = (): void => waiters.forEach((some) => some.forEach(wake));
  const follower: Follower = {
    begins() {
      begun = true;
      wakeAll();
    },
    events(events) {
      for (const { onboarding } of events) {
        if (!isOpen(onboarding.status)) waiters.get(onboarding.id)?.forEach(wake);
      }
    },
    reset: wakeAll,
    unavailable: wakeAll,
  };
  return {
    enter(id) {
      const waiter: Waiter = { woken: new AbortController() };
      const others = waiters.get(id) ?? new Set();
      waiters.set(id, others.add(waiter));
      leaveFeed ??= following.follow(follower);
      if (begun) wake(waiter);
      return waiter;
    },
    leave(id, waiter) {
      const others = waiters.get(id);
      others?.delete(waiter);
      if (others?.size === 0) waiters.delete(id);
      if (waiters.size > 0) return;
      leaveFeed?.();
      leaveFeed = undefined;
      begun = false;
    },
    wakeAll,
  };
}

const wake = ({ woken }: Waiter): void => woken.abort();
