import { setImmediate } from 'node:timers/promises';
import { isHeldUp, isUnreachable } from './unreachable.ts';

export interface GroupOptions<I> {
  /** The most calls that go out together; ≥ 1. */
  readonly max: number;
  /** Calls with the same key never go out together: the statement takes each only once. */
  readonly keyOf?: (item: I) => string;
  /** What becomes of a group that another transaction holds up; left out: it fails like any other. */
  readonly heldUp?: HeldUp<I>;
}

export interface HeldUp<I> {
  /** What is held: calls that have it in common are held up together. */
  readonly by: (item: I) => string;
  /** How many statements may wait at once beside the groups that go on; ≥ 1. */
  readonly atOnce: number;
  /** How long a call may stand in line for that. */
  readonly withinMs: number;
}

interface Waiting<I, O> {
  readonly item: I;
  readonly resolve: (answer: O) => void;
  readonly reject: (error: unknown) => void;
}

type Run<I, O> = (items: readonly I[]) => Promise<readonly O[]>;

/**
 * Group commit: calls that arrive while a group is under way form the next one, which starts when it has returned, at the end of
 * the event loop's turn. There is no timer, so a lone call does not wait, and groups grow with the load. A failed group is split,
 * so that one bad row does not fail others, unless the database is down. A group that is held up is split beside the line, so
 * that later calls do not wait for it.
 */
export function grouped<I, O>(run: Run<I, O>, options: GroupOptions<I>): (item: I) => Promise<O> {
  let waiting: Waiting<I, O>[] = [];
  let running = false;
  const setAside = options.heldUp === undefined ? undefined : besideTheLine(run, options.heldUp);

  const drain = async (): Promise<void> => {
    if (running) return;
    running = true;
    while (waiting.length > 0) {
      // Calls of this turn of the event loop, because several answers have come at once, join the group.
      await setImmediate();
      const { group, rest } = nextGroup(waiting, options);
      waiting = rest;
      const error = await settle(group, run, setAside);
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
  { max, keyOf }: Pick<GroupOptions<I>, 'max' | 'keyOf'>,
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

type SetAside<I, O> = (group: readonly Waiting<I, O>[], error: unknown) => void;

/**
 * Answers every call of the group, or sets it aside for that. Gives back the error that says that the database is not
 * there.
 */
async function settle<I, O>(
  group: readonly Waiting<I, O>[],
  run: Run<I, O>,
  setAside?: SetAside<I, O>,
): Promise<unknown> {
  try {
    const answers = await run(group.map(({ item }) => item));
    group.forEach(({ resolve }, index) => {
      resolve(answers[index] as O);
    });
    return undefined;
  } catch (error) {
    if (setAside !== undefined && isHeldUp(error)) {
      setAside(group, error);
      return undefined;
    }
    if (isUnreachable(error) || group.length === 1) {
      rejectAll(group, error);
      return isUnreachable(error) ? error : undefined;
    }
  }
  for (const call of group) {
    const unreachable = await settle([call], run, setAside);
    if (unreachable !== undefined) return unreachable;
  }
  return undefined;
}

/** Runs what was held up again, part by part, a few at a time; only what is really held fails. */
function besideTheLine<I, O>(run: Run<I, O>, { by, atOnce, withinMs }: HeldUp<I>): SetAside<I, O> {
  const line: (() => Promise<void>)[] = [];
  let running = 0;
  const next = async (): Promise<void> => {
    running += 1;
    for (let part = line.shift(); part !== undefined; part = line.shift()) await part();
    running -= 1;
  };
  return (group, error) => {
    const deadline = Date.now() + withinMs;
    const parts = partsOf(group, by);
    // One part alone was just seen to be held.
    if (parts.length === 1) rejectAll(group, error);
    else {
      line.push(
        ...parts.map((part) => async (): Promise<void> => {
          if (Date.now() > deadline) rejectAll(part, error);
          else await settle(part, run, rejectAll);
        }),
      );
    }
    while (running < atOnce && line.length > 0) void next();
  };
}

function partsOf<I, O>(group: readonly Waiting<I, O>[], by: (item: I) => string): Waiting<I, O>[][] {
  const parts = new Map<string, Waiting<I, O>[]>();
  for (const call of group) {
    const key = by(call.item);
    parts.set(key, [...(parts.get(key) ?? []), call]);
  }
  return [...parts.values()];
}

function rejectAll<I, O>(group: readonly Waiting<I, O>[], error: unknown): void {
  for (const { reject } of group) reject(error);
}
