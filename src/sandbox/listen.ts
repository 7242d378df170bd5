import type { Server } from 'node:http';

/** Longer than clients keep idle sockets, so that the sandbox is never the one that cuts a socket in use. */
const KEEP_ALIVE_MS = 120_000;

/** Listens and tells where; rejects when the address cannot be had. Port 0 takes any free one. */
export async function listen(
  server: Server,
  host: string,
  port: number,
): Promise<{ url: string; port: number }> {
  server.keepAliveTimeout = KEEP_ALIVE_MS;
  server.headersTimeout = KEEP_ALIVE_MS + 1000;
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    server.listen(port, host, () => {
      server.off('error', reject);
      resolve();
    });
  });
  const address = server.address();
  if (address === null || typeof address === 'string') throw new Error('The sandbox listens on TCP only.');
  const hostPart = address.family === 'IPv6' ? `[${address.address}]` : address.address;
  return { url: `http://${hostPart}:${address.port}`, port: address.port };
}
