import { randomInt } from 'node:crypto';
import { createServer, type Server } from 'node:net';

/** Below the ports that Linux and macOS give to outgoing connections and to servers that ask for any port. */
const LEAST = 15_000;
const BEYOND = 32_000;
const TRIES_MAX = 50;

/**
 * A TCP port of 127.0.0.1 for programs that cannot pick one themselves. It stays reserved until this process ends: no
 * other caller gets it, in this process or in another, while its server has not started yet, is being restarted, or is
 * meant never to listen. A caller owns an even port while it listens on the odd one above, which the system releases
 * however the process ends.
 */
export async function freePort(): Promise<number> {
  for (let tries = 0; tries < TRIES_MAX; tries += 1) {
    const port = LEAST + 2 * randomInt((BEYOND - LEAST) / 2);
    const lock = await listen(port + 1);
    if (lock === undefined) continue;
    const probe = await listen(port);
    if (probe !== undefined) {
      await close(probe);
      return port;
    }
    await close(lock);
  }
  throw new Error(`No free port between ${LEAST} and ${BEYOND} in ${TRIES_MAX} tries.`);
}

/** Undefined when the port is taken. The server keeps no process alive. */
function listen(port: number): Promise<Server | undefined> {
  return new Promise((resolve, reject) => {
    const server = createServer((socket) => socket.destroy());
    server.once('error', (error: NodeJS.ErrnoException) => {
      if (error.code === 'EADDRINUSE') resolve(undefined);
      else reject(error);
    });
    server.listen(port, '127.0.0.1', () => resolve(server.unref()));
  });
}

const close = (server: Server): Promise<void> =>
  new Promise((resolve) => {
    server.close(() => resolve());
  });
