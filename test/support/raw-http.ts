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
