import type { OutputConfiguration } from 'commander';
import { createInterface } from 'node:readline/promises';
import type { Readable } from 'node:stream';
import type { Environment } from '../runtime/config.ts';
import { onStopSignal } from '../runtime/stop-signal.ts';
import { shown } from '../domain/shown.ts';
import { safeLines } from './view/text.ts';

/** The outside of the process, as the commands see it. Data goes to `out`, everything else to `err`. */
export interface Terminal {
  readonly stdin: Readable;
  /** Writes text that is safe already, as it stands. */
  readonly out: (text: string) => void;
  readonly err: (text: string) => void;
  /** Set when stderr is a terminal: progress bars are drawn there and nowhere else. */
  readonly screen: NodeJS.WriteStream | undefined;
  /** Set when stdout is a terminal: data is laid out for it. Undefined: whole, for programs and files. */
  readonly page: Page | undefined;
  /** Asks a question on stderr and returns the line. Undefined without an interactive terminal. */
  readonly ask: ((question: string) => Promise<string>) | undefined;
  /** Aborts when the reader of stdout has gone, as in `onboard watch | head`. */
  readonly readerGone: AbortSignal;
  /** Milliseconds since 1970, for times that are told relative to now. */
  readonly now: () => number;
}

/** What a person reads at. */
export interface Page {
  /** Now; it changes with the window. */
  readonly columns: number;
  readonly rows: number;
  readonly color: boolean;
  /** For a live view: the keys, and the size's changes. */
  readonly keys: NodeJS.ReadStream | undefined;
  readonly onResize: (tell: () => void) => () => void;
}

type Own = Pick<NodeJS.Process, 'stdin' | 'stdout' | 'stderr' | 'once' | 'exitCode'>;

/** Of anything narrower lines are left to wrap. */
const LEAST_COLUMNS = 80;

export function processTerminal(own: Own, env: Environment): Terminal {
  const { stdin, stdout, stderr } = own;
  // `onboard list | head` closes the pipe while we still write: that is no error.
  const readerGone = new AbortController();
  stdout.on('error', (error: NodeJS.ErrnoException) => {
    if (error.code !== 'EPIPE' && !readerGone.signal.aborted) {
      stderr.write(`onboard: Cannot write to stdout: ${error.message}\n`);
      // After whatever code the command itself ends with.
      own.once('exit', () => (own.exitCode = 1));
    }
    readerGone.abort();
  });
  stderr.on('error', () => undefined);
  return {
    stdin,
    out: (text) => void stdout.write(text),
    err: (text) => void stderr.write(text),
    screen: stderr.isTTY ? stderr : undefined,
    page: stdout.isTTY ? pageOf(stdout, { stdin, env }) : undefined,
    ask: stdin.isTTY && stderr.isTTY ? asking(stdin, stderr) : undefined,
    readerGone: readerGone.signal,
    now: () => Date.now(),
  };
}

function pageOf(
  stdout: NodeJS.WriteStream,
  { stdin, env }: { stdin: NodeJS.ReadStream; env: Environment },
): Page {
  return {
    get columns() {
      return Math.max(LEAST_COLUMNS, stdout.columns);
    },
    get rows() {
      return stdout.rows;
    },
    // NO_COLOR and TERM=dumb count; https://no-color.org
    color: stdout.hasColors(16, env),
    keys: stdin.isTTY ? stdin : undefined,
    onResize(tell) {
      stdout.on('resize', tell);
      return () => void stdout.off('resize', tell);
    },
  };
}

const asking =
  (input: NodeJS.ReadStream, output: NodeJS.WriteStream): NonNullable<Terminal['ask']> =>
  async (question) => {
    const lines = createInterface({ input, output });
    try {
      return await lines.question(question);
    } finally {
      lines.close();
    }
  };

/** An argument as commander repeats it: as it stands, in apostrophes. */
const REPEATED =
  /^(error: (?:option '[^']*' argument |command-argument value |unknown (?:option|command) ))'(.*)'(?= is invalid|\n)/s;

type Log = Parameters<typeof onStopSignal>[0];

/** For the parts of the runtime that log: a person at a terminal sees warnings and errors only. */
export function quietLog({ err }: Pick<Terminal, 'err'>): Log {
  const silent = (): void => undefined;
  const say = (_fields: unknown, message: string): void => err(`${message}\n`);
  return { debug: silent, info: silent, warn: say, error: say };
}

/** Aborts at Ctrl-C and the other signals that ask the process to stop. */
export const stopSignal = (terminal: Pick<Terminal, 'err'>): AbortSignal =>
  onStopSignal(quietLog(terminal)).stopping;

/** Where commander writes. Its errors repeat the arguments, which may have been pasted from anywhere, and are of any length. */
export const commandOutput = ({ out, err }: Pick<Terminal, 'out' | 'err'>): OutputConfiguration => ({
  outputError: (text, write) =>
    write(text.replace(REPEATED, (_, before: string, given: string) => before + shown(given))),
  writeOut: (text) => out(safeLines(text)),
  writeErr: (text) => err(safeLines(text)),
});
