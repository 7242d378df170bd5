import type { Answer, CallError, Problem } from './answers.ts';

/** Milliseconds that a call may take, beside the time it asked the service to wait. */
const CALL_TIMEOUT_MS = 30_000;

/** A list is sent as the same parameter several times. */
type Query = Readonly<Record<string, string | number | boolean | readonly string[] | undefined>>;

export interface Call {
  readonly method: 'GET' | 'POST';
  readonly path: string;
  readonly query?: Query;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: {
    readonly type: 'application/json' | 'text/csv; charset=utf-8';
    readonly content: string | ReadableStream<Uint8Array>;
  };
  readonly signal?: AbortSignal | undefined;
  /** Undefined: 30 s. Null: as long as it takes, for bodies of any length. */
  readonly timeoutMs?: number | null;
}

/** A path whose parts are encoded: path`v1/replays/${id}`. */
export const path = (texts: TemplateStringsArray, ...parts: readonly string[]): string =>
  String.raw({ raw: texts }, ...parts.map((part) => encodeURIComponent(part)));

export interface Connection {
  readonly url: string;
  readonly token: string | undefined;
  readonly fetch: typeof fetch;
}

/** Makes one HTTP call, once. Whatever comes of it is a value. */
export async function callService<T>(connection: Connection, call: Call): Promise<Answer<T>> {
  if (call.signal?.aborted === true) return failed(abortedBy(call.signal));
  const request = requestOf(connection, call);
  try {
    const response = await connection.fetch(request.url, request.init);
    return await readAnswer<T>(response);
  } catch (cause) {
    return failed(noAnswer(connection, { signal: call.signal, cause }));
  }
}

/** The same for an answer that is a file: it is read as it comes. */
export async function downloadFrom(
  connection: Connection,
  call: Call,
): Promise<Answer<ReadableStream<Uint8Array>>> {
  const request = requestOf(connection, { timeoutMs: null, ...call });
  try {
    const response = await connection.fetch(request.url, request.init);
    const { ok, status, body } = response;
    if (ok && body !== null) return { ok: true, status, value: body };
    return failed(refusalOf(response, jsonOf(await response.text())));
  } catch (cause) {
    return failed(noAnswer(connection, { signal: call.signal, cause }));
  }
}

/** What a request consists of, for fetch. */
export function requestOf(connection: Connection, call: Call): { url: URL; init: RequestInit } {
  const signal = boundedSignal(call);
  return {
    url: addressOf(connection.url, call),
    init: {
      method: call.method,
      headers: headersOf(connection, call),
      // A redirect would be a login page or another host: neither is an answer of the API.
      redirect: 'manual',
      ...bodyOf(call.body),
      ...(signal === undefined ? {} : { signal }),
    },
  };
}

export const failed = (error: CallError): { readonly ok: false; readonly error: CallError } => ({
  ok: false,
  error,
});

export const abortedBy = (signal: AbortSignal): CallError => ({
  kind: 'aborted',
  detail: 'The call was aborted by its caller.',
  reason: signal.reason,
});

/** Why fetch threw: the caller's abort, or the network. */
export function noAnswer(
  { url }: Pick<Connection, 'url'>,
  { signal, cause }: { signal: AbortSignal | undefined; cause: unknown },
): CallError {
  if (signal?.aborted === true) return abortedBy(signal);
  return { kind: 'unreachable', detail: `No response from ${url}`, url, cause };
}

function addressOf(base: string, { path, query = {} }: Call): URL {
  // The base may have a path of its own, behind a proxy; without the slash URL would drop its last segment.
  const url = new URL(path, base.endsWith('/') ? base : `${base}/`);
  for (const [name, value] of Object.entries(query)) {
    if (value === undefined) continue;
    for (const one of [value].flat()) url.searchParams.append(name, String(one));
  }
  return url;
}

function boundedSignal({ signal, timeoutMs = CALL_TIMEOUT_MS }: Call): AbortSignal | undefined {
  if (timeoutMs === null) return signal;
  const bound = AbortSignal.timeout(Math.max(0, Math.ceil(timeoutMs)));
  return signal === undefined ? bound : AbortSignal.any([signal, bound]);
}

function headersOf({ token }: Connection, call: Call): Record<string, string> {
  return {
    accept: 'application/json',
    ...(token === undefined ? {} : { authorization: `Bearer ${token}` }),
    ...(call.body === undefined ? {} : { 'content-type': call.body.type }),
    ...call.headers,
  };
}

function bodyOf(body: Call['body']): RequestInit & { duplex?: 'half' } {
  if (body === undefined) return {};
  // fetch sends a stream only when told that it need not read the answer meanwhile.
  return { body: body.content, ...(typeof body.content === 'string' ? {} : { duplex: 'half' }) };
}

async function readAnswer<T>(response: Response): Promise<Answer<T>> {
  const body = jsonOf(await response.text());
  if (response.ok && body !== undefined) return { ok: true, status: response.status, value: body as T };
  return failed(refusalOf(response, body));
}

export const jsonBody = (content: string): NonNullable<Call['body']> => ({
  type: 'application/json',
  content,
});

/** Undefined: the text is not JSON. */
export function jsonOf(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

/** What a response says that is not a success. */
export function refusalOf(response: Response, body: unknown): CallError {
  const { status } = response;
  const retryAfter = retryAfterOf(response.headers.get('retry-after'));
  if (isProblem(body)) return { kind: 'problem', ...body, status, ...retryAfter };
  const detail = `HTTP ${status} without the API's JSON. Check that the URL is the service's.`;
  return { kind: 'unreadable', detail, status, ...retryAfter };
}

const isProblem = (body: unknown): body is Problem =>
  typeof body === 'object' &&
  body !== null &&
  'code' in body &&
  typeof body.code === 'string' &&
  'detail' in body &&
  typeof body.detail === 'string';

/** Seconds, or a date, which proxies like to send. */
function retryAfterOf(header: string | null): { retryAfterSeconds?: number } {
  if (header === null || header.trim() === '') return {};
  const seconds = Number(header);
  const wait = Number.isFinite(seconds) ? seconds : (Date.parse(header) - Date.now()) / 1_000;
  return Number.isFinite(wait) ? { retryAfterSeconds: Math.max(0, wait) } : {};
}
