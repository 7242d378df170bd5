import { connect, type Socket } from 'node:net';
import { onTestFinished } from 'vitest';
import { eventually } from './eventually.ts';

/** A connection on which a test writes bytes as it likes. */
export interface RawConnection {
  readonly socket: Socket;
  /** All that has come so far. */
  received(): string;
  /** Resolves when the other side has ended the connection, with all that came. */
  ended(withinMs?: number): Promise<string>;
}

export async function openRawConnection(url: string): Promise<RawConnection> {
  const { hostname, port } = new URL(url);
  const socket = connect(Number(port), hostname);
  let text = '';
  let over = false;
  socket.on('data', (bytes) => (text += bytes.toString('latin1')));
  // A reset is an end too.
  socket.on('error', () => (over = true));
  socket.on('close', () => (over = true));
  onTestFinished(() => void socket.destroy());
  await new Promise<void>((resolve) => socket.once('connect', resolve));
  return {
    socket,
    received: () => text,
    async ended(withinMs = 10_000) {
      await eventually(() => over, { withinMs });
      return text;
    },
  };
}

export interface RawAnswer {
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
}

/**
 * Sends the bytes on a connection of its own and reads the one answer, up to the end of the connection. Undefined: it
 * was ended without an answer. A stream of events has no end: what comes first of it is the answer. Rejects when the
 * connection is still open after ten seconds.
 */
export async function exchange(url: string, bytes: Buffer): Promise<RawAnswer | undefined> {
  const { hostname, port } = new URL(url);
  const received = await new Promise<Buffer>((resolve, reject) => {
    const parts: Buffer[] = [];
    const socket = connect(Number(port), hostname, () => socket.write(bytes));
    socket.setTimeout(10_000, () => {
      reject(
        new Error(`No end after 10 s; so far: ${Buffer.concat(parts).toString('latin1').slice(0, 500)}`),
      );
      socket.destroy();
    });
    socket.on('data', (part) => {
      parts.push(part);
      if (/^content-type: text\/event-stream/im.test(Buffer.concat(parts).toString('latin1')))
        socket.destroy();
    });
    // A reset after the answer: the server does not read on when it has refused.
    socket.on('error', () => undefined);
    socket.on('close', () => resolve(Buffer.concat(parts)));
  });
  return answerIn(received);
}

function answerIn(bytes: Buffer): RawAnswer | undefined {
  if (bytes.length === 0) return undefined;
  const end = bytes.indexOf('\r\n\r\n');
  const [first = '', ...lines] = bytes.subarray(0, end).toString('latin1').split('\r\n');
  const status = Number(/^HTTP\/1\.1 (\d{3}) /.exec(first)?.[1]);
  const rest = bytes.subarray(end + 4);
  if (status === 100) return answerIn(rest);
  const headers = Object.fromEntries(
    lines.map((line) => [
      line.slice(0, line.indexOf(':')).toLowerCase(),
      line.slice(line.indexOf(':') + 1).trim(),
    ]),
  );
  return {
    status,
    headers,
    body: (headers['transfer-encoding'] === 'chunked' ? unchunked(rest) : rest).toString(),
  };
}

function unchunked(bytes: Buffer): Buffer {
  const end = bytes.indexOf('\r\n');
  const length = Number.parseInt(bytes.subarray(0, end).toString('latin1'), 16);
  if (!(length > 0)) return Buffer.alloc(0);
  const from = end + 2;
  return Buffer.concat([bytes.subarray(from, from + length), unchunked(bytes.subarray(from + length + 2))]);
}
