import { type Dispatcher, Pool, ProxyAgent } from 'undici';
import { jsonExcess } from '../domain/json.ts';
import { type OutboundProxies, proxyFor } from '../domain/outbound-proxy.ts';

/** What the SDK hands over: a signed request, its body still text. */
export interface SdkRequest {
  readonly protocol: string;
  readonly hostname: string;
  readonly port?: number;
  readonly method: string;
  readonly path: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body?: unknown;
}

interface SdkResponse {
  readonly statusCode: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: AsyncIterable<Uint8Array>;
}

/** What the SDK requires of an HTTP handler. */
export interface HttpHandler {
  readonly metadata: { readonly handlerProtocol: string };
  handle(request: SdkRequest): Promise<{ response: SdkResponse }>;
  destroy(): void;
  updateHttpClientConfig(): void;
  httpHandlerConfigs(): Record<string, never>;
}

export interface HttpConnections {
  /** Sends a signed request; `cut` ends it. */
  send(request: SdkRequest, cut: AbortSignal | undefined): Promise<HttpAnswer>;
  destroy(): void;
}

/**
 * Idle connections are kept so long. Node's own agent keeps them until the other side closes; a call that goes out
 * at that very moment fails as a reset, and may have been applied.
 */
const KEEP_IDLE_MS = 30_000;

/**
 * Connections over undici, for a fifth less CPU per call than the SDK's handler. They have no timeout: withinBound has one.
 * @param connections per origin, ≥ 1; further requests wait for one
 */
export function createHttpConnections(connections: number, proxies?: OutboundProxies): HttpConnections {
  const pools = new Map<string, Dispatcher>();
  const options = {
    connections,
    pipelining: 1,
    headersTimeout: 0,
    bodyTimeout: 0,
    keepAliveTimeout: KEEP_IDLE_MS,
  };
  const open = (origin: string): Dispatcher => {
    const uri = proxies && proxyFor(new URL(origin), proxies);
    if (uri === undefined) return new Pool(origin, options);
    return new ProxyAgent({ ...options, uri, proxyTunnel: origin.startsWith('https:') });
  };
  const poolOf = (origin: string): Dispatcher => {
    let pool = pools.get(origin);
    if (pool === undefined) {
      pool = open(origin);
      pools.set(origin, pool);
    }
    return pool;
  };
  return {
    send(request, cut) {
      const { method, path, headers } = request;
      const body = (request.body ?? null) as string | Uint8Array | null;
      const origin = originOf(request);
      return exchange(poolOf(origin), { origin, method, path, headers, body }, cut);
    },
    destroy() {
      for (const pool of pools.values()) void pool.destroy();
      pools.clear();
    },
  };
}

/** Carries the SDK's requests; `respond` says how each is answered. */
export function createHttpHandler(
  connections: Pick<HttpConnections, 'destroy'>,
  respond: (request: SdkRequest) => Promise<HttpAnswer>,
): HttpHandler {
  return {
    metadata: { handlerProtocol: 'http/1.1' },
    async handle(request) {
      const { statusCode, headers, body } = await respond(request);
      return { response: { statusCode, headers, body: streamOf(body) } };
    },
    destroy: () => connections.destroy(),
    // What the SDK would set in its own handler; here nothing can be set.
    updateHttpClientConfig: () => undefined,
    httpHandlerConfigs: () => ({}),
  };
}

export function originOf({ protocol, hostname, port }: Omit<SdkRequest, 'body'>): string {
  return `${protocol}//${hostname}${port === undefined ? '' : `:${port}`}`;
}

/** An answer whose body is here, or as much of it as ever came. */
export interface HttpAnswer {
  readonly statusCode: number;
  /** A header that came several times is one list, as Node's http has it. */
  readonly headers: Readonly<Record<string, string>>;
  readonly body: AnsweredBody;
}

/** `tooLarge`: the rest was not read. `broken`: it ended before its end. */
export type AnsweredBody =
  | { readonly kind: 'whole' | 'tooLarge'; readonly chunks: readonly Buffer[] }
  | { readonly kind: 'broken'; readonly chunks: readonly Buffer[]; readonly error: Error };

/**
 * One request and its response for undici's `dispatch`: `request` makes a stream per body and listeners per signal, which
 * costs as much as the rest of a short exchange. Rejects with undici's error, or the signal's reason.
 */
