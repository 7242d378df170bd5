import { createServer, type IncomingHttpHeaders, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { onTestFinished } from 'vitest';

export interface Received {
  readonly method: string;
  readonly url: string;
  readonly headers: IncomingHttpHeaders;
  readonly body: string;
}

export interface Scripted {
  readonly status?: number;
  readonly headers?: Readonly<Record<string, string>>;
  /** JSON, or a text to be sent as it stands. */
  readonly body?: unknown;
  /** Answers before it has read the body, and ends the connection. */
  readonly early?: true;
  /** Reads the request, does not answer, and ends the connection. */
  readonly lost?: true;
  /** Server-sent events, part by part as they are written; the line is held open, or ended. */
  readonly events?: { readonly parts: readonly (string | Uint8Array)[]; readonly then: 'hold' | 'end' };
}

export interface ScriptedApi {
  readonly url: string;
  readonly received: readonly Received[];
}

/** A real HTTP server that answers from a script, for those who speak to the service; gone after the test. */
export async function startScriptedApi(
  answer: (request: Omit<Received, 'body'>, count: number) => Scripted | undefined,
): Promise<ScriptedApi> {
  const received: Received[] = [];
  const server = createServer((request, response) => {
    const { method = '', url = '', headers } = request;
    const scripted = answer({ method, url, headers }, received.length) ?? { status: 404 };
    if (scripted.early === true) {
      received.push({ method, url, headers, body: '' });
      send(response, { ...scripted, headers: { ...scripted.headers, connection: 'close' } });
      return;
    }
    void readAll(request).then((body) => {
      received.push({ method, url, headers, body });
      send(response, scripted);
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  onTestFinished(async () => {
    server.closeAllConnections();
    await new Promise((resolve) => server.close(resolve));
  });
  return { url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`, received };
}

async function readAll(request: IncomingMessage): Promise<string> {
  let body = '';
  for await (const chunk of request) body += String(chunk);
  return body;
}

function send(response: ServerResponse, scripted: Scripted): void {
  const { status = 200, headers = {}, body = {}, events } = scripted;
  if (scripted.lost === true) {
    response.destroy();
    return;
  }
  if (events !== undefined) {
    void sendEvents(response, events);
    return;
  }
  const isText = typeof body === 'string';
  response.writeHead(status, {
    'content-type': isText ? 'text/html' : status < 400 ? 'application/json' : 'application/problem+json',
    ...headers,
  });
  response.end(isText ? body : JSON.stringify(body));
}

async function sendEvents(
  response: ServerResponse,
  { parts, then }: NonNullable<Scripted['events']>,
): Promise<void> {
  response.writeHead(200, { 'content-type': 'text/event-stream' });
  response.flushHeaders();
  for (const part of parts) {
    await new Promise((resolve) => response.write(part, resolve));
    // A turn of the loop between two parts, so that they arrive as two.
    await new Promise((resolve) => setImmediate(resolve));
  }
  if (then === 'end') response.end();
}

/** An onboarding as the API shows one. */
export function onboardingJson(more: Readonly<Record<string, unknown>> = {}): Record<string, unknown> {
  return {
    id: 'onb_01kaqk3v6m8x2c5d7f9h1j3n5q',
    customerId: 'c-1001',
    account: '000000000101',
    region: 'eu-west-1',
    sourceName: 'aws.partner/acme.example/tenant-42/orders',
    lane: 'live',
    status: 'queued',
    outcome: null,
    eventSourceArn: null,
    arnOrigin: null,
    awsState: null,
    expiresAt: null,
    expiresAtOrigin: null,
    connection: null,
    connectedAt: null,
    checkedAt: null,
    nextCheckAt: null,
    checkError: null,
    error: null,
    attempts: 0,
    replays: 0,
    renewals: 0,
    nextAttemptAt: null,
    metadata: {},
    callbackUrl: null,
    createdAt: '2026-01-02T03:04:05.000Z',
    updatedAt: '2026-01-02T03:04:05.000Z',
    completedAt: null,
    ...more,
  };
}
