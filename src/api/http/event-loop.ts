import { setImmediate } from 'node:timers';

/** How long a piece of work may hold the process, in milliseconds. */
export const TURN_MS = 5;

/** Of the whole process, because it has one event loop: work of every call waits in one line. */
const waiting: (() => void)[] = [];

/**
 * Resolves in a later round of the event loop, for one caller per round. In between the process answers other calls, so
 * that twenty large bodies delay `/healthz` by one piece of work and not by twenty.
 */
export function yieldToEventLoop(): Promise<void> {
  return new Promise((resolve) => {
    waiting.push(resolve);
    if (waiting.length === 1) setImmediate(serve);
  });
}

function serve(): void {
  waiting[0]?.();
  waiting.shift();
  if (waiting.length > 0) setImmediate(serve);
}

/** Calls `work` on every item in order, and waits for a turn whenever it has held the process for {@link TURN_MS}. */
export async function forEachYielding<T>(
  items: readonly T[],
  work: (item: T, index: number) => void,
): Promise<void> {
  let since = performance.now();
  for (const [index, item] of items.entries()) {
    if (performance.now() - since > TURN_MS) {
      await yieldToEventLoop();
      since = performance.now();
    }
    work(item, index);
  }
}
