import { createServer, request as httpRequest, type IncomingMessage } from 'node:http';
import { connect, type AddressInfo, type Socket } from 'node:net';
import { onTestFinished } from 'vitest';

export interface ForwardProxy {
  readonly url: string;
  readonly host: string;
  /** `CONNECT host:port`, or the method and the whole address of a plain request. */
  readonly asked: readonly string[];
  /** The proxy-authorization of each, where there was one. */
  readonly authorizations: readonly string[];
}

/** An HTTP proxy as companies run them: tunnels by CONNECT, and forwards plain requests; gone after the test. */
export async function startForwardProxy({ refuses }: { refuses?: number } = {}): Promise<ForwardProxy> {
  const asked: string[] = [];
  const authorizations: string[] = [];
  const sockets = new Set<Socket>();
  const keep = (socket: Socket): void => {
    sockets.add(socket);
    socket.on('error', () => socket.destroy());
  };
  const note = (what: string, { headers }: IncomingMessage): void => {
    asked.push(what);
    const authorization = headers['proxy-authorization'];
    if (authorization !== undefined) authorizations.push(authorization);
  };
  const server = createServer((request, response) => {
    note(`${request.method ?? ''} ${request.url ?? ''}`, request);
    if (refuses !== undefined) {
      response.writeHead(refuses).end();
      return;
    }
    const { method, headers } = request;
    const onward = httpRequest(request.url ?? '', { method, headers }, (answer) => {
      response.writeHead(answer.statusCode ?? 502, answer.headers);
      answer.pipe(response);
    });
    onward.on('error', () => response.writeHead(502).end());
    request.pipe(onward);
  });
  server.on('connection', keep);
  server.on('connect', (request, near: Socket, head: Buffer) => {
    note(`CONNECT ${request.url ?? ''}`, request);
    if (refuses !== undefined) {
      near.end(`HTTP/1.1 ${refuses} Refused\r\n\r\n`);
      return;
    }
    const { hostname, port } = new URL(`http://${request.url ?? ''}`);
    const far = connect(Number(port), hostname, () => {
      near.write('HTTP/1.1 200 Connection established\r\n\r\n');
      far.write(head);
      near.pipe(far).pipe(near);
    });
    keep(far);
    far.on('close', () => near.destroy());
    near.on('close', () => far.destroy());
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  onTestFinished(async () => {
    for (const socket of sockets) socket.destroy();
    await new Promise((resolve) => server.close(resolve));
  });
  const host = `127.0.0.1:${(server.address() as AddressInfo).port}`;
  return { url: `http://${host}`, host, asked, authorizations };
}
