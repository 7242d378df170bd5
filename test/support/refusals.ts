/** Servers that respond and do not do the work: how to bring that about, and how to end it. */
import type { Redis } from 'ioredis';
import { queryDatabase } from './query-database.ts';

/** What a Redis that answers PING can refuse, each with how to bring it about and to end it. */
export const REDIS_REFUSALS: readonly (readonly [
  name: string,
  code: string,
  begin: readonly string[][],
  end: readonly string[][],
])[] = [
  ['is full', 'OOM', [['config', 'set', 'maxmemory', '1']], [['config', 'set', 'maxmemory', '0']]],
  ['has become a replica', 'READONLY', [['replicaof', '127.0.0.1', '1']], [['replicaof', 'no', 'one']]],
  [
    'has lost its replicas',
    'NOREPLICAS',
    [['config', 'set', 'min-replicas-to-write', '1']],
    [['config', 'set', 'min-replicas-to-write', '0']],
  ],
  [
    'may not tell the time',
    'NOPERM',
    [['acl', 'setuser', 'default', '-time']],
    [['acl', 'setuser', 'default', '+time']],
  ],
  [
    'may not run scripts',
    'NOPERM',
    [['acl', 'setuser', 'default', '-@scripting']],
    [['acl', 'setuser', 'default', '+@scripting']],
  ],
  [
    'may not touch the keys',
    'NOPERM',
    [['acl', 'setuser', 'default', 'resetkeys']],
    [['acl', 'setuser', 'default', 'allkeys']],
  ],
];

export async function runCommands(redis: Redis, commands: readonly string[][]): Promise<void> {
  for (const [name = '', ...args] of commands) await redis.call(name, ...args);
}

/** Makes every new session of the database read-only, as after a failover, and ends the present ones. */
export async function setReadOnly(url: string, isReadOnly: boolean): Promise<void> {
  const name = new URL(url).pathname.slice(1);
  const value = isReadOnly ? 'on' : 'off';
  await queryDatabase(
    url,
    `begin read write; alter database "${name}" set default_transaction_read_only = ${value}; commit`,
  );
  await queryDatabase(
    url,
    'select pg_terminate_backend(pid) from pg_stat_activity where datname = current_database() and pid <> pg_backend_pid()',
  );
}
