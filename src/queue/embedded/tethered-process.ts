/**
 * A child process in a session and process group of its own, tied to this process by a pipe: signals sent to our
 * group do not reach it, and it is told to end when we are gone, however we went; kill -9 closes pipes too.
 * A few lines of POSIX shell hold the other end, since a killed Node process cannot signal anything.
 */
import { spawn, type ChildProcess } from 'node:child_process';

/**
 * `read` comes back when the pipe's other end is closed; nothing is ever written to it. `$1` is the signal to end
 * with, the rest the command. The shell outlives the program and passes on how it ended.
 */
const TETHER = `
end_signal=$1; shift
exec 3<&0
"$@" 3<&- </dev/null &
child=$!
( read -r _ <&3; kill -s "$end_signal" "$child" ) &
watcher=$!
exec 3<&-
wait "$child"; code=$?
kill -s KILL "$watcher" 2>/dev/null
exit "$code"
`;

/** What a shell answers when the command does not exist, or is not executable. */
const NOT_RUNNABLE = new Set([126, 127]);

export interface TetheredOptions {
  readonly program: string;
  readonly args: readonly string[];
  /** The signal that makes the program end in good order. */
  readonly endSignal: 'TERM' | 'INT';
  /** File descriptor for everything that the program prints. */
  readonly output: number | 'ignore';
  /** To run it as another user, when we are root. */
  readonly user?: { readonly uid: number; readonly gid: number };
}

export interface TetheredExit {
  /** The program's own exit code; 128 + n when signal n ended it. */
  readonly code: number;
  /** The program was not found, or may not be executed. */
  readonly notRunnable: boolean;
  /** Why not even the shell could be started. */
  readonly cause?: Error;
}

export interface TetheredProcess {
  readonly exited: Promise<TetheredExit>;
  /** Asks the program to end; `exited` tells when it has. */
  end(): void;
  /** For a program that does not end when asked. */
  kill(): void;
}

export function startTethered(options: TetheredOptions): TetheredProcess {
  const { program, args, endSignal, output, user } = options;
  const child = spawn('/bin/sh', ['-c', TETHER, 'tether', endSignal, program, ...args], {
    detached: true,
    stdio: ['pipe', output, output],
    ...user,
  });
  const exited = new Promise<TetheredExit>((resolve) => {
    child.once('error', (cause) => resolve({ code: 126, notRunnable: false, cause }));
    child.once('exit', (code) => {
      // No code: the shell itself was killed, as kill() does.
      resolve({ code: code ?? 137, notRunnable: code !== null && NOT_RUNNABLE.has(code) });
    });
  });
  // The pipe breaks when the program ends first, which `exited` tells better.
  child.stdin?.on('error', () => undefined);
  return { exited, end: () => child.stdin?.destroy(), kill: () => killGroup(child) };
}

function killGroup(child: ChildProcess): void {
  if (child.pid === undefined) return;
  try {
    process.kill(-child.pid, 'SIGKILL');
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ESRCH') throw error;
  }
}
