import type { Redis } from 'ioredis';

/**
 * What is wrong with a Redis that answers. `refuse`: it cannot carry the queue at all; `warn`: it can, but jobs may
 * be lost. The ledger brings lost jobs back, yet only after a while.
 */
interface RedisFinding {
  readonly code:
    'version_unsupported' | 'version_old' | 'eviction_possible' | 'not_persistent' | 'not_checked';
  readonly severity: 'refuse' | 'warn';
  readonly message: string;
}

export interface RedisReport {
  readonly server: 'redis' | 'valkey' | 'unknown';
  /** The Redis version, or the one that a compatible server says it speaks; null when INFO is forbidden. */
  readonly version: string | null;
  readonly findings: readonly RedisFinding[];
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
  return judgeRedis({ info, save });
}

/** Pure. Thresholds are BullMQ 6's own: it needs 5.0 and recommends 6.2; only `noeviction` keeps its keys whole. */
export function judgeRedis({ info, save }: RedisFacts): RedisReport {
  if (info === null) {
    const message =
      'Redis does not allow INFO, so its version, eviction policy and persistence could not be checked.';
    return {
      server: 'unknown',
      version: null,
      findings: [{ code: 'not_checked', severity: 'warn', message }],
    };
  }
  const version = field(info, 'redis_version') ?? null;
  return {
    server: field(info, 'valkey_version') === undefined ? 'redis' : 'valkey',
    version,
    findings: [
      judgeVersion(version),
      judgePolicy(field(info, 'maxmemory_policy')),
      judgePersistence(field(info, 'aof_enabled'), save),
    ].filter((finding) => finding !== undefined),
  };
}

function judgeVersion(version: string | null): RedisFinding | undefined {
  const numbers = /^(\d+)\.(\d+)/.exec(version ?? '');
  if (numbers === null) return notChecked('its version');
  const [major, minor] = [Number(numbers[1]), Number(numbers[2])];
  if (major < 5) {
    const message = `Redis ${numbers[0]} is too old: 5.0 is the least that works, 6.2 the least that is recommended.`;
    return { code: 'version_unsupported', severity: 'refuse', message };
  }
  if (major > 6 || (major === 6 && minor >= 2)) return undefined;
  const message = `Redis ${numbers[0]} works, but 6.2 or later is recommended.`;
  return { code: 'version_old', severity: 'warn', message };
}

function judgePolicy(policy: string | undefined): RedisFinding | undefined {
  if (policy === undefined) return notChecked('its eviction policy');
  if (policy === 'noeviction') return undefined;
  const message = `Redis may evict queue data (maxmemory-policy ${policy}); set maxmemory-policy noeviction.`;
  return { code: 'eviction_possible', severity: 'warn', message };
}

function judgePersistence(aof: string | undefined, save: string | null): RedisFinding | undefined {
  if (aof === '1' || (save !== null && save !== '')) return undefined;
  if (aof === undefined || save === null) return notChecked('its persistence');
  const message =
    'Redis keeps nothing on disk: a restart empties the queue and the ledger has to refill it. Set appendonly yes.';
  return { code: 'not_persistent', severity: 'warn', message };
}

function notChecked(what: string): RedisFinding {
  return { code: 'not_checked', severity: 'warn', message: `Redis does not tell ${what}.` };
}

function field(info: string, name: string): string | undefined {
  return new RegExp(`^${name}:(.*?)\\r?$`, 'm').exec(info)?.[1];
}

/** The reply is [name, value] over RESP2 and a map flattened to the same over RESP3. */
function configValue(reply: unknown): string | null {
  const value: unknown = Array.isArray(reply) ? reply[1] : undefined;
  return typeof value === 'string' ? value : null;
}
