/**
 * The sandbox: a wire-level stand-in for EventBridge's partner API, started by `onboard sandbox`, embedded services, tests and
 * benchmarks. User's page: docs/sandbox.md.
 *
 * Invariants: a change is with the operating system before its response; only a source's name decides its faults; no request can
 * end the process. It never speaks to AWS and verifies no signature, so it must not be reachable from outside.
 */
import { randomUUID } from 'node:crypto';
import { once } from 'node:events';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { PartnerName } from '../domain/source-name.ts';
import { awsError } from './answer.ts';
import { openBooks } from './books.ts';
import { createCallLog, type CallFilter, type CallsView } from './call-log.ts';
import { viewSources, type SourceView } from './control.ts';
import { answerControl, CONTROL_PREFIX, foreignPart } from './control-route.ts';
import { answerPartner, type PartnerApiDeps, type SandboxLog } from './partner-api.ts';
import { createSandboxClock } from './sandbox-clock.ts';
import { createSettings } from './settings.ts';
import { parseObject, receiveBody, sendAnswer } from './wire.ts';

export interface SandboxOptions {
  /** Default 127.0.0.1. */
  readonly host?: string;
  /** Default 0: any free port. */
  readonly port?: number;
  /** Folder of the books; without one they are kept in memory. One sandbox per folder. */
  readonly dataDir?: string;
  /** Refuse names outside `aws.partner/<partner>/`; without one any partner's names are taken. */
  readonly partner?: PartnerName;
  /** One line per partner call (`sandbox.called`), and one when the sandbox itself fails (`sandbox.failed`). */
  readonly log?: SandboxLog;
  /** Milliseconds since 1970; the sandbox's own clocks are offsets from it. */
  readonly now?: () => number;
  /** 0 up to 1, for the latency's jitter. */
  readonly random?: () => number;
}

export interface Sandbox {
  readonly url: string;
  readonly port: number;
  /** What a test wants to know without going over HTTP. */
  readonly books: {
    sources(filter?: { region?: string; name?: string }): readonly SourceView[];
    calls(filter?: CallFilter): CallsView;
  };
  /** Cuts every connection, hung ones included, and closes the books. */
  close(): Promise<void>;
}

/** No partner request comes near this; a larger one is answered 413 and the connection ends. */
const MAX_BODY_BYTES = 1_000_000;
const TOO_LARGE = { status: 413, message: `The limit is ${MAX_BODY_BYTES} bytes.` };

/** Starts a sandbox. Rejects when the port is taken or the books cannot be read. */
export async function startSandbox(options: SandboxOptions = {}): Promise<Sandbox> {
  const now = options.now ?? Date.now;
  const clock = createSandboxClock(now);
  const settings = createSettings({ now, random: options.random ?? Math.random });
  const books = openBooks(options.dataDir, () => clock.bookNow());
  const calls = createCallLog();
  const stop = new AbortController();
  const { partner, log = () => undefined, host = '127.0.0.1' } = options;
  const deps = { books, calls, settings, clock, now, partner, log, stopped: stop.signal };
  const server = createServer((request, response) => void serve({ deps, host, request, response }));
  try {
    const address = await listen(server, host, options.port ?? 0);
    let closed: Promise<void> | undefined;
    return {
      ...address,
      books: {
        sources: (filter = {}) => viewSources(deps, filter),
        calls: (filter = {}) => deps.calls.view(filter),
      },
      close: () => {
        stop.abort();
        return (closed ??= closeServer(server).then(() => books.close()));
      },
    };
  } catch (error) {
    books.close();
    throw error;
  }
}

/** Longer than clients keep idle sockets, so that the sandbox is never the one that cuts a socket in use. */
const KEEP_ALIVE_MS = 120_000;

/** Listens and tells where; rejects when the address cannot be had. Port 0 takes any free one. */
async function listen(server: Server, host: string, port: number): Promise<{ url: string; port: number }> {
  server.keepAliveTimeout = KEEP_ALIVE_MS;
  server.headersTimeout = KEEP_ALIVE_MS + 1000;
  server.listen(port, host);
  await once(server, 'listening');
  const address = server.address();
  if (address === null || typeof address === 'string') throw new Error('The sandbox listens on TCP only.');
  const hostPart = address.family === 'IPv6' ? `[${address.address}]` : address.address;
  return { url: `http://${hostPart}:${address.port}`, port: address.port };
}

const closeServer = (server: Server): Promise<unknown> =>
  new Promise((resolve) => {
    server.close(resolve);
    server.closeAllConnections();
  });

interface Exchange {
  readonly deps: PartnerApiDeps;
  /** What it was told to listen on. */
  readonly host: string;
  readonly request: IncomingMessage;
  readonly response: ServerResponse;
}

/** One request, whatever it holds: nothing gets out of here but an answer. */
async function serve({ deps, host, request, response }: Exchange): Promise<void> {
  const headers = { 'x-amzn-requestid': randomUUID(), date: new Date(deps.clock.wireNow()).toUTCString() };
  // A client that leaves in the middle is its own business.
  response.on('error', () => undefined);
  try {
    const received = await receiveBody(request, MAX_BODY_BYTES);
    if (received.kind === 'gone') return;
    if (received.kind === 'tooLarge') {
      sendAnswer(response, awsError('RequestEntityTooLargeException', TOO_LARGE), {
        ...headers,
        connection: 'close',
      });
      return;
    }
    const body = parseObject(received.bytes);
    const [path = '/', query = ''] = (request.url ?? '/').split('?', 2);
    const method = request.method ?? 'GET';
    if (`${path}/`.startsWith(`${CONTROL_PREFIX}/`)) {
      const foreign = foreignPart(request, host);
      const reply = answerControl(deps, { method, path, query: new URLSearchParams(query), body, foreign });
      sendAnswer(response, { kind: 'json', ...reply }, { ...headers, 'content-type': 'application/json' });
      return;
    }
    sendAnswer(
      response,
      await answerPartner(deps, { method, path, headers: request.headers, body }),
      headers,
    );
  } catch (error) {
    const message = error instanceof Error ? error.message : String(error);
    deps.log({ error_message: message }, 'sandbox.failed');
    if (response.headersSent) response.destroy();
    else sendAnswer(response, awsError('InternalException', { message }), headers);
  }
}
