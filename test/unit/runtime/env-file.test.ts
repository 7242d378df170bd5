import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, it, onTestFinished } from 'vitest';
import { readEnvFile } from '../../../src/cli/main.ts';
import { loadEnvFile } from '../../../src/runtime/env-file.ts';

async function fileWith(text: string): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'onboard-test-'));
  onTestFinished(() => rm(folder, { recursive: true, force: true }));
  await writeFile(join(folder, 'env'), text);
  return join(folder, 'env');
}

it('adds what the environment does not set', async () => {
  const file = await fileWith('# a comment\nPORT=4000\nPARTNER_NAME="acme.example"\nHOST=0.0.0.0\n');
  const env: Record<string, string | undefined> = { ENV_FILE: file, HOST: '127.0.0.1' };
  expect(loadEnvFile(env)).toBe(file);
  expect(env).toEqual({ ENV_FILE: file, HOST: '127.0.0.1', PORT: '4000', PARTNER_NAME: 'acme.example' });
});

it('an empty value of the environment stands too', async () => {
  const env: Record<string, string | undefined> = { ENV_FILE: await fileWith('PORT=4000'), PORT: '' };
  loadEnvFile(env);
  expect(env['PORT']).toBe('');
});

it('reads nothing when told so', () => {
  const env = { ENV_FILE: '' };
  expect(loadEnvFile(env)).toBeUndefined();
  expect(env).toEqual({ ENV_FILE: '' });
});

it('a file that is named and not there is an error that names it', () => {
  expect(() => loadEnvFile({ ENV_FILE: '/nowhere/env' })).toThrow(/ENV_FILE \/nowhere\/env cannot be read/);
});

it('the command line sends a token of the environment to no address that only the file names', async () => {
  const file = await fileWith('ONBOARD_URL=http://elsewhere\nONBOARD_TOKEN=of-the-file');
  const own: Record<string, string | undefined> = { ENV_FILE: file, ONBOARD_TOKEN: 'own' };
  readEnvFile(own);
  expect(own).toEqual({ ENV_FILE: file, ONBOARD_TOKEN: 'own' });
  const none: Record<string, string | undefined> = { ENV_FILE: file };
  readEnvFile(none);
  expect(none).toMatchObject({ ONBOARD_URL: 'http://elsewhere', ONBOARD_TOKEN: 'of-the-file' });
});
