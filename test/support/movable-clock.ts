import type { Clock } from '../../src/ports.ts';
import { systemClock } from '../../src/runtime/clock.ts';

export interface MovableClock extends Clock {
  /** Sets the clock forward; waits that have begun go by the machine's. */
  move(ms: number): void;
}

/** The machine's clock, until it is moved. */
export function movableClock(): MovableClock {
  let ahead = 0;
  return {
    now: () => systemClock.now() + ahead,
    sleep: (ms, signal) => systemClock.sleep(ms, signal),
    move(ms) {
      ahead += ms;
    },
  };
}
