interface Held {
  users: number;
  readonly started: Promise<unknown>;
}

/**
 * Something that all projects of a run share, started for the first and stopped after the last. Each project loads its
 * own copy of its setup files; the process is what they have in common.
 */
export function oncePerRun<T>(
  name: string,
  { start, stop }: { start: () => Promise<T>; stop: (started: T) => Promise<void> },
): { use: () => Promise<T>; release: () => Promise<void> } {
  const shared = globalThis as { onboardShared?: Map<string, Held> };
  const all = (shared.onboardShared ??= new Map<string, Held>());
  return {
    async use() {
      const held = all.get(name) ?? { users: 0, started: start() };
      all.set(name, held);
      held.users += 1;
      return (await held.started) as T;
    },
    async release() {
      const held = all.get(name);
      if (held === undefined) return;
      held.users -= 1;
      if (held.users > 0) return;
      all.delete(name);
      await stop((await held.started) as T);
    },
  };
}
