/**
 * A throw-away PostgreSQL: a cluster of its own in a temporary folder, on a free port of 127.0.0.1, gone with the
 * process that started it. PostgreSQL refuses to run as root, so root runs it as `nobody`.
 */
import { execFile } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { open, mkdtemp, readFile, rm, writeFile, chown } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { promisify } from 'node:util';
import pg from 'pg';
import { findPostgresFolder } from '../../scripts/bootstrap/find-programs.mjs';
import { startTethered, type TetheredProcess } from '../../src/queue/embedded/tethered-process.ts';
import { freePort } from './free-port.ts';

export interface PostgresCluster {
  /** Of its administrator, and its first database. */
  readonly url: string;
  stop(): Promise<void>;
}

interface User {
  readonly uid: number;
  readonly gid: number;
}

const run = promisify(execFile);
const START_MAX_MS = 30_000;
const STOP_MAX_MS = 10_000;

/** @param overrides settings of the server that differ from those of a test's, such as `{ fsync: 'on' }` */
export async function startPostgresCluster(
  overrides: Readonly<Record<string, string>> = {},
): Promise<PostgresCluster> {
  const programs = findPostgresFolder(process.env);
  if (programs === undefined) throw new Error("PostgreSQL's server is missing: `npm test` installs it.");
  const user = process.getuid?.() === 0 ? await nobody() : undefined;
  const folder = await mkdtemp(join(tmpdir(), 'onboard-postgres-'));
  if (user !== undefined) await chown(folder, user.uid, user.gid);
  const password = randomBytes(16).toString('hex');
  await initialise(programs, { folder, password, user });
  const port = await freePort();
  const server = await startServer(programs, { folder, port, user, overrides });
  const url = `postgres://postgres:${password}@127.0.0.1:${port}/postgres`;
  try {
    await answers(url, { server, folder });
  } catch (error) {
    server.kill();
    throw error;
  }
  return {
    url,
    async stop() {
      server.end();
      const impatience = setTimeout(() => server.kill(), STOP_MAX_MS);
      await server.exited;
      clearTimeout(impatience);
      await rm(folder, { recursive: true, force: true });
    },
  };
}

async function nobody(): Promise<User> {
  const ids = await Promise.all(['-u', '-g'].map(async (flag) => (await run('id', [flag, 'nobody'])).stdout));
  const [uid, gid] = ids.map(Number);
  return { uid: uid!, gid: gid! };
}

async function initialise(
  programs: string,
  { folder, password, user }: { folder: string; password: string; user: User | undefined },
): Promise<void> {
  const passwordFile = join(folder, 'password');
  await writeFile(passwordFile, password, { mode: 0o600 });
  if (user !== undefined) await chown(passwordFile, user.uid, user.gid);
  // Case is folded beyond ASCII only with a locale that knows about it.
  const locale = process.platform === 'darwin' ? 'en_US.UTF-8' : 'C.UTF-8';
  const options = ['--encoding=UTF8', `--locale=${locale}`, '--auth=md5', '--no-sync'];
  await run(
    join(programs, 'initdb'),
    ['--username=postgres', `--pwfile=${passwordFile}`, ...options, join(folder, 'data')],
    { ...user, cwd: folder },
  );
}

async function startServer(
  programs: string,
  {
    folder,
    port,
    user,
    overrides,
  }: { folder: string; port: number; user: User | undefined; overrides: Readonly<Record<string, string>> },
): Promise<TetheredProcess> {
  const settings = {
    listen_addresses: '127.0.0.1',
    port,
    unix_socket_directories: '',
    max_connections: 200,
    shared_buffers: '32MB',
    // Nothing here has to survive a power cut; the tests that kill processes do not need it either.
    fsync: 'off',
    ...overrides,
  };
  const output = await open(join(folder, 'log'), 'w');
  try {
    return startTethered({
      program: join(programs, 'postgres'),
      args: [
        '-D',
        join(folder, 'data'),
        ...Object.entries(settings).flatMap(([n, v]) => ['-c', `${n}=${v}`]),
      ],
      // TERM would wait for every client to leave.
      endSignal: 'INT',
      output: output.fd,
      ...(user === undefined ? {} : { user }),
    });
  } finally {
    await output.close();
  }
}

async function answers(
  url: string,
  { server, folder }: { server: TetheredProcess; folder: string },
): Promise<void> {
  const ended = server.exited.then(() => true);
  const deadline = Date.now() + START_MAX_MS;
  while (!(await canConnect(url))) {
    if (Date.now() > deadline || (await Promise.race([ended, delay(50, false)]))) {
      throw new Error(`PostgreSQL did not start:\n${await readFile(join(folder, 'log'), 'utf8')}`);
    }
  }
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
