import { connect, createServer, type Socket } from 'node:net';
import { freePort } from './free-port.ts';

export interface FailingProxy {
  readonly port: number;
  /** Ends every connection and refuses new ones, as a server that has died. */
  cut(): Promise<void>;
  /** Keeps every connection and answers nothing, as a machine that has lost its network. */
  freeze(): Promise<void>;
  /** The same for the connections that are there; new ones are served. */
  abandon(): void;
  /** Passes everything on again; what was frozen stays dead, as after a failover. */
  restore(): Promise<void>;
  close(): Promise<void>;
}

/** Stands between a client and a server of 127.0.0.1, to take the server away without touching it. */
export async function startFailingProxy(targetPort: number): Promise<FailingProxy> {
  const sockets = new Set<Socket>();
  const abandoned = new WeakSet<Socket>();
  let frozen = false;
  const keep = (socket: Socket): void => {
    sockets.add(socket);
    socket.on('error', () => socket.destroy());
    socket.on('close', () => sockets.delete(socket));
  };
  /** Of an abandoned connection the client does not even hear that its server has ended it. */
  const forward = (from: Socket, to: Socket, tellsOfItsEnd: () => boolean): void => {
    from.on('data', (chunk) => {
      if (!frozen && !abandoned.has(from)) to.write(chunk);
    });
    from.on('close', () => {
      if (tellsOfItsEnd()) to.destroy();
    });
  };
  const server = createServer((client) => {
    keep(client);
    if (frozen) return;
    const target = connect(targetPort, '127.0.0.1');
    keep(target);
    forward(client, target, () => true);
    forward(target, client, () => !abandoned.has(target));
  });
  const listen = (port: number): Promise<void> =>
    new Promise((resolve, reject) => {
      server.once('error', reject);
      server.listen(port, '127.0.0.1', resolve);
    });
  const endAll = (): void => {
    for (const socket of sockets) socket.destroy();
  };
  const cut = async (): Promise<void> => {
    const closed = server.listening ? new Promise((resolve) => server.close(resolve)) : undefined;
    endAll();
    await closed;
  };
  // Its own for as long as it is cut, too.
  const port = await freePort();
  await listen(port);
  return {
    port,
    cut,
    close: cut,
    freeze() {
      frozen = true;
      return Promise.resolve();
    },
    abandon() {
      for (const socket of sockets) abandoned.add(socket);
    },
    async restore() {
      if (frozen) endAll();
      frozen = false;
      if (!server.listening) await listen(port);
    },
  };
}
