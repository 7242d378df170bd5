import { createServer } from 'node:net';
import { randomInt } from 'node:crypto';

/** Below what Linux and macOS give to outgoing connections, so that nobody takes it while its server is restarted. */
const LEAST = 15_000;
const BEYOND = 32_000;
const TRIES_MAX = 50;

/** A TCP port of 127.0.0.1 that was free a moment ago, for programs that cannot pick one themselves. */
export async function freePort(): Promise<number> {
  for (let tries = 0; tries < TRIES_MAX; tries += 1) {
    const port = randomInt(LEAST, BEYOND);
    if (await isFree(port)) return port;
  }
  throw new Error(`No free port between ${LEAST} and ${BEYOND} in ${TRIES_MAX} tries.`);
}

function isFree(port: number): Promise<boolean> {
  return new Promise((resolve, reject) => {
    const server = createServer();
    server.once('error', (error: NodeJS.ErrnoException) => {
      if (error.code === 'EADDRINUSE') resolve(false);
      else reject(error);
    });
    server.listen(port, '127.0.0.1', () => server.close(() => resolve(true)));
  });
}
