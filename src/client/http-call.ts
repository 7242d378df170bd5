import type { Answer, Problem } from './answers.ts';
import { ServiceUnreachableError } from './client-errors.ts';

/** Milliseconds that a call may take, beside the time it asked the service to wait. */
const CALL_TIMEOUT_MS = 30_000;

export interface Call {
  readonly method: 'GET' | 'POST';
  readonly path: string;
  readonly query?: Readonly<Record<string, string | number | boolean | undefined>>;
  readonly json?: unknown;
  readonly csv?: string | ReadableStream<Uint8Array>;
  readonly signal?: AbortSignal | undefined;
  /** Undefined: 30 s. Null: as long as it takes, for bodies of any length. */
  readonly timeoutMs?: number | null;
}

export interface Connection {
  readonly url: string;
  readonly token: string | undefined;
  readonly fetch: typeof fetch;
}

/**
 * Makes one HTTP call. What the service answers is a value, whatever its status; no answer throws a
 * {@link ServiceUnreachableError}; an abort by the caller throws the signal's own reason.
 */
export async function callService<T>(connection: Connection, call: Call): Promise<Answer<T>> {
  const url = addressOf(connection.url, call);
  const signal = boundedSignal(call);
  try {
    const response = await connection.fetch(url, {
      method: call.method,
      headers: headersOf(connection, call),
      // A redirect would be a login page or another host: neither is an answer of the API.
      redirect: 'manual',
      ...bodyOf(call),
      ...(signal === undefined ? {} : { signal }),
    });
    return await readAnswer<T>(response);
  } catch (error) {
    call.signal?.throwIfAborted();
    throw new ServiceUnreachableError(connection.url, error);
  }
}

function addressOf(base: string, { path, query = {} }: Call): URL {
  // The base may have a path of its own, behind a proxy; without the slash URL would drop its last segment.
  const url = new URL(path, base.endsWith('/') ? base : `${base}/`);
  for (const [name, value] of Object.entries(query)) {
    if (value !== undefined) url.searchParams.set(name, String(value));
  }
  return url;
}

function boundedSignal({ signal, timeoutMs = CALL_TIMEOUT_MS }: Call): AbortSignal | undefined {
  if (timeoutMs === null) return signal;
  const bound = AbortSignal.timeout(timeoutMs);
  return signal === undefined ? bound : AbortSignal.any([signal, bound]);
}

function headersOf({ token }: Connection, call: Call): Record<string, string> {
  return {
    accept: 'application/json',
    ...(token === undefined ? {} : { authorization: `Bearer ${token}` }),
    ...(call.json === undefined ? {} : { 'content-type': 'application/json' }),
    ...(call.csv === undefined ? {} : { 'content-type': 'text/csv; charset=utf-8' }),
  };
}

function bodyOf({ json, csv }: Call): RequestInit {
  if (json !== undefined) return { body: JSON.stringify(json) };
  if (csv === undefined) return {};
  // fetch sends a stream only when told that it need not read the answer meanwhile.
  return typeof csv === 'string' ? { body: csv } : { body: csv, duplex: 'half' };
}

async function readAnswer<T>(response: Response): Promise<Answer<T>> {
  const body = parsed(await response.text());
  if (response.ok && body !== undefined) return { ok: true, status: response.status, value: body as T };
  return { ok: false, problem: problemOf(response, body) };
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

function problemOf(response: Response, body: unknown): Problem {
  const wait = Number(response.headers.get('retry-after') ?? Number.NaN);
  const retryAfter = Number.isFinite(wait) ? { retryAfterSeconds: wait } : {};
  if (typeof body === 'object' && body !== null && 'code' in body && typeof body.code === 'string') {
    return { ...(body as Problem), status: response.status, ...retryAfter };
  }
  return {
    status: response.status,
    code: 'unreadable_answer',
    detail: `HTTP ${response.status} without the API's JSON: is this the address of the service?`,
    ...retryAfter,
  };
}
