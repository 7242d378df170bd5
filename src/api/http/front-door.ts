import { once } from 'node:events';
import {
  createServer,
  STATUS_CODES,
  type IncomingMessage,
  type RequestListener,
  type Server,
  type ServerResponse,
} from 'node:http';
import { Server as NetServer } from 'node:net';
import type { Duplex } from 'node:stream';
import type { ProblemCode } from '../../domain/problem-codes.ts';
import { withoutBasePath } from './base-path.ts';
import { problem, PROBLEM_TYPE, SAFE_HEADERS, type Problem } from './problem.ts';

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
  /** From now on each connection ends with its next response, so that callers go elsewhere. */
  drain(): void;
  /** Takes no new connection and ends idle ones after a moment, in which they may still be used; resolves when the last answer is out, or cut after `withinMs`. */
  close(withinMs: number): Promise<void>;
}

/** Limits per connection, before its caller is known. */
export interface DoorLimits {
  /** From the connection, or the end of the request before, to the end of the headers. */
  readonly headersTimeoutMs: number;
  /** How often Node looks for connections that are over that time. */
  readonly checkEveryMs: number;
  /** A connection on which nothing moves in either direction; a call that waits takes 30 s. */
  readonly silenceTimeoutMs: number;
}

const LIMITS: DoorLimits = { headersTimeoutMs: 10_000, checkEveryMs: 1_000, silenceTimeoutMs: 120_000 };

/** Longer than the minute after which load balancers drop idle connections: they must be the first to do so. */
const KEEP_ALIVE_MS = 72_000;
const HEADERS_MAX_BYTES = 16_384;
const HEADERS_MAX_COUNT = 100;

/** How long an idle connection may still bring a request after the listener has closed; its response ends it. */
const LINGER_MS = 1_000;

/** Listens on host and port; rejects with Node's own error (EADDRINUSE, EACCES) when it cannot. */
export async function openFrontDoor(
  host: string,
  port: number,
  { limits = LIMITS, basePath = '' }: { limits?: DoorLimits; basePath?: string } = {},
): Promise<FrontDoor> {
  let handler: RequestListener = (request, response) => notYet(request, response, basePath);
  let isDraining = false;
  const server = createServer(
    {
      headersTimeout: limits.headersTimeoutMs,
      connectionsCheckingInterval: limits.checkEveryMs,
      // Bodies are watched by src/api/http/body-limits.ts: an import may take as long as it needs.
      requestTimeout: 0,
      keepAliveTimeout: KEEP_ALIVE_MS,
      maxHeaderSize: HEADERS_MAX_BYTES,
    },
    (request, response) => {
      if (isDraining) response.setHeader('connection', 'close');
      if (request.rawHeaders.length / 2 > HEADERS_MAX_COUNT) refuseHeaders(response);
      else handler(request, response);
    },
  );
  server.setTimeout(limits.silenceTimeoutMs);
  server.on('clientError', answerUnreadable);
  server.listen(port, host);
  await once(server, 'listening');
  return {
    server,
    url: urlOf(server, host),
    admit(next) {
      handler = next;
    },
    drain() {
      isDraining = true;
    },
    close(withinMs) {
      isDraining = true;
      return closeServer(server, withinMs);
    },
  };
}

async function closeServer(server: Server, withinMs: number): Promise<void> {
  const cut = setTimeout(() => server.closeAllConnections(), withinMs);
  const leave = setTimeout(() => server.closeIdleConnections(), Math.min(LINGER_MS, withinMs));
  try {
    // Not `server.close`: since Node 19 that ends idle connections at once, and callers that just send on one get ECONNRESET.
    await new Promise((resolve) => NetServer.prototype.close.call(server, resolve));
  } finally {
    clearTimeout(cut);
    clearTimeout(leave);
    server.close(() => undefined);
  }
}

function urlOf(server: Server, host: string): string {
  const address = server.address();
  const port = typeof address === 'object' && address !== null ? address.port : 0;
  return `http://${host.includes(':') ? `[${host}]` : host}:${port}`;
}

function notYet(request: IncomingMessage, response: ServerResponse, basePath: string): void {
  request.resume();
  const [path] = withoutBasePath(request.url ?? '/', basePath).split('?');
  if (path === '/healthz') {
    answer(response, 200, { status: 'ok' });
    return;
  }
  if (path === '/readyz') {
    answer(response, 503, { status: 'unavailable', parts: { service: 'starting' } });
    return;
  }
  response.setHeader('retry-after', '2');
  refuse(response, 'not_ready', 'The service is starting. Send the same request again in a moment.');
}

const HEADERS_TOO_LARGE = `The limit is ${HEADERS_MAX_COUNT} headers with ${HEADERS_MAX_BYTES} bytes in total.`;

const refuseHeaders = (response: ServerResponse): void =>
  refuse(response, 'headers_too_large', HEADERS_TOO_LARGE);

function refuse(response: ServerResponse, code: ProblemCode, detail: string): void {
  const body = problem(code, { detail });
  answer(response, body.status, body);
}

/** Ends the connection too, so that an unread body cannot hold it. */
function answer(response: ServerResponse, status: number, body: object): void {
  const text = JSON.stringify(body);
  response.writeHead(status, headersFor(text, 'code' in body ? PROBLEM_TYPE : 'application/json')).end(text);
}

const headersFor = (text: string, type: string): Record<string, string | number> => ({
  ...SAFE_HEADERS,
  'content-type': type,
  'content-length': Buffer.byteLength(text),
  connection: 'close',
});

interface UnreadableError extends NodeJS.ErrnoException {
  readonly rawPacket?: Buffer;
}

/** What Node's parser gives up on has no response object: the answer is written by hand, and the connection ends. */
function answerUnreadable(error: UnreadableError, socket: Duplex): void {
  if (!socket.writable || error.code === 'ECONNRESET' || isAnswering(socket)) {
    socket.destroy();
    return;
  }
  const body = unreadableProblem(error.code);
  const text = JSON.stringify(body);
  // A client that sends HEAD takes what follows the headers for the next response (RFC 9110, 9.3.2).
  const shown = asksForHead(error) ? '' : text;
  const head = Object.entries(headersFor(text, PROBLEM_TYPE)).map(([name, value]) => `${name}: ${value}\r\n`);
  socket.end(`HTTP/1.1 ${body.status} ${STATUS_CODES[body.status]}\r\n${head.join('')}\r\n${shown}`, () =>
    socket.destroy(),
  );
}

/** Node hands over the bytes that its parser gave up on; those of a timeout it does not, and a body ends that anyway. */
const asksForHead = ({ rawPacket }: UnreadableError): boolean =>
  rawPacket?.subarray(0, HEAD.length).equals(HEAD) === true;
const HEAD = Buffer.from('HEAD ');

/** An answer that has begun must not get a second one in its middle. Node's own handler looks at the same place. */
function isAnswering(socket: Duplex & { _httpMessage?: ServerResponse | null }): boolean {
  return socket._httpMessage?.headersSent === true;
}

function unreadableProblem(code: string | undefined): Problem {
  switch (code) {
    case 'HPE_HEADER_OVERFLOW':
      return problem('headers_too_large', { detail: HEADERS_TOO_LARGE });
    case 'ERR_HTTP_REQUEST_TIMEOUT':
      return problem('request_timeout', { detail: 'The headers were sent too slowly.' });
    default:
      return problem('invalid_request', { detail: 'This is not an HTTP request.' });
  }
}
