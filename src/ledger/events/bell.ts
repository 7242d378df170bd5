import type { Clock } from '../../ports.ts';

/** Lets one loop sleep until there is something to do. */
export interface Bell {
  /** Also heard by a wait that begins later; any number of rings before it are one. */
  ring(): void;
  /** Resolves when it was rung since the last wait, or after `withinMs`. */
  wait(withinMs: number): Promise<void>;
}

export function createBell(clock: Pick<Clock, 'sleep'>): Bell {
  let rung = false;
  let sleep: AbortController | undefined;
  return {
    ring() {
      rung = true;
      sleep?.abort();
    },
    async wait(withinMs) {
      if (!rung) {
        sleep = new AbortController();
        await clock.sleep(withinMs, sleep.signal).catch(() => undefined);
        sleep = undefined;
      }
      rung = false;
    },
  };
}
