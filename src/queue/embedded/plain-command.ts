/** One plain command over a Redis server's unix socket, for the moments when no client can be connected yet. */
import { createConnection } from 'node:net';

export type SocketReply =
  /** The reply's first line as Redis sent it, `+` or `-` first. */
  | { readonly kind: 'reply'; readonly line: string }
  /** Nothing listens there. */
  | { readonly kind: 'absent' }
  /** The connection ended without a reply, as it does when the server goes away. */
  | { readonly kind: 'closed' }
  | { readonly kind: 'silent' };

const NOBODY_LISTENS = new Set(['ENOENT', 'ECONNREFUSED', 'ENOTSOCK']);

/** Never rejects for the server's state; waits `timeoutMs` for the reply at most. */
export function askRedis(socketPath: string, command: string, timeoutMs: number): Promise<SocketReply> {
  return new Promise((resolve, reject) => {
    const socket = createConnection(socketPath);
    let received = '';
    const settle = (reply: SocketReply): void => {
      socket.destroy();
      resolve(reply);
    };
    socket.setEncoding('utf8').setTimeout(timeoutMs, () => settle({ kind: 'silent' }));
    socket.on('connect', () => socket.write(`${command}\r\n`));
    socket.on('data', (text: string) => {
      received += text;
      const end = received.indexOf('\r\n');
      if (end !== -1) settle({ kind: 'reply', line: received.slice(0, end) });
    });
    socket.on('close', () => settle({ kind: 'closed' }));
    socket.on('error', (error: NodeJS.ErrnoException) => {
      if (NOBODY_LISTENS.has(error.code ?? '')) settle({ kind: 'absent' });
      else if (error.code === 'EPIPE' || error.code === 'ECONNRESET') settle({ kind: 'closed' });
      else reject(error);
    });
  });
}

/** A dump of a large data set before the end takes its time. */
const SHUTDOWN_TIMEOUT_MS = 10_000;

/**
 * Ends a server that listens on `socketPath`, and resolves when it is gone: Redis writes everything out first, and
 * the connection closes with the process. Throws when it neither ends nor answers.
 */
export async function shutDownRedis(socketPath: string): Promise<'ended' | 'absent'> {
  // The second form is for a server that cannot write any more (a full disk): its data is as good as it gets.
  for (const command of ['SHUTDOWN', 'SHUTDOWN NOSAVE FORCE']) {
    const reply = await askRedis(socketPath, command, SHUTDOWN_TIMEOUT_MS);
    switch (reply.kind) {
      case 'absent':
        return 'absent';
      case 'closed':
        return 'ended';
      case 'reply':
      case 'silent':
        break;
    }
  }
  throw new Error(`A redis-server of an earlier run still holds ${socketPath} and cannot be stopped.`);
}
