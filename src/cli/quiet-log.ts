import type { onStopSignal } from '../runtime/stop-signal.ts';
import type { Terminal } from './terminal.ts';

type Log = Parameters<typeof onStopSignal>[0];

/** For the parts of the runtime that log: a person at a terminal is told warnings, and nothing else. */
export function quietLog({ err }: Pick<Terminal, 'err'>): Log {
  const silent = (): void => undefined;
  const say = (_fields: unknown, message: string): void => err(`${message}\n`);
  return { debug: silent, info: silent, warn: say, error: say };
}
