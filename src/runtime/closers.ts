import type { Log } from '../ports.ts';

/** What was opened is closed in reverse order, each once, whatever the others do. */
export interface Closers {
  add(name: string, close: () => Promise<void> | void): void;
  closeAll(): Promise<void>;
}

export function createClosers(log: Log): Closers {
  const stack: { name: string; close: () => Promise<void> | void }[] = [];
  return {
    add(name, close) {
      stack.push({ name, close });
    },
    async closeAll() {
      for (let next = stack.pop(); next !== undefined; next = stack.pop()) {
        try {
          await next.close();
        } catch (error) {
          log.error({ part: next.name, err: error }, 'service.close_failed');
        }
      }
    },
  };
}
