import { connect, createServer, type AddressInfo, type Socket } from 'node:net';
import { onTestFinished } from 'vitest';

export interface TcpProxy {
  /** The target's address as the service is to see it. */
  through(url: string): string;
  /** Ends every connection and refuses new ones. */
  cut(): void;
  heal(): void;
}

/** Stands between the service and a server, so that a test can cut the line; gone after the test. */
export async function openTcpProxy(): Promise<TcpProxy> {
  const sockets = new Set<Socket>();
  let target: { host: string; port: number } | undefined;
  let down = false;
  const destroyAll = (): void => {
    for (const socket of sockets) socket.destroy();
  };
  const server = createServer((near) => {
    near.on('error', () => near.destroy());
    if (down || target === undefined) {
      near.destroy();
      return;
    }
    const far = connect(target.port, target.host);
    far.on('error', () => near.destroy());
    const ends = [near, far];
    for (const socket of ends) {
      sockets.add(socket);
      // A pipe tells of an orderly end alone; the server would keep what was cut off in the midst of a statement.
      socket.on('close', () => {
        sockets.delete(socket);
        for (const end of ends) end.destroy();
      });
    }
    near.pipe(far).pipe(near);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  onTestFinished(() => {
    destroyAll();
    server.close();
  });
  return {
    through(url) {
      const address = new URL(url);
      target = { host: address.hostname, port: Number(address.port) };
      address.host = `127.0.0.1:${(server.address() as AddressInfo).port}`;
      return address.href;
    },
    cut() {
      down = true;
      destroyAll();
    },
    heal() {
      down = false;
    },
  };
}
