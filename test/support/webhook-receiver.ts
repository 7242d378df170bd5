import { createHmac } from 'node:crypto';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { onTestFinished } from 'vitest';
import type { WebhookEvent } from '../../src/client/verify-webhook.ts';

export interface ReceivedHook {
  readonly path: string;
  readonly headers: Readonly<Record<string, string | undefined>>;
  readonly body: string;
}

/** What the receiver does with a call: a status, or whatever it likes with the response. */
export type HookAnswer = number | ((response: ServerResponse) => void);

export interface WebhookReceiver {
  readonly url: string;
  readonly host: string;
  readonly received: readonly ReceivedHook[];
  /** The same, read. */
  events(): readonly (WebhookEvent & { readonly id: string })[];
  /** How calls are answered from now on, the nth one counted from here; 204 at first. */
  answer(how: (hook: ReceivedHook, count: number) => HookAnswer): void;
}

/**
 * A real HTTP server that keeps what it is told; gone after the test.
 * @param stopWith who stops it instead; a file that shares one says `afterAll`
 */
export async function startReceiver(
  address = '127.0.0.1',
  port = 0,
  stopWith: (stop: () => Promise<void>) => void = onTestFinished,
): Promise<WebhookReceiver> {
  const received: ReceivedHook[] = [];
  let how: (hook: ReceivedHook, count: number) => HookAnswer = () => 204;
  let count = 0;
  const server = createServer((request, response) => {
    void readHook(request).then((hook) => {
      received.push(hook);
      const answer = how(hook, (count += 1));
      if (typeof answer === 'number') response.writeHead(answer).end();
      else answer(response);
    });
  });
  await new Promise<void>((resolve) => server.listen(port, address, resolve));
  stopWith(() => close(server));
  const host = `${address}:${(server.address() as AddressInfo).port}`;
  return {
    host,
    url: `http://${host}`,
    received,
    events: () =>
      received.map(({ headers, body }) => ({
        ...(JSON.parse(body) as WebhookEvent),
        id: headers['webhook-id'] ?? '',
      })),
    answer(next) {
      how = next;
      count = 0;
    },
  };
}

async function readHook(request: IncomingMessage): Promise<ReceivedHook> {
  let body = '';
  for await (const chunk of request) body += String(chunk);
  return { path: request.url ?? '', headers: request.headers as ReceivedHook['headers'], body };
}

async function close(server: Server): Promise<void> {
  server.closeAllConnections();
  await new Promise((resolve) => server.close(resolve));
}

/** The convention of standardwebhooks.com once more, by other means than the product's own. */
export function signatureOf(secret: string, { headers, body }: ReceivedHook): string {
  const key = Buffer.from(secret.replace('whsec_', ''), 'base64');
  const text = `${headers['webhook-id']}.${headers['webhook-timestamp']}.${body}`;
  return `v1,${createHmac('sha256', key).update(text, 'utf8').digest('base64')}`;
}

export const SECRET = `whsec_${Buffer.alloc(32, 'first').toString('base64')}`;
export const OLD_SECRET = `whsec_${Buffer.alloc(32, 'older').toString('base64')}`;
