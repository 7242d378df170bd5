import type { OnboardingId } from '../domain/ids.ts';
import type { Onboarding } from '../domain/onboarding.ts';
import { isOpen } from '../domain/state-machine.ts';
import type { Clock, Ledger } from '../ports.ts';

export interface Waiting {
  /** The onboarding once it has ended, or as it is after `waitMs`; undefined when there is none. */
  untilEnded(id: OnboardingId, waitMs: number, signal: AbortSignal): Promise<Onboarding | undefined>;
}

const POLL_MS = 200;

/**
 * Callers that wait for an end share one reader: however many wait, the ledger is asked one question per
 * {@link POLL_MS}, and none while nobody waits. When the process stops they are answered as things stand.
 */
export function createWaiting(
  ledger: Pick<Ledger, 'get' | 'getMany'>,
  clock: Clock,
  stopping: AbortSignal,
): Waiting {
  const waiters = new Map<OnboardingId, Set<() => void>>();
  let reading = false;

  const read = async (): Promise<void> => {
    if (reading) return;
    reading = true;
    try {
      while (waiters.size > 0) {
        await clock.sleep(POLL_MS);
        for (const { id, status } of await ledger.getMany([...waiters.keys()])) {
          if (!isOpen(status)) waiters.get(id)?.forEach((wake) => wake());
        }
      }
    } catch {
      // The ledger is down: everybody reads for themselves now and hears that in their own answer.
      waiters.forEach((wakes) => wakes.forEach((wake) => wake()));
    } finally {
      reading = false;
    }
  };

  return {
    async untilEnded(id, waitMs, signal) {
      const onboarding = await ledger.get(id);
      if (onboarding === undefined || !isOpen(onboarding.status) || waitMs <= 0) return onboarding;
      const woken = new AbortController();
      const wake = (): void => woken.abort();
      const wakes = waiters.get(id) ?? new Set();
      waiters.set(id, wakes.add(wake));
      void read();
      try {
        await clock.sleep(waitMs, AbortSignal.any([woken.signal, signal, stopping]));
      } catch {
        // Woken, stopped, or the caller has gone: either way the row is read once more below.
      } finally {
        wakes.delete(wake);
        if (wakes.size === 0) waiters.delete(id);
      }
      return ledger.get(id);
    },
  };
}
