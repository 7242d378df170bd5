/** A real PgBouncer in transaction mode before the run's PostgreSQL, with every other setting at its default. */
import { chown, mkdtemp, open, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import pg from 'pg';
import { onTestFinished } from 'vitest';
import { findPgbouncer } from '../../scripts/bootstrap/find-programs.mjs';
import { startTethered } from '../../src/queue/embedded/tethered-process.ts';
import { eventually } from './eventually.ts';
import { freePort } from './free-port.ts';

const run = promisify(execFile);

/** Started for a server; `of` leads a database's address through it. Gone after the test. */
export async function startPgbouncer(
  server: string,
  more: Readonly<Record<string, string>> = {},
): Promise<{ of: (url: string) => string }> {
  const program = findPgbouncer(process.env);
  if (program === undefined) throw new Error('pgbouncer is missing: `npm test` installs it.');
  const { hostname, port: serverPort, username, password } = new URL(server);
  const folder = await mkdtemp(join(tmpdir(), 'onboard-pgbouncer-'));
  const port = await freePort();
  const settings = {
    listen_addr: '127.0.0.1',
    listen_port: port,
    unix_socket_dir: '',
    auth_type: 'md5',
    auth_file: join(folder, 'users.txt'),
    pool_mode: 'transaction',
    ...more,
  };
  await writeFile(join(folder, 'users.txt'), `"${username}" "${password}"\n`);
  await writeFile(
    join(folder, 'pgbouncer.ini'),
    [
      '[databases]',
      `* = host=${hostname} port=${serverPort}`,
      '[pgbouncer]',
      ...Object.entries(settings).map(([name, value]) => `${name} = ${value}`),
      '',
    ].join('\n'),
  );
  const user = process.getuid?.() === 0 ? await nobody() : undefined;
  if (user !== undefined) {
    for (const path of [folder, join(folder, 'users.txt'), join(folder, 'pgbouncer.ini')])
      await chown(path, user.uid, user.gid);
  }
  const output = await open(join(folder, 'log'), 'w');
  const pooler = startTethered({
    program,
    args: [join(folder, 'pgbouncer.ini')],
    endSignal: 'TERM',
    output: output.fd,
    ...(user === undefined ? {} : { user }),
  });
  await output.close();
  onTestFinished(async () => {
    pooler.kill();
    await pooler.exited;
    await rm(folder, { recursive: true, force: true });
  });
  const of = (url: string): string => {
    const through = new URL(url);
    through.port = String(port);
    return through.href;
  };
  try {
    await eventually(() => canConnect(of(server)));
  } catch (error) {
    throw new Error(await readFile(join(folder, 'log'), 'utf8'), { cause: error });
  }
  return { of };
}

async function nobody(): Promise<{ uid: number; gid: number }> {
  const ids = await Promise.all(['-u', '-g'].map(async (flag) => (await run('id', [flag, 'nobody'])).stdout));
  return { uid: Number(ids[0]), gid: Number(ids[1]) };
}

async function canConnect(url: string): Promise<boolean> {
  const client = new pg.Client({ connectionString: url });
  try {
    await client.connect();
    return true;
  } catch {
    return false;
  } finally {
    await client.end();
  }
}
