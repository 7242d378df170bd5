/**
 * Serves an example without its framework:
 *
 *   ONBOARD_TOKEN=$(cat .data/admin-token) npx tsx examples/serve.ts express-signup|nextjs-route
 *
 * PORT is where it listens (8080). This is scaffolding: what belongs into an application stands in the two files.
 */
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { signup, signupRetry, signupStatus } from './express-signup.ts';
import { GET, POST } from './nextjs-route.ts';

type Serve = (request: IncomingMessage, response: ServerResponse) => Promise<void>;

const EXAMPLES: Readonly<Record<string, Serve>> = {
  'express-signup': serveExpressStyle,
  'nextjs-route': serveWebStyle,
};

async function serveExpressStyle(request: IncomingMessage, response: ServerResponse): Promise<void> {
  const reply = {
    status: (code: number) => {
      response.statusCode = code;
      return reply;
    },
    json: (body: unknown) => response.setHeader('content-type', 'application/json').end(JSON.stringify(body)),
  };
  const [, id = '', isRetry] = /^\/signup\/([^/]+)(\/retry)?$/.exec(request.url ?? '') ?? [];
  if (isRetry !== undefined) await signupRetry({ params: { id } }, reply);
  else if (request.method === 'POST')
    await signup({ body: JSON.parse(await textOf(request)), params: {} }, reply);
  else await signupStatus({ params: { id } }, reply);
}

async function serveWebStyle(request: IncomingMessage, response: ServerResponse): Promise<void> {
  const { method = 'GET', url = '/' } = request;
  const address = `http://localhost${url}`;
  const answer =
    method === 'POST'
      ? await POST(new Request(address, { method, body: await textOf(request) }))
      : await GET(new Request(address));
  response.writeHead(answer.status, { 'content-type': 'application/json' }).end(await answer.text());
}

async function textOf(request: IncomingMessage): Promise<string> {
  let text = '';
  for await (const chunk of request) text += String(chunk);
  return text;
}

const serve = EXAMPLES[process.argv[2] ?? ''];
if (serve === undefined) {
  console.error(`Name one of: ${Object.keys(EXAMPLES).join(', ')}`);
  process.exit(2);
}
const server = createServer((request, response) => {
  serve(request, response).catch((error: unknown) => {
    console.error(error);
    response.writeHead(500).end();
  });
});
server.listen(Number(process.env['PORT'] ?? 8080), '127.0.0.1', () => {
  console.log(`http://127.0.0.1:${(server.address() as AddressInfo).port}`);
});
