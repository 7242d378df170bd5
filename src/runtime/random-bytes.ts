import { randomFillSync } from 'node:crypto';

const STORED = 4_096;

/**
 * Random bytes of the system's generator, asked for in larger pieces: for each onboarding's id a call of its own would
 * cost a twentieth of all that intake does. Every byte is given out once. For ids; secrets come from node:crypto.
 */
export function createRandomBytes(): (count: number) => Uint8Array {
  const store = new Uint8Array(STORED);
  let used = STORED;
  return (count) => {
    if (count > STORED) return randomFillSync(new Uint8Array(count));
    if (used + count > STORED) {
      randomFillSync(store);
      used = 0;
    }
    used += count;
    return store.slice(used - count, used);
  };
}