function exchange(
  dispatcher: Pick<Dispatcher, 'dispatch'>,
  request: Dispatcher.DispatchOptions,
  cut: AbortSignal | undefined,
): Promise<HttpAnswer> {
  return new Promise((resolve, reject) => {
    if (cut?.aborted === true) {
      reject(cut.reason as Error);
      return;
    }
    let controller: Dispatcher.DispatchController | undefined;
    // One that still waits for a connection has no controller yet: it is ended as soon as it gets one.
    const end = (): void => controller?.abort(cut?.reason as Error);
    cut?.addEventListener('abort', end, { once: true });

    let head: Pick<HttpAnswer, 'statusCode' | 'headers'> | undefined;
    const chunks: Buffer[] = [];
    let size = 0;
    const answer = (body: AnsweredBody): void => {
      cut?.removeEventListener('abort', end);
      if (head !== undefined) resolve({ ...head, body });
    };
    dispatcher.dispatch(request, {
      onRequestStart(begun) {
        controller = begun;
        if (cut?.aborted === true) end();
      },
      onResponseStart(_, statusCode, headers) {
        // An answer of 1xx only says that another one comes.
        if (statusCode >= 200) head = { statusCode, headers: joined(headers) };
      },
      onResponseData(_, chunk) {
        chunks.push(chunk);
        size += chunk.length;
        if (size <= BODY_MAX_BYTES) return;
        answer({ kind: 'tooLarge', chunks });
        controller?.abort(new Error('The body is too large.'));
      },
      onResponseEnd() {
        answer({ kind: 'whole', chunks });
      },
      onResponseError(_, error) {
        if (head === undefined || cut?.aborted === true) {
          cut?.removeEventListener('abort', end);
          reject(cut?.aborted === true ? error : withoutAbort(error));
        } else answer({ kind: 'broken', chunks, error });
      },
    });
  });
}

/** undici calls a tunnel that its proxy refuses an abort, and nothing here has aborted. */
function withoutAbort(error: Error): Error {
  if (!('code' in error) || error.code !== 'UND_ERR_ABORTED') return error;
  return Object.assign(new Error(`The proxy refused the connection: ${error.message}`), {
    code: 'ECONNREFUSED',
  });
}

/** The body as the SDK reads it, its end included. */
// oxlint-disable-next-line typescript/require-await -- a stream of what is here already
async function* streamOf(body: AnsweredBody): AsyncGenerator<Uint8Array> {
  yield* body.chunks;
  if (body.kind === 'broken') throw body.error;
}

type Headers = Readonly<Record<string, string | string[] | undefined>>;

function joined(headers: Headers): Record<string, string> {
  const one: Record<string, string> = {};
  for (const name in headers) {
    const value = headers[name];
    if (value !== undefined) one[name] = typeof value === 'string' ? value : value.join(', ');
  }
  return one;
}

/** A list page of 100 accounts has about 20 kB. */
const BODY_MAX_BYTES = 1_048_576;

const OPENING_BRACE = 0x7b;
const WHITESPACE: ReadonlySet<number> = new Set([0x20, 0x09, 0x0a, 0x0d]);

/** A body that is no JSON object, or is too large to be one of ours. */
class UnreadableBodyError extends SyntaxError {}

/**
 * Reads a response body for the SDK, which would take `null`, `[]` and `"text"` with status 200 for a success
 * with every member left out: a proxy's "OK" must not count as a created source. An empty body is left to the
 * SDK, for which it is an object without members.
 */
export async function collectObjectBody(stream: AsyncIterable<Uint8Array>): Promise<Uint8Array> {
  const body = await collectBody(stream);
  if (jsonExcess(body) !== undefined) throw new UnreadableBodyError('The body is too complex.');
  const first = body.find((byte) => !WHITESPACE.has(byte));
  if (first !== undefined && first !== OPENING_BRACE) {
    throw new UnreadableBodyError('The body is not a JSON object.');
  }
  return body;
}

/** Reads a response body of any form for the SDK, which itself would read on for ever. */
export async function collectBody(stream: AsyncIterable<Uint8Array>): Promise<Buffer> {
  const chunks: Uint8Array[] = [];
  let size = 0;
  for await (const chunk of stream) {
    size += chunk.byteLength;
    if (size > BODY_MAX_BYTES) throw new UnreadableBodyError('The body is too large.');
    chunks.push(chunk);
  }
  return Buffer.concat(chunks, size);
}
