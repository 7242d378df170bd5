import { setTimeout as delay } from 'node:timers/promises';

/** Asks until the answer is neither undefined nor false, and gives it back; the last answer is in the error. */
export async function eventually<T>(
  ask: () => Promise<T> | T,
  { withinMs = 10_000, everyMs = 10 }: { withinMs?: number; everyMs?: number } = {},
): Promise<Exclude<T, false | undefined>> {
  const deadline = Date.now() + withinMs;
  for (;;) {
    const answer = await ask();
    if (answer !== undefined && answer !== false) return answer as Exclude<T, false | undefined>;
    if (Date.now() > deadline)
      throw new Error(`Still ${String(answer)} after ${withinMs} ms: ${ask.toString()}`);
    await delay(everyMs);
  }
}
