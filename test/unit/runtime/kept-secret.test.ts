import { chmod, mkdtemp, readFile, rm, stat, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import { sha256Hex } from '../../../src/runtime/api-token.ts';
import { keepToken, keptTokenFile } from '../../../src/runtime/kept-secret.ts';

async function folder(): Promise<string> {
  const dir = await mkdtemp(join(tmpdir(), 'onboard-token-'));
  onTestFinished(() => rm(dir, { recursive: true, force: true }));
  return dir;
}

test('is made once, for its user alone, and read again by the next start', async () => {
  const dir = join(await folder(), 'new');
  const made = await keepToken(dir);
  const file = keptTokenFile(dir);
  expect((await stat(file)).mode & 0o777).toBe(0o600);
  expect((await stat(dir)).mode & 0o777).toBe(0o700);
  expect(made.sha256).toBe(sha256Hex((await readFile(file, 'utf8')).trim()));
  expect((await keepToken(dir)).sha256).toBe(made.sha256);
});

test('that others may read or write is refused, with the way out', async () => {
  const dir = await folder();
  await writeFile(keptTokenFile(dir), 'planted-0123456789abcdef');
  await chmod(keptTokenFile(dir), 0o666);
  await expect(keepToken(dir)).rejects.toThrow('delete it');
});

test('is not read through a link', async () => {
  const dir = await folder();
  const planted = join(await folder(), 'planted');
  await writeFile(planted, 'planted-0123456789abcdef', { mode: 0o600 });
  await symlink(planted, keptTokenFile(dir));
  await expect(keepToken(dir)).rejects.toMatchObject({ code: 'ELOOP' });
});

test('that is too short is refused', async () => {
  const dir = await folder();
  await writeFile(keptTokenFile(dir), 'short', { mode: 0o600 });
  await expect(keepToken(dir)).rejects.toThrow('16 or more characters');
});
