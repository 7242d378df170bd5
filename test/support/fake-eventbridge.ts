import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';

/** What arrived on the wire. */
export interface WireRequest {
  /** Such as `CreatePartnerEventSource`. */
  readonly operation: string;
  readonly body: Record<string, unknown>;
  readonly headers: IncomingMessage['headers'];
}

export type Answer = (response: ServerResponse, request: WireRequest) => void;

export interface FakeEventBridge {
  readonly endpoint: string;
  readonly requests: readonly WireRequest[];
  /** The answers to the next requests, in order; the last one stays. */
  script(...answers: Answer[]): void;
  /** Resolves once `count` requests have arrived. */
  arrived(count: number): Promise<void>;
  close(): Promise<void>;
}

/** A server below the protocol: it answers whatever the test says, well-formed or not. Port from the system. */
export async function startFakeEventBridge(): Promise<FakeEventBridge> {
  const requests: WireRequest[] = [];
  const waiting = new Set<() => void>();
  let answers: Answer[] = [json(200, {})];
  const server = createServer((message, response) => {
    const chunks: Buffer[] = [];
    message.on('data', (chunk: Buffer) => chunks.push(chunk));
    message.on('end', () => {
      const request = readRequest(message, Buffer.concat(chunks));
      requests.push(request);
      const answer = answers.length > 1 ? answers.shift()! : answers[0]!;
      answer(response, request);
      for (const look of waiting) look();
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  return {
    endpoint: `http://127.0.0.1:${port}`,
    requests,
    script(...next) {
      answers = next;
    },
    arrived: (count) =>
      new Promise((resolve) => {
        const look = (): void => {
          if (requests.length < count) return;
          waiting.delete(look);
          resolve();
        };
        waiting.add(look);
        look();
      }),
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}

function readRequest(message: IncomingMessage, body: Buffer): WireRequest {
  const target = message.headers['x-amz-target'];
  return {
    operation: typeof target === 'string' ? target.replace('AWSEvents.', '') : '',
    body: JSON.parse(body.toString()) as Record<string, unknown>,
    headers: message.headers,
  };
}

type Headers = Readonly<Record<string, string>>;

export const REQUEST_ID = '7b1c9a52-0000-4000-8000-000000000001';

export function raw(status: number, body: string, headers: Headers = {}): Answer {
  return (response) => {
    response.writeHead(status, {
      'content-type': 'application/x-amz-json-1.1',
      'x-amzn-requestid': REQUEST_ID,
      ...headers,
    });
    response.end(body);
  };
}

export const json = (status: number, body: unknown, headers?: Headers): Answer =>
  raw(status, JSON.stringify(body), headers);

export const awsError = (
  name: string,
  {
    status = 400,
    message = `${name} says the fake.`,
    headers = {},
  }: { status?: number; message?: string; headers?: Headers } = {},
): Answer => json(status, { __type: name, message }, headers);

/** The socket is cut before a byte is answered. */
export const reset: Answer = (response) => {
  response.socket?.destroy();
};

/** No byte is answered, and the socket stays open. */
export const hang: Answer = () => undefined;

/** Status, headers and the beginning of a body, then nothing. */
export const hangInBody: Answer = (response) => {
  response.writeHead(200, { 'content-type': 'application/x-amz-json-1.1', 'content-length': '200' });
  response.write('{"EventSourceArn":"arn:');
};

/** Bytes that are no HTTP. */
export const garbage: Answer = (response) => {
  response.socket?.end('220 mail.example ESMTP\r\n');
};
