import type { NotificationsListener } from './database/notifications-listener.ts';
import { ACCEPTED_CHANNEL } from './holds.ts';

/** Wakes this process by itself too: an embedded ledger has no notifications. */
export function acceptedWakes(listener: NotificationsListener | undefined): {
  readonly wake: () => void;
  readonly listen: (wake: () => void) => () => void;
} {
  const wakes = new Set<() => void>();
  return {
    wake: () => wakes.forEach((wake) => wake()),
    listen(wake) {
      const own = (): void => wake();
      wakes.add(own);
      const stop = listener?.listen(ACCEPTED_CHANNEL, wake);
      return () => {
        wakes.delete(own);
        stop?.();
      };
    },
  };
}
