import { chown, mkdtemp, open, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import pg from 'pg';
import { onTestFinished } from 'vitest';
import { startTethered } from '../../src/queue/embedded/tethered-process.ts';
import { findPgBouncer } from '../../scripts/bootstrap/find-programs.mjs';
import { eventually } from './eventually.ts';
import { freePort } from './free-port.ts';
import { unprivilegedUser } from './postgres-cluster.ts';

/**
 * A PgBouncer in front of a database, with its defaults but for `pool_mode` and what it needs to be reached at all. Returns the
 * database's address through it.
 */
export async function startPgBouncer(databaseUrl: string): Promise<string> {
  const { hostname, port: behind, username, password, pathname } = new URL(databaseUrl);
  const program = findPgBouncer(process.env);
  if (program === undefined) throw new Error('pgbouncer is missing: `npm test` installs it.');
  const user = await unprivilegedUser();
  const folder = await mkdtemp(join(tmpdir(), 'onboard-pgbouncer-'));
  const port = await freePort();
  const users = join(folder, 'users.txt');
  const settings = join(folder, 'pgbouncer.ini');
  await writeFile(users, `"${username}" "${password}"\n`);
  await writeFile(
    settings,
    `[databases]
* = host=${hostname} port=${behind}
[pgbouncer]
pool_mode = transaction
listen_addr = 127.0.0.1
listen_port = ${port}
unix_socket_dir =
auth_type = md5
auth_file = ${users}
`,
  );
  if (user !== undefined) for (const path of [folder, users, settings]) await chown(path, user.uid, user.gid);
  const output = await open(join(folder, 'log'), 'w');
  const server = startTethered({
    program,
    args: [settings],
    endSignal: 'INT',
    output: output.fd,
    ...(user === undefined ? {} : { user }),
  });
  await output.close();
  onTestFinished(async () => {
    server.kill();
    await server.exited;
    await rm(folder, { recursive: true, force: true });
  });
  const url = `postgres://${username}:${password}@127.0.0.1:${port}${pathname}`;
  await eventually(async () => {
    const client = new pg.Client({ connectionString: url });
    client.on('error', () => undefined);
    try {
      await client.connect();
      return true;
    } catch {
      return false;
    } finally {
      await client.end().catch(() => undefined);
    }
  }).catch(async (error: unknown) => {
    throw new Error(`PgBouncer did not start:\n${await readFile(join(folder, 'log'), 'utf8')}`, {
      cause: error,
    });
  });
  return url;
}
