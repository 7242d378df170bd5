/**
 * Where a benchmark runs: a Redis with its append-only file on, a PostgreSQL with fsync on, and the sandbox in a process
 * of its own. Every candidate gets the same three, empty.
 */
import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { Redis } from 'ioredis';
import pg from 'pg';
import { makeDatabase } from '../../test/support/make-database.ts';
import { startPostgresCluster } from '../../test/support/postgres-cluster.ts';
import { startRedis } from '../../test/support/redis.ts';

/** Addresses alone, so that it can be handed to another process. */
export interface Place {
  readonly redisUrl: string;
  /** An empty database. */
  readonly databaseUrl: string;
  /** The sandbox, which answers as EventBridge does. */
  readonly awsUrl: string;
}

export interface Ground {
  /** Empties Redis and the sandbox, and makes an empty database. */
  freshPlace(aws?: AwsSettings): Promise<Place & { leave(): Promise<void> }>;
  readonly versions: Readonly<Record<string, string>>;
  stop(): Promise<void>;
}

export interface AwsSettings {
  /** Of every answer. */
  readonly latencyMs?: number;
  readonly quota?: { readonly perSecond: number; readonly burst: number };
}

const POSTGRES_SETTINGS = {
  fsync: 'on',
  synchronous_commit: 'on',
  shared_buffers: '256MB',
  max_wal_size: '4GB',
};
const REDIS_SETTINGS = { appendfsync: 'everysec' };

export async function startGround(): Promise<Ground> {
  const folder = await mkdtemp(join(tmpdir(), 'onboard-bench-redis-'));
  const [cluster, redis, sandbox] = await Promise.all([
    startPostgresCluster(POSTGRES_SETTINGS),
    startRedis({ dir: folder, settings: REDIS_SETTINGS }),
    startSandboxProcess(),
  ]);
  const client = new Redis(redis.url);
  return {
    versions: { redis: await redisVersion(client), postgres: await postgresVersion(cluster.url) },
    async freshPlace(aws = {}) {
      await client.flushall();
      await sandbox.set('reset', {});
      await sandbox.set('latency', { ms: aws.latencyMs ?? 0 });
      if (aws.quota !== undefined) await sandbox.set('quota', aws.quota);
      const database = await makeDatabase(cluster.url);
      return {
        redisUrl: redis.url,
        databaseUrl: database.url,
        awsUrl: sandbox.url,
        leave: () => database.drop(),
      };
    },
    async stop() {
      client.disconnect();
      await Promise.all([cluster.stop(), redis.stop(), sandbox.stop()]);
      await rm(folder, { recursive: true, force: true });
    },
  };
}

interface SandboxProcess {
  readonly url: string;
  set(path: string, body: object): Promise<void>;
  stop(): Promise<void>;
}

/** The built one, as `onboard sandbox` starts it. */
async function startSandboxProcess(): Promise<SandboxProcess> {
  const program = fileURLToPath(new URL('../../bin/onboard.mjs', import.meta.url));
  const child = spawn(process.execPath, [program, 'sandbox', '--port', '0', '--json'], {
    stdio: ['ignore', 'pipe', 'ignore'],
  });
  const { url } = JSON.parse(await wholeJson(child)) as { url: string };
  return {
    url,
    async set(path, body) {
      const reply = await fetch(`${url}/__sandbox/${path}`, { method: 'POST', body: JSON.stringify(body) });
      if (!reply.ok) throw new Error(`The sandbox refused ${path}: ${await reply.text()}`);
    },
    async stop() {
      child.kill('SIGTERM');
      if (child.exitCode === null) await once(child, 'exit');
    },
  };
}

/** The first JSON object that it prints, over however many lines. */
async function wholeJson(child: ChildProcess): Promise<string> {
  if (child.stdout === null) throw new Error('The sandbox has no output.');
  let text = '';
  for await (const line of createInterface({ input: child.stdout })) {
    text += line;
    if (line.trimEnd().endsWith('}')) return text;
  }
  throw new Error(`The sandbox did not start: ${text}`);
}

async function redisVersion(client: Redis): Promise<string> {
  return /^redis_version:(\S+)/m.exec(await client.info('server'))?.[1] ?? 'unknown';
}

async function postgresVersion(url: string): Promise<string> {
  const { rows } = await query<{ version: string }>(url, 'show server_version');
  return Object.values(rows[0] ?? {})[0]?.split(' ')[0] ?? 'unknown';
}

/** One statement on a connection of its own. */
export async function query<T extends pg.QueryResultRow>(
  url: string,
  text: string,
): Promise<pg.QueryResult<T>> {
  const client = new pg.Client({ connectionString: url });
  await client.connect();
  try {
    return await client.query<T>(text);
  } finally {
    await client.end();
  }
}

/** What autovacuum would have done to a database that was not filled a second ago. */
export async function settleDatabase(url: string): Promise<void> {
  await query(url, 'vacuum analyze');
  await query(url, 'checkpoint');
}
