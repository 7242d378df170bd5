import { execFile } from 'node:child_process';
import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { expect, it, onTestFinished } from 'vitest';

const PROGRAM = fileURLToPath(new URL('../../bin/healthcheck.mjs', import.meta.url));

async function listenOn(host: string, status: number): Promise<string> {
  const server = createServer((request, response) => {
    response.writeHead(request.url === '/healthz' ? status : 404).end();
  });
  server.listen(0, host);
  await once(server, 'listening');
  onTestFinished(() => void server.close());
  return String((server.address() as AddressInfo).port);
}

const codeOf = async (env: Readonly<Record<string, string>>): Promise<number> =>
  promisify(execFile)(process.execPath, [PROGRAM], { env }).then(
    () => 0,
    (error: unknown) => (error as { code: number }).code,
  );

it.each(['127.0.0.1', '0.0.0.0', '::1', '::'])('asks a process that listens on %s', async (host) => {
  expect(await codeOf({ HOST: host, PORT: await listenOn(host, 200) })).toBe(0);
});

it('asks METRICS_PORT, which every process has, before PORT, which only HTTP has', async () => {
  expect(await codeOf({ PORT: '1', METRICS_PORT: await listenOn('127.0.0.1', 200) })).toBe(0);
});

it('fails where nothing listens, and where the answer is not 200', async () => {
  expect(await codeOf({ PORT: '1' })).toBe(1);
  expect(await codeOf({ PORT: await listenOn('127.0.0.1', 503) })).toBe(1);
});
