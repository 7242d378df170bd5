import { GetCallerIdentityCommand } from '@aws-sdk/client-sts';
import { writeFile } from 'node:fs/promises';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { afterEach, expect, onTestFinished, test, vi } from 'vitest';
import { createIdentityClient } from '../../src/aws/gateway-checkup.ts';
import { temporaryFolder } from '../support/temp-folder.ts';

afterEach(() => vi.unstubAllEnvs());

const credentials = { accessKeyId: 'test', secretAccessKey: 'test' };

async function clientAnswered(body: string, times: number): Promise<ReturnType<typeof createIdentityClient>> {
  const server = createServer((_request, response) => {
    response.writeHead(200, { 'content-type': 'text/xml' });
    let left = times;
    const more = (): void => {
      while (left > 0 && !response.destroyed) {
        left -= 1;
        if (!response.write(body)) {
          response.once('drain', more);
          return;
        }
      }
      if (left === 0) response.end();
    };
    more();
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  const client = createIdentityClient('us-east-1', { endpoint: `http://127.0.0.1:${port}`, credentials });
  onTestFinished(() => {
    client.destroy();
    server.close();
    server.closeAllConnections();
  });
  return client;
}

const IDENTITY = `<GetCallerIdentityResponse xmlns="https://sts.amazonaws.com/doc/2011-06-15/"><GetCallerIdentityResult>
  <Arn>arn:aws:iam::000000000101:role/r</Arn><Account>000000000101</Account>
</GetCallerIdentityResult></GetCallerIdentityResponse>`;

test('whose credentials these are is read from the answer', async () => {
  const client = await clientAnswered(IDENTITY, 1);
  expect(await client.send(new GetCallerIdentityCommand({}))).toMatchObject({ Account: '000000000101' });
});

test('an answer of megabytes is not read to its end', async () => {
  const client = await clientAnswered('<a/>'.repeat(10_000), 200);
  await expect(client.send(new GetCallerIdentityCommand({}))).rejects.toThrow('too large');
});

test('a credentials file that was renewed is read as it is now', async () => {
  for (const name of Object.keys(process.env)) if (name.startsWith('AWS_')) vi.stubEnv(name, undefined);
  const file = join(await temporaryFolder(), 'credentials');
  vi.stubEnv('AWS_SHARED_CREDENTIALS_FILE', file);
  const keyIn = async (id: string): Promise<string> => {
    await writeFile(file, `[default]\naws_access_key_id = ${id}\naws_secret_access_key = secret\n`);
    const client = createIdentityClient('us-east-1');
    onTestFinished(() => client.destroy());
    return (await client.config.credentials()).accessKeyId;
  };
  expect(await keyIn('AKIAOLD')).toBe('AKIAOLD');
  expect(await keyIn('AKIANEW')).toBe('AKIANEW');
});
