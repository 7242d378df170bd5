import {
  createServer,
  type IncomingMessage,
  type RequestListener,
  type Server,
  type ServerResponse,
} from 'node:http';
import { problem } from './problem.ts';

/**
 * The listening server. It opens before anything else has started, so that `/healthz` tells at once that the
 * process lives and `/readyz` that it is not ready; the app takes over once it is there.
 */
export interface FrontDoor {
  readonly server: Server;
  /** Where it listens, `http://host:port`. */
  readonly url: string;
  /** From now on requests go to the app. */
  admit(handler: RequestListener): void;
  /** Takes no new connection and ends idle ones; resolves when the last answer is out, or cut after `withinMs`. */
  close(withinMs: number): Promise<void>;
}

/** Slow senders are cut: headers within 10 s, a whole request within 5 minutes (imports stream). */
const HEADERS_TIMEOUT_MS = 10_000;
const REQUEST_TIMEOUT_MS = 300_000;

/** Listens on host and port; rejects with Node's own error (EADDRINUSE, EACCES) when it cannot. */
export async function openFrontDoor(host: string, port: number): Promise<FrontDoor> {
  let handler: RequestListener = notYet;
  const server = createServer(
    { headersTimeout: HEADERS_TIMEOUT_MS, requestTimeout: REQUEST_TIMEOUT_MS, keepAliveTimeout: 72_000 },
    (request, response) => {
      handler(request, response);
    },
  );
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    server.listen(port, host, () => {
      server.off('error', reject);
      resolve();
    });
  });
  return {
    server,
    url: urlOf(server, host),
    admit(next) {
      handler = next;
    },
    close: (withinMs) => closeServer(server, withinMs),
  };
}

async function closeServer(server: Server, withinMs: number): Promise<void> {
  const cut = setTimeout(() => server.closeAllConnections(), withinMs);
  try {
    await new Promise<void>((resolve) => {
      server.close(() => {
        resolve();
      });
      server.closeIdleConnections();
    });
  } finally {
    clearTimeout(cut);
  }
}

function urlOf(server: Server, host: string): string {
  const address = server.address();
  const port = typeof address === 'object' && address !== null ? address.port : 0;
  return `http://${host.includes(':') ? `[${host}]` : host}:${port}`;
}

function notYet(request: IncomingMessage, response: ServerResponse): void {
  request.resume();
  const path = request.url?.split('?')[0];
  if (path === '/healthz') {
    answer(response, 200, { status: 'ok' });
    return;
  }
  if (path === '/readyz') {
    answer(response, 503, { status: 'unavailable', parts: { service: 'starting' } });
    return;
  }
  const body = problem('not_ready', {
    detail: 'The service is starting. Send the same request again in a moment.',
  });
  response.setHeader('retry-after', '2');
  answer(response, body.status, body);
}

function answer(response: ServerResponse, status: number, body: object): void {
  const type = 'code' in body ? 'application/problem+json' : 'application/json';
  response.writeHead(status, { 'content-type': type, 'cache-control': 'no-store' }).end(JSON.stringify(body));
}
