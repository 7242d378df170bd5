import { setImmediate } from 'node:timers';

/** Counts rounds of the event loop until told to stop. */
export function countRounds(): { rounds: () => number; stop: () => void } {
  let rounds = 0;
  let going = true;
  const count = (): void => {
    rounds += 1;
    if (going) setImmediate(count);
  };
  setImmediate(count);
  return { rounds: () => rounds, stop: () => void (going = false) };
}
