import type { Redis } from 'ioredis';
import { broken, doubtful, wellFound, type Finding } from '../../domain/finding.ts';

/**
 * What a Redis that answers is like. One with a finding that fails cannot carry the queue at all; one with a finding
 * that warns can, but jobs may be lost. The ledger brings lost jobs back, yet only after a while.
 */
export interface RedisReport {
  readonly server: 'redis' | 'valkey' | 'unknown';
  /** The Redis version, or the one that a compatible server says it speaks; null when INFO is forbidden. */
  readonly version: string | null;
  readonly findings: readonly Finding[];
}

/** The server answers, and cannot carry the queue. */
export class UnsupportedRedisError extends Error {
  override readonly name = 'UnsupportedRedisError';
}

/** Facts as Redis tells them; null: it may not be asked, as on many managed services. */
export interface RedisFacts {
  readonly info: string | null;
  /** `CONFIG GET save`; the empty text means no snapshots. Only asked without an append-only file. */
  readonly save: string | null;
}

export async function checkRedis(client: Redis): Promise<RedisReport> {
  const info = await client.info().catch(() => null);
  const asksForSave = info !== null && field(info, 'aof_enabled') !== '1';
  const save = asksForSave ? await client.config('GET', 'save').then(configValue, () => null) : null;
  const report = judgeRedis({ info, save });
  const database = await judgeDatabase(client);
  return database === undefined ? report : { ...report, findings: [...report.findings, database] };
}

/** ioredis uses database 0 when the server refuses the one that the address names. */
async function judgeDatabase(client: Redis): Promise<Finding | undefined> {
  const number = client.options.db ?? 0;
  if (number === 0) return undefined;
  try {
    await client.select(number);
    return undefined;
  } catch (error) {
    if (!(error instanceof Error) || !/index is out of range|SELECT is not allowed/i.test(error.message))
      throw error;
    return broken(
      { check: 'redis.database' },
      `Redis has no database ${number}, which REDIS_URL names: ${error.message}.`,
      'End REDIS_URL with a database that the server has (/0 to /15 by default), or raise `databases` in redis.conf.',
    );
  }
}

/** Pure. Thresholds are BullMQ 6's own: it needs 5.0 and recommends 6.2; only `noeviction` keeps its keys whole. */
export function judgeRedis({ info, save }: RedisFacts): RedisReport {
  if (info === null) {
    const message =
      'Redis does not allow INFO, so its version, eviction policy and persistence could not be checked.';
    return { server: 'unknown', version: null, findings: [notChecked(message)] };
  }
  const version = field(info, 'redis_version') ?? null;
  const server = field(info, 'valkey_version') === undefined ? 'redis' : 'valkey';
  return {
    server,
    version,
    findings: [
      judgeVersion(server, version),
      judgePolicy(field(info, 'maxmemory_policy')),
      judgePersistence(field(info, 'aof_enabled'), save),
    ],
  };
}

function judgeVersion(server: 'redis' | 'valkey', version: string | null): Finding {
  const look = { check: 'redis.version' };
  const fix = 'Upgrade Redis to 6.2 or later.';
  const numbers = /^(\d+)\.(\d+)/.exec(version ?? '');
  if (numbers === null) return notChecked('Redis does not report its version.');
  const [major, minor] = [Number(numbers[1]), Number(numbers[2])];
  if (major < 5) {
    const message = `Redis ${numbers[0]} is too old: the minimum is 5.0, and 6.2 or later is recommended.`;
    return broken(look, message, fix);
  }
  if (major > 6 || (major === 6 && minor >= 2))
    return wellFound(look, `${server === 'valkey' ? 'Valkey, as Redis' : 'Redis'} ${version}.`);
  return doubtful(look, `Redis ${numbers[0]} works, but 6.2 or later is recommended.`, fix);
}

function judgePolicy(policy: string | undefined): Finding {
  const look = { check: 'redis.eviction' };
  if (policy === undefined) return notChecked('Redis does not report its eviction policy.');
  if (policy === 'noeviction') return wellFound(look, 'Redis evicts nothing (maxmemory-policy noeviction).');
  const message = `Redis may evict queue data (maxmemory-policy ${policy}); set maxmemory-policy noeviction.`;
  return doubtful(look, message, 'CONFIG SET maxmemory-policy noeviction, and the same in redis.conf.');
}

function judgePersistence(aof: string | undefined, save: string | null): Finding {
  const look = { check: 'redis.persistence' };
  if (aof === '1' || (save !== null && save !== '')) return wellFound(look, 'Redis stores its data on disk.');
  if (aof === undefined || save === null) return notChecked('Redis does not report its persistence.');
  const message =
    'Redis stores nothing on disk: a restart empties the queue, and the ledger must refill it. Set appendonly yes.';
  return doubtful(look, message, 'CONFIG SET appendonly yes, and the same in redis.conf.');
}

/** What Redis does not tell is neither well nor wrong. */
const notChecked = (message: string): Finding =>
  doubtful(
    { check: 'redis.info' },
    message,
    'Check maxmemory-policy (noeviction) and persistence (append-only file) in your provider’s console.',
  );

function field(info: string, name: string): string | undefined {
  return new RegExp(`^${name}:(.*?)\\r?$`, 'm').exec(info)?.[1];
}

/** The reply is [name, value] over RESP2 and a map flattened to the same over RESP3. */
function configValue(reply: unknown): string | null {
  const value: unknown = Array.isArray(reply) ? reply[1] : undefined;
  return typeof value === 'string' ? value : null;
}
