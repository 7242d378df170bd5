import type { Readable } from 'node:stream';

/** The outside of the process, as the commands see it. Data goes to `out`, everything else to `err`. */
export interface Terminal {
  readonly stdin: Readable;
  /** Writes text that is safe already, as it stands. */
  readonly out: (text: string) => void;
  readonly err: (text: string) => void;
  /** Set when stderr is a terminal: progress bars are drawn there and nowhere else. */
  readonly screen: NodeJS.WriteStream | undefined;
}

type Streams = Pick<NodeJS.Process, 'stdin' | 'stdout' | 'stderr'>;

export function processTerminal({ stdin, stdout, stderr }: Streams): Terminal {
  // `onboard list | head` closes the pipe while we still write: that is the reader's good right.
  stdout.on('error', (error: NodeJS.ErrnoException) => {
    if (error.code !== 'EPIPE') throw error;
  });
  return {
    stdin,
    out: (text) => void stdout.write(text),
    err: (text) => void stderr.write(text),
    screen: stderr.isTTY ? stderr : undefined,
  };
}
