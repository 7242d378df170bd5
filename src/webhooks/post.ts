import { request as httpRequest, type ClientRequest, type IncomingMessage } from 'node:http';
import { request as httpsRequest, type RequestOptions } from 'node:https';
import type { LookupFunction } from 'node:net';
import type { ResolvedAddress } from './route.ts';

export interface PostAnswer {
  readonly statusCode: number;
  readonly retryAfter: string | undefined;
  /** At most {@link KEPT_BYTES}, as text. */
  readonly bodyStart: string;
}

/** What is kept of an answer, for people to look at; and what is read of it at most, to let a connection end well. */
const KEPT_BYTES = 1_024;
const READ_BYTES = 65_536;

/**
 * One POST on a connection of its own, to one of the addresses that are given and to nothing else. No redirect is
 * followed. Rejects with the network's error, or with the signal's reason.
 */
export async function post(
  url: URL,
  call: {
    readonly headers: Readonly<Record<string, string>>;
    readonly body: string;
    readonly addresses: readonly ResolvedAddress[];
  },
  signal: AbortSignal,
): Promise<PostAnswer> {
  const options: RequestOptions = {
    method: 'POST',
    headers: { ...call.headers, 'content-length': Buffer.byteLength(call.body) },
    // A pool would keep connections that were opened under another judgement of the same name.
    agent: false,
    lookup: pinned(call.addresses),
    signal,
  };
  const request = url.protocol === 'https:' ? httpsRequest(url, options) : httpRequest(url, options);
  const response = await answerTo(request, call.body);
  try {
    const bodyStart = await readStart(response);
    return { statusCode: response.statusCode ?? 0, retryAfter: response.headers['retry-after'], bodyStart };
  } finally {
    request.destroy();
  }
}

function answerTo(request: ClientRequest, body: string): Promise<IncomingMessage> {
  return new Promise((resolve, reject) => {
    request.on('response', resolve);
    // Stays attached: what is destroyed at the end may still complain.
    request.on('error', reject);
    request.end(body);
  });
}

/** Answers every question about a name with the addresses that were judged. */
function pinned(addresses: readonly ResolvedAddress[]): LookupFunction {
  return (_hostname, options, callback) => {
    const [first] = addresses;
    if (options.all === true) callback(null, [...addresses]);
    else if (first !== undefined) callback(null, first.address, first.family);
  };
}

/** The status is the answer: a body that breaks off, or goes on and on, changes nothing. */
async function readStart(response: IncomingMessage): Promise<string> {
  const kept: Buffer[] = [];
  let read = 0;
  try {
    for await (const chunk of response as AsyncIterable<Buffer>) {
      if (read < KEPT_BYTES) kept.push(chunk.subarray(0, KEPT_BYTES - read));
      read += chunk.length;
      if (read >= READ_BYTES) break;
    }
  } catch {
    // What has come so far is kept.
  }
  return new TextDecoder().decode(Buffer.concat(kept));
}
