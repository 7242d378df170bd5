import { execFile } from 'node:child_process';
import { cp, mkdir, readFile, rm, symlink, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { expect, test } from 'vitest';
import { temporaryFolder } from '../support/temp-folder.ts';

const PROJECT = fileURLToPath(new URL('../..', import.meta.url));

interface Run {
  readonly code: number;
  readonly stdout: string;
  readonly stderr: string;
}

/** A checkout that has only what the bootstrap itself needs, and nothing installed. */
async function bareCheckout(): Promise<string> {
  const folder = await temporaryFolder();
  for (const path of ['scripts', 'bin', 'package.json', 'package-lock.json']) {
    await cp(join(PROJECT, path), join(folder, path), { recursive: true });
  }
  return folder;
}

/** A folder for PATH that holds these programs: by name what a shell script does, or undefined for the real one. */
async function pathWith(programs: Readonly<Record<string, string | undefined>>): Promise<string> {
  const folder = await temporaryFolder();
  await symlink(process.execPath, join(folder, 'node'));
  for (const [name, script] of Object.entries(programs)) {
    const file = join(folder, name);
    if (script === undefined) await symlink(await which(name), file);
    else await writeFile(file, `#!/bin/sh\n${script}\n`, { mode: 0o755 });
  }
  return folder;
}

async function which(name: string): Promise<string> {
  const { stdout } = await run('sh', ['-c', `command -v ${name}`], { env: process.env, cwd: PROJECT });
  return stdout.trim();
}

function run(
  program: string,
  args: string[],
  options: { env: NodeJS.ProcessEnv; cwd: string },
): Promise<Run> {
  return new Promise((resolve) => {
    execFile(program, args, options, (error, stdout, stderr) => {
      const code = error === null ? 0 : typeof error.code === 'number' ? error.code : 1;
      resolve({ code, stdout, stderr });
    });
  });
}

const command = (checkout: string, args: string[], env: NodeJS.ProcessEnv): Promise<Run> =>
  run(process.execPath, [join(checkout, 'scripts/run.mjs'), ...args], { cwd: checkout, env });

/** What npm leaves behind when it has installed exactly what the lock file says. */
async function pretendInstalled(checkout: string): Promise<void> {
  await mkdir(join(checkout, 'node_modules'), { recursive: true });
  await cp(join(checkout, 'package-lock.json'), join(checkout, 'node_modules/.package-lock.json'));
}

test('--no-install without redis-server prints the command that installs it, and fails', async () => {
  const PATH = await pathWith({ 'apt-get': 'echo called >&2; exit 1' });
  const { code, stdout, stderr } = await command(await bareCheckout(), ['start', '--no-install'], { PATH });
  expect(stderr).toMatch(
    /^Missing: redis-server\. Run: .*apt-get install -y --no-install-recommends redis-server/,
  );
  expect(stderr).not.toContain('called');
  expect({ code, stdout }).toEqual({ code: 1, stdout: '' });
});

test('npm start --no-install, without the dashes between, installs nothing either', async () => {
  const PATH = await pathWith({ 'apt-get': 'echo called >&2; exit 1' });
  const env = { PATH, npm_config_install: '' };
  const { code, stderr } = await command(await bareCheckout(), ['start'], env);
  expect(stderr).not.toContain('called');
  expect(code).toBe(1);
});

test('each package manager is asked for the package by its own name', async () => {
  const checkout = await bareCheckout();
  for (const [manager, line] of [
    ['dnf', 'dnf install -y redis'],
    ['apk', 'apk add redis'],
    ['brew', 'brew install redis'],
  ] as const) {
    const PATH = await pathWith({ [manager]: 'exit 1' });
    expect((await command(checkout, ['demo', '--no-install'], { PATH })).stderr).toContain(line);
  }
});

test('the tests need more programs, and each is named', async () => {
  const PATH = await pathWith({ 'apt-get': 'exit 1' });
  const { stderr } = await command(await bareCheckout(), ['test', '--no-install'], { PATH });
  const [, titles = '', packages = ''] = /^Missing: (.*)\. Run: .*recommends (.*)$/m.exec(stderr) ?? [];
  // The servers of PostgreSQL and Chromium may lie in folders of their own, where they are found all the same.
  expect(titles.split(', ')).toEqual(expect.arrayContaining(['redis-server', 'curl', 'python3']));
  expect(packages).toMatch(/\bcurl\b.*\bpython3\b/);
});

test('without any known package manager it says so', async () => {
  const PATH = await pathWith({});
  const { code, stderr } = await command(await bareCheckout(), ['start'], { PATH });
  expect(stderr).toContain('No apt-get, dnf, apk or brew here');
  expect(code).toBe(1);
});

test('a service with a REDIS_URL needs no redis-server, and what comes next is announced', async () => {
  const PATH = await pathWith({});
  const env = { PATH, REDIS_URL: 'redis://127.0.0.1:1' };
  const { code, stderr } = await command(await bareCheckout(), ['start', '--no-install'], env);
  expect(stderr).toBe('The npm packages are not installed. Run: npm ci --include=dev\n');
  expect(code).toBe(1);
});

test('an installation that fails shows what npm said and how it was called', async () => {
  const PATH = await pathWith({ npm: 'echo "npm error: no network"; exit 7' });
  const env = { PATH, REDIS_URL: 'redis://127.0.0.1:1' };
  const { code, stderr } = await command(await bareCheckout(), ['start'], env);
  expect(stderr.split('\n')).toEqual([
    'The npm packages are not installed. Installing them: npm ci --include=dev',
    'npm error: no network',
    'npm ci --include=dev failed (exit code 7).',
    '',
  ]);
  expect(code).toBe(1);
});

test('packages are installed again only when they differ from the lock file', async () => {
  const checkout = await bareCheckout();
  const env = { PATH: await pathWith({}), REDIS_URL: 'redis://127.0.0.1:1' };
  const differs = 'The npm packages differ from package-lock.json.';
  await pretendInstalled(checkout);
  expect((await command(checkout, ['start', '--no-install'], env)).stderr).not.toContain('npm');

  const path = join(checkout, 'package-lock.json');
  const lock = await readFile(path, 'utf8');
  await writeFile(path, lock.replace(/("node_modules\/bullmq": \{\s*"version": ")[^"]+/, '$1999.0.0'));
  expect((await command(checkout, ['start', '--no-install'], env)).stderr).toContain(differs);

  await writeFile(path, lock);
  await rm(join(checkout, 'node_modules/.package-lock.json'));
  expect((await command(checkout, ['start', '--no-install'], env)).stderr).toContain('are not installed');
});

test('dist/ is compiled when a source differs, and only then', async () => {
  const checkout = await bareCheckout();
  for (const path of ['tsconfig.json', 'tsconfig.build.json']) {
    await cp(join(PROJECT, path), join(checkout, path));
  }
  await symlink(join(PROJECT, 'node_modules'), join(checkout, 'node_modules'));
  const source = join(checkout, 'workers/main.ts');
  await mkdir(dirname(source));
  const assets = 'src/console/assets';
  await mkdir(join(checkout, assets), { recursive: true });
  await writeFile(join(checkout, assets, 'console.css'), 'a {}');
  const env = { PATH: await pathWith({}), REDIS_URL: 'redis://127.0.0.1:1' };
  const mainThatSays = async (said: string): Promise<Run> => {
    const body = `console.log(${JSON.stringify(said)}, ...argv); return Promise.resolve(3);`;
    await writeFile(source, `export function main(argv: string[]): Promise<number> { ${body} }\n`);
    return await command(checkout, ['start', '--run=http', '--no-install'], env);
  };
  const compiling = 'Compiling src/ and workers/ into dist/\n';
  expect(await mainThatSays('one')).toEqual({ code: 3, stdout: 'one --run=http\n', stderr: compiling });
  expect(await readFile(join(checkout, 'dist', assets, 'console.css'), 'utf8')).toBe('a {}');
  expect(await mainThatSays('one')).toEqual({ code: 3, stdout: 'one --run=http\n', stderr: '' });
  expect(await mainThatSays('two')).toEqual({ code: 3, stdout: 'two --run=http\n', stderr: compiling });

  await writeFile(source, 'export const main: number = "not a number";\n');
  const broken = await command(checkout, ['start'], env);
  expect(broken.stderr).toContain('workers/main.ts(1,14): error TS2322');
  expect(broken.code).toBe(1);
});

test('a command that does not exist is misuse, and the usage names those that do', async () => {
  const { code, stderr } = await command(PROJECT, ['lunch'], process.env);
  expect(stderr).toContain(
    'start|demo|dev|check|docs|chaos|soak|bench|test|explore|transcript|screenshots|build',
  );
  expect(code).toBe(2);
});
