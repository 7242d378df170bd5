import { writeFile } from 'node:fs/promises';
import { createServer } from 'node:https';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { generate } from 'selfsigned';
import { beforeAll, describe, expect, onTestFinished, test } from 'vitest';
import { startChildProgram } from '../support/child-program.ts';
import { startForwardProxy } from '../support/forward-proxy.ts';
import { temporaryFolder } from '../support/temp-folder.ts';

/** An authority of our own, and what it says of a host. */
let authority: Awaited<ReturnType<typeof generate>>;

beforeAll(async () => {
  authority = await generate([{ name: 'commonName', value: 'onboard test authority' }], {
    extensions: [
      { name: 'basicConstraints', cA: true, critical: true },
      { name: 'keyUsage', keyCertSign: true, critical: true },
    ],
  });
});

/** What makes a process trust the authority. */
async function trust(): Promise<Record<string, string>> {
  const file = join(await temporaryFolder(), 'authority.pem');
  await writeFile(file, authority.cert);
  return { NODE_EXTRA_CA_CERTS: file };
}

/** Answers every create with success, and counts what it was asked. */
async function serve(host: { type: 7; ip: string } | { type: 2; value: string }): Promise<{
  endpoint: string;
  asked: () => number;
}> {
  const certificate = await generate([{ name: 'commonName', value: 'a host' }], {
    ca: { key: authority.private, cert: authority.cert },
    extensions: [
      { name: 'basicConstraints', cA: false },
      { name: 'subjectAltName', altNames: [host] },
    ],
  });
  let asked = 0;
  const server = createServer({ key: certificate.private, cert: certificate.cert }, (request, response) => {
    asked += 1;
    response.setHeader('x-amzn-requestid', 'b5a2c1d0-0000-4000-8000-000000000001');
    request.resume().on('end', () => response.end('{}'));
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  onTestFinished(() => {
    server.closeAllConnections();
    server.close();
  });
  return {
    endpoint: `https://127.0.0.1:${(server.address() as AddressInfo).port}`,
    asked: () => asked,
  };
}

async function createAt(endpoint: string, env: Record<string, string>): Promise<unknown> {
  return JSON.parse(await startChildProgram('create-once.ts', [endpoint], env).nextLine());
}

describe('a call over TLS', () => {
  test('goes to an endpoint whose authority the process trusts', async () => {
    const { endpoint, asked } = await serve({ type: 7, ip: '127.0.0.1' });
    const reply = await createAt(endpoint, await trust());
    expect(reply).toMatchObject({ kind: 'created' });
    expect(asked()).toBe(1);
  });

  test('goes to nobody whose authority is unknown: a failed connection, and no request', async () => {
    const { endpoint, asked } = await serve({ type: 7, ip: '127.0.0.1' });
    const reply = await createAt(endpoint, {});
    expect(reply).toMatchObject({ fault: { kind: 'transient', code: 'ConnectionFailed' } });
    expect(asked()).toBe(0);
  });

  test('goes to nobody whose certificate is for another host', async () => {
    const { endpoint, asked } = await serve({ type: 2, value: 'events.eu-west-1.amazonaws.com' });
    const reply = await createAt(endpoint, await trust());
    expect(reply).toMatchObject({ fault: { kind: 'transient', code: 'ConnectionFailed' } });
    expect(asked()).toBe(0);
  });

  test('goes through the tunnel of a proxy, and only there', async () => {
    const { endpoint, asked } = await serve({ type: 7, ip: '127.0.0.1' });
    const proxy = await startForwardProxy();
    const env = { ...(await trust()), HTTPS_PROXY: proxy.url };
    expect(await createAt(endpoint, env)).toMatchObject({ kind: 'created' });
    expect(asked()).toBe(1);
    expect(proxy.asked).toEqual([`CONNECT ${new URL(endpoint).host}`]);
  });
});
