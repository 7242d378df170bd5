/**
 * Receives the service's webhooks: verified, each once, and the later truth wins.
 *
 *   WEBHOOK_SECRET=whsec_… npx tsx examples/webhook-receiver.ts
 *
 * PORT is where it listens (8080). docs/webhooks.md says what is sent and what can be relied on.
 */
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { verifyWebhook, type WebhookEvent } from 'eventbridge-partner-onboarding/client';

const { WEBHOOK_SECRET = '' } = process.env;
if (WEBHOOK_SECRET === '') {
  console.error('Set WEBHOOK_SECRET to the one of the service.');
  process.exit(2);
}
const secrets = WEBHOOK_SECRET.split(',');

/** An application keeps these two in its database, in the transaction in which it acts on the event. */
const seen = new Set<string>();
const newest = new Map<string, number>();

function take(event: WebhookEvent): void {
  switch (event.type) {
    case 'onboarding.provisioned':
    case 'onboarding.failed':
    case 'onboarding.cancelled':
    case 'source.connected':
    case 'source.disconnected':
    case 'source.expiring':
    case 'source.expired':
    case 'source.removed': {
      const { id, status, connection, eventSourceArn } = event.data;
      if (event.number <= (newest.get(id) ?? 0)) return;
      newest.set(id, event.number);
      console.log(`${id} ${status} ${connection ?? '-'} ${eventSourceArn ?? '-'}`);
      if (event.type === 'source.expiring')
        console.log(`${id} remind the customer: ${event.hoursLeft} hours left`);
      return;
    }
    case 'region.circuitOpened':
    case 'region.circuitClosed':
    case 'deliveries.disabled':
    case 'webhook.test':
      console.log(event.type);
  }
}

async function bodyOf(request: IncomingMessage): Promise<Buffer> {
  const chunks: Buffer[] = [];
  for await (const chunk of request) chunks.push(chunk as Buffer);
  return Buffer.concat(chunks);
}

async function receive(request: IncomingMessage, response: ServerResponse): Promise<void> {
  // The bytes as they came: a body that was parsed and written again has another signature.
  const body = await bodyOf(request);
  const verified = await verifyWebhook({ headers: request.headers, body, secrets });
  if (!verified.ok) {
    response.writeHead(400).end(verified.reason);
    return;
  }
  if (!seen.has(verified.id)) take(verified.event);
  seen.add(verified.id);
  response.writeHead(204).end();
}

const server = createServer((request, response) => {
  receive(request, response).catch((error: unknown) => {
    // The service sends it again.
    console.error(String(error));
    response.writeHead(500).end();
  });
});
server.listen(Number(process.env['PORT'] ?? 8080), '127.0.0.1', () => {
  console.log(`http://127.0.0.1:${(server.address() as AddressInfo).port}`);
});
