import { execFile } from 'node:child_process';
import { readFile } from 'node:fs/promises';
import { homedir } from 'node:os';
import { promisify } from 'node:util';
import ts from 'typescript';
import { expect, it } from 'vitest';
import { withHome } from '../../../src/runtime/home.ts';

it('leaves the environment of a user who has a home as it is', () => {
  expect(homedir()).not.toBe('');
  const env = { PATH: '/bin' };
  expect(withHome(env)).toBe(env);
  expect(env).toEqual({ PATH: '/bin' });
});

// Only root may run a program as another user.
it.skipIf(process.getuid?.() !== 0)(
  'gives HOME to a user without a passwd entry, so that the AWS SDK can ask for it',
  async () => {
    const source = await readFile(new URL('../../../src/runtime/home.ts', import.meta.url), 'utf8');
    const { outputText } = ts.transpileModule(source, {
      compilerOptions: { module: ts.ModuleKind.ESNext, target: ts.ScriptTarget.ES2022 },
    });
    const program = `${outputText}; withHome(process.env); process.stdout.write(homedir());`;
    const argv = ['--input-type=module', '-e', program];
    const { stdout } = await promisify(execFile)(process.execPath, argv, {
      uid: 54_321,
      gid: 54_321,
      cwd: '/',
      env: { PATH: process.env['PATH'] },
    });
    expect(stdout).toBe('/');
  },
);
