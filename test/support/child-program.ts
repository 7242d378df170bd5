import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';

export interface ChildProgram {
  readonly child: ChildProcess;
  /** The next line on its stdout; rejects when it ends without one. */
  nextLine(): Promise<string>;
  /** Ends it as nothing can be caught, and resolves when it is gone. */
  kill9(): Promise<void>;
}

/**
 * Runs a TypeScript file of test/support/programs in a process and process group of its own, with its stderr
 * shown. The programs end with their stdin, and so with this process. `env` is added to this process's own.
 */
export function startChildProgram(
  name: string,
  args: readonly string[],
  env: Readonly<Record<string, string>> = {},
): ChildProgram {
  const program = fileURLToPath(new URL(`programs/${name}`, import.meta.url));
  const child = spawn(process.execPath, ['--import', 'tsx', program, ...args], {
    detached: true,
    env: { ...process.env, ...env },
    stdio: ['pipe', 'pipe', 'inherit'],
  });
  const lines = createInterface({ input: child.stdout })[Symbol.asyncIterator]();
  return {
    child,
    async nextLine() {
      const line = await lines.next();
      if (line.done === true) throw new Error(`${name} ended without another line`);
      return line.value;
    },
    async kill9() {
      if (child.exitCode !== null || child.signalCode !== null) return;
      const exited = once(child, 'exit');
      child.kill('SIGKILL');
      await exited;
    },
  };
}
