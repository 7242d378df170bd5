import { isUnreachable } from './unreachable.ts';

export interface GroupOptions<I> {
  /** The most calls that go out together; ≥ 1. */
  readonly max: number;
  /** Calls with the same key never go out together: the statement takes each only once. */
  readonly keyOf?: (item: I) => string;
}

interface Waiting<I, O> {
  readonly item: I;
  readonly resolve: (answer: O) => void;
  readonly reject: (error: unknown) => void;
}

/**
 * Group commit: what has come since the last group went out goes together with the next, which starts when the last
 * has returned. There is no timer, so a lone call waits for nothing, and the busier it gets the larger the groups
 * are. A group that fails is taken apart, so that one bad row never fails its neighbours; but where the database is
 * not there, everybody who waits hears it at once.
 */
export function grouped<I, O>(
  run: (items: readonly I[]) => Promise<readonly O[]>,
  { max, keyOf }: GroupOptions<I>,
): (item: I) => Promise<O> {
  let waiting: Waiting<I, O>[] = [];
  let running = false;

  const drain = async (): Promise<void> => {
    if (running) return;
    running = true;
    while (waiting.length > 0) {
      const { group, rest } = nextGroup(waiting, { max, keyOf });
      waiting = rest;
      const error = await settle(group, run);
      if (error === undefined) continue;
      for (const call of waiting) call.reject(error);
      waiting = [];
    }
    running = false;
  };

  return (item) =>
    new Promise<O>((resolve, reject) => {
      waiting.push({ item, resolve, reject });
      void drain();
    });
}

/** In the order of arrival; a second call with a key of the group waits for the next one. */
function nextGroup<I, O>(
  waiting: readonly Waiting<I, O>[],
  { max, keyOf }: { max: number; keyOf: ((item: I) => string) | undefined },
): { group: Waiting<I, O>[]; rest: Waiting<I, O>[] } {
  const group: Waiting<I, O>[] = [];
  const rest: Waiting<I, O>[] = [];
  const keys = new Set<string>();
  for (const call of waiting) {
    const key = keyOf?.(call.item);
    if (group.length >= max || (key !== undefined && keys.has(key))) {
      rest.push(call);
      continue;
    }
    group.push(call);
    if (key !== undefined) keys.add(key);
  }
  return { group, rest };
}

/** Answers every call of the group. Gives back the error that says that the database is not there. */
async function settle<I, O>(
  group: readonly Waiting<I, O>[],
  run: (items: readonly I[]) => Promise<readonly O[]>,
): Promise<unknown> {
  try {
    const answers = await run(group.map(({ item }) => item));
    group.forEach(({ resolve }, index) => {
      resolve(answers[index] as O);
    });
    return undefined;
  } catch (error) {
    if (isUnreachable(error) || group.length === 1) {
      for (const call of group) call.reject(error);
      return isUnreachable(error) ? error : undefined;
    }
  }
  for (const call of group) {
    const unreachable = await settle([call], run);
    if (unreachable !== undefined) return unreachable;
  }
  return undefined;
}
