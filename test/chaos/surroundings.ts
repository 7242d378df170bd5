/** What the service stands on, each behind a proxy where the network between can be broken: Redis, PostgreSQL, AWS. */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Redis } from 'ioredis';
import pg from 'pg';
import { startSandbox, type Sandbox } from '../../src/sandbox/server.ts';
import { startFailingProxy, type FailingProxy } from '../support/failing-proxy.ts';
import { openReceiver, type Receiver } from './receiver.ts';
import { makeDatabase } from '../support/make-database.ts';
import { startRedis, type TestRedis } from '../support/redis.ts';

export interface Surroundings {
  readonly redis: RedisUnderFault;
  readonly database: DatabaseUnderFault;
  readonly sandbox: Sandbox;
  readonly aws: FailingProxy;
  readonly receiver: Receiver;
  /** Changes one of the sandbox's settings, past the proxy. */
  readonly control: (path: string, body: object) => Promise<void>;
  close(): Promise<void>;
}

/** Redis with its append-only file; it comes back on the same port, so that the proxy finds it. */
export interface RedisUnderFault {
  readonly url: string;
  readonly proxy: FailingProxy;
  /** One plain command, past the proxy; rejects when Redis refuses it. */
  command(line: string): Promise<string>;
  /** Kills it and starts it again, with or without what it had written down. */
  restart(data: 'kept' | 'lost'): Promise<void>;
}

export interface DatabaseUnderFault {
  readonly url: string;
  readonly proxy: FailingProxy;
  /** Ends every session of the service, whatever it is in the middle of. */
  endSessions(): Promise<void>;
  query<T extends object>(statement: string): Promise<readonly T[]>;
}

export async function openSurroundings(clusterUrl: string): Promise<Surroundings> {
  const closers: (() => Promise<unknown>)[] = [];
  const redis = await openRedis(closers);
  const database = await openDatabase(clusterUrl, closers);
  const sandbox = await startSandbox();
  closers.push(() => sandbox.close());
  const aws = await startFailingProxy(sandbox.port);
  closers.push(() => aws.close());
  const receiver = await openReceiver();
  closers.push(() => receiver.close());
  return {
    receiver,
    redis,
    database,
    sandbox,
    aws,
    async control(path, body) {
      const reply = await fetch(`${sandbox.url}/__sandbox/${path}`, {
        method: 'POST',
        body: JSON.stringify(body),
      });
      if (!reply.ok) throw new Error(`The sandbox refused ${path}: ${await reply.text()}`);
    },
    async close() {
      for (const close of closers.reverse()) await close();
    },
  };
}

async function openRedis(closers: (() => Promise<unknown>)[]): Promise<RedisUnderFault> {
  const dir = await mkdtemp(join(tmpdir(), 'onboard-chaos-redis-'));
  closers.push(() => rm(dir, { recursive: true, force: true }));
  let server: TestRedis = await startRedis({ dir });
  const { port } = server;
  closers.push(() => server.kill());
  const administrator = new Redis({ port, host: '127.0.0.1', retryStrategy: () => 100 });
  // It comes and goes with the server, which is killed on purpose.
  administrator.on('error', () => undefined);
  // Its server may be down when an interrupt comes, and a farewell would wait for it.
  closers.push(() => {
    administrator.disconnect();
    return Promise.resolve();
  });
  const proxy = await startFailingProxy(port);
  closers.push(() => proxy.close());
  return {
    url: `redis://127.0.0.1:${proxy.port}`,
    proxy,
    command: async (line) => {
      const [name = '', ...args] = line.split(' ');
      return String(await administrator.call(name, ...args));
    },
    async restart(data) {
      await server.kill();
      if (data === 'lost') await rm(join(dir, 'appendonlydir'), { recursive: true, force: true });
      server = await startRedis({ dir, port });
    },
  };
}

async function openDatabase(
  clusterUrl: string,
  closers: (() => Promise<unknown>)[],
): Promise<DatabaseUnderFault> {
  const made = await makeDatabase(clusterUrl);
  closers.push(() => made.drop());
  const proxy = await startFailingProxy(Number(new URL(made.url).port));
  closers.push(() => proxy.close());
  const observer = new pg.Pool({ connectionString: made.url, max: 2, application_name: 'observer' });
  // A pool ends before its sessions have: the drop that follows ends those, and tells clients that no one listens to any more.
  // A query that is cut rejects by itself.
  observer.on('connect', (client) => client.on('error', () => undefined));
  closers.push(() => observer.end());
  const url = new URL(made.url);
  url.port = String(proxy.port);
  return {
    url: url.href,
    proxy,
    query: async <T extends object>(statement: string) => (await observer.query<T>(statement)).rows,
    async endSessions() {
      await observer.query(
        `select pg_terminate_backend(pid) from pg_stat_activity
           where datname = current_database() and application_name <> 'observer'`,
      );
    },
  };
}
