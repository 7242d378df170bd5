import { setTimeout as delay } from 'node:timers/promises';

/** Asked soon at first, and less often later: whoever asks takes time from those who are asked about. */
const FIRST_MS = 5;
const GROWTH = 1.25;
const LONGEST_MS = 50;

/** Asks until the answer is neither undefined nor false, and gives it back; the last answer is in the error. */
export async function eventually<T>(
  ask: () => Promise<T> | T,
  { withinMs = 30_000, everyMs }: { withinMs?: number; everyMs?: number } = {},
): Promise<Exclude<T, false | undefined>> {
  const deadline = Date.now() + withinMs;
  for (let pauseMs = FIRST_MS; ; pauseMs = Math.min(LONGEST_MS, pauseMs * GROWTH)) {
    const answer = await ask();
    if (answer !== undefined && answer !== false) return answer as Exclude<T, false | undefined>;
    if (Date.now() > deadline)
      throw new Error(`Still ${String(answer)} after ${withinMs} ms: ${ask.toString()}`);
    await delay(everyMs ?? pauseMs);
  }
}
