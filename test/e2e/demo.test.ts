import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { readFile, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { beforeAll, describe, expect, onTestFinished, test } from 'vitest';
import { eventually } from '../support/eventually.ts';
import { freePort } from '../support/free-port.ts';
import { temporaryFolder } from '../support/temp-folder.ts';

const DEMO = fileURLToPath(new URL('../../dist/src/cli/demo.js', import.meta.url));

const HEADER = 'account,region,eventNamespace,eventName,metadata.company,expect';
const CUSTOMERS = [
  '000000000101,us-east-1,tenant-1,orders,Amber Books,provisioned',
  '000000000102,eu-west-1,tenant-2,orders.cme-1,Birch Bikes,provisioned',
  '000000000103,us-east-1,tenant-3,orders.applied-1,Cedar Foods,provisioned',
  '000000000104,eu-west-1,tenant-4,orders.other,Delta Games,failed:AccountConflict',
  '000000000105,us-east-1,tenant-5,orders.limit,Ember Hotels,failed:LimitExceededException',
  '12345,us-east-1,tenant-6,orders,Fjord Labs,rejected:invalid_account',
  '000000000107,mars-1,tenant-7,orders,Granite Media,rejected:region_not_registered',
  '000000000101,us-east-1,tenant-1,orders,Amber Books,duplicate',
  '000000000999,us-east-1,tenant-1,orders,Amber Books,rejected:source_name_taken',
  '000000000110,us-east-1,tenant-10,orders,Smith, Weber & Co.,rejected:unreadable_row',
];

interface Running {
  readonly folder: string;
  readonly child: ChildProcess;
  readonly ended: Promise<number | null>;
  output(): string;
}

/** The demo as `npm run demo` runs it, in a folder of its own. */
async function startDemo(
  args: string[],
  rows: readonly string[],
  env: NodeJS.ProcessEnv = {},
): Promise<Running> {
  const folder = await temporaryFolder();
  await writeFile(join(folder, 'customers.csv'), [HEADER, ...rows, ''].join('\n'));
  const code = `import { runDemo } from ${JSON.stringify(DEMO)}; process.exit(await runDemo(process.argv.slice(1), process.env));`;
  const child = spawn(
    process.execPath,
    ['--input-type=module', '--eval', code, '--', '--customers', 'customers.csv', ...args],
    {
      cwd: folder,
      env: { ...process.env, PORT: String(await freePort()), ...env },
      stdio: ['ignore', 'pipe', 'pipe'],
      // A group of its own, so that a test can signal all of it as a terminal does.
      detached: true,
    },
  );
  let output = '';
  for (const stream of [child.stdout, child.stderr]) stream.on('data', (text) => (output += String(text)));
  const ended = once(child, 'close').then(([exitCode]) => exitCode as number | null);
  onTestFinished(() => {
    if (child.exitCode === null && child.signalCode === null) child.kill('SIGKILL');
  });
  return { folder, child, ended, output: () => output };
}

beforeAll(() => {
  if (!existsSync(DEMO)) throw new Error('dist/ is missing: npm test compiles it first.');
});

describe('npm run demo', () => {
  test('with --exit ends with 0 once every row has ended as its file says', async () => {
    const demo = await startDemo(['--exit'], CUSTOMERS);
    expect(await demo.ended, demo.output()).toBe(0);
    expect(demo.output()).toContain('10 rows in');
    expect(demo.output()).toMatch(/failed +AccountConflict +1 +1\n/);
    const token = await readFile(join(demo.folder, '.data/demo/admin-token'), 'utf8');
    expect(demo.output()).not.toContain(token.trim());
  });

  test('with --exit ends with 1 and names the row that ended in another way', async () => {
    const rows = ['000000000101,us-east-1,tenant-1,orders,Amber Books,failed:AccountConflict'];
    const demo = await startDemo(['--exit'], rows);
    expect(await demo.ended, demo.output()).toBe(1);
    expect(demo.output()).toMatch(/1 +us-east-1 +\S+tenant-1\/orders +failed:AccountConflict +provisioned/);
  });

  test('stays up, says where to look, and drains when the whole group is interrupted twice', async () => {
    const demo = await startDemo([], CUSTOMERS);
    await eventually(() => demo.output().includes('Press Ctrl-C'), { withinMs: 90_000, everyMs: 50 });
    const url = /^API +(\S+)$/m.exec(demo.output())?.[1] ?? '';
    const token = (await readFile(join(demo.folder, '.data/demo/admin-token'), 'utf8')).trim();
    const stats = await fetch(`${url}/v1/stats`, { headers: { authorization: `Bearer ${token}` } });
    expect(await stats.json()).toMatchObject({ byStatus: { provisioned: 3, failed: 2 } });
    const link = /^Console +(\S+) \(logs in once/m.exec(demo.output())?.[1] ?? '';
    const opened = await fetch(link, { redirect: 'manual' });
    expect([opened.status, opened.headers.get('set-cookie')]).toEqual([
      303,
      expect.stringContaining('onboard-login='),
    ]);

    process.kill(-demo.child.pid!, 'SIGINT');
    process.kill(-demo.child.pid!, 'SIGINT');
    expect(await demo.ended, demo.output()).toBe(0);
    await expect(fetch(url)).rejects.toThrow('fetch failed');
  });

  test('takes its service along when it is killed', async () => {
    const demo = await startDemo([], CUSTOMERS);
    await eventually(() => demo.output().includes('Press Ctrl-C'), { withinMs: 90_000, everyMs: 50 });
    const url = /^API +(\S+)$/m.exec(demo.output())?.[1] ?? '';
    demo.child.kill('SIGKILL');
    await eventually(
      () =>
        fetch(`${url}/healthz`).then(
          () => false,
          () => true,
        ),
      { withinMs: 90_000, everyMs: 50 },
    );
  });

  test('ends with 1 and the end of the log when the service cannot start', async () => {
    const demo = await startDemo(['--exit'], CUSTOMERS, { QUOTA_PER_SECOND: 'fast' });
    expect(await demo.ended, demo.output()).toBe(1);
    expect(demo.output()).toContain('QUOTA_PER_SECOND must be a number');
    expect((await stat(join(demo.folder, '.data/demo/service.log'))).mode & 0o077).toBe(0);
  });

  test.each([
    ['an unknown option', ['--bogus']],
    ['failures beside a file', ['--failures', '5']],
  ])('ends with 2 for %s', async (_what, args) => {
    const demo = await startDemo(args, CUSTOMERS);
    expect(await demo.ended, demo.output()).toBe(2);
  });
});
