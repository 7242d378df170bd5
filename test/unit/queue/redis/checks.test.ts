import { describe, expect, test } from 'vitest';
import { judgeRedis, type RedisFacts } from '../../../../src/queue/redis/checks.ts';

const HEALTHY = { version: '7.2.4', policy: 'noeviction', aof: '1' };

function facts(changes: Partial<typeof HEALTHY> & { save?: string | null; more?: string } = {}): RedisFacts {
  const { version, policy, aof, save = null, more = '' } = { ...HEALTHY, ...changes };
  const info = `# Server\r\nredis_version:${version}\r\n${more}# Memory\r\nmaxmemory_policy:${policy}\r\n# Persistence\r\naof_enabled:${aof}\r\n`;
  return { info, save };
}

const VERSION_WELL = 'redis.version ok';
const POLICY_WELL = 'redis.eviction ok';
const PERSISTENCE_WELL = 'redis.persistence ok';
const NOT_CHECKED = 'redis.info warn';

const found = (judged: RedisFacts): readonly string[] =>
  judgeRedis(judged).findings.map(({ check, status }) => `${check} ${status}`);

describe('judging a Redis server', () => {
  test('a current one that keeps everything is well', () => {
    expect(judgeRedis(facts())).toMatchObject({ server: 'redis', version: '7.2.4' });
    expect(found(facts())).toEqual([VERSION_WELL, POLICY_WELL, PERSISTENCE_WELL]);
  });

  test.each([
    ['4.0.14', 'fail'],
    ['5.0.0', 'warn'],
    ['6.0.16', 'warn'],
    ['6.2.0', 'ok'],
    ['7.0.15', 'ok'],
    ['8.2.1', 'ok'],
    ['10.0.0', 'ok'],
  ])('version %s: %s', (version, status) => {
    expect(found(facts({ version }))).toEqual([`redis.version ${status}`, POLICY_WELL, PERSISTENCE_WELL]);
  });

  test.each([
    ['0', '', 'redis.persistence warn'],
    ['0', '3600 1 300 100', PERSISTENCE_WELL],
    ['0', null, NOT_CHECKED],
    ['1', null, PERSISTENCE_WELL],
  ])('with append-only %s and snapshots %j: %s', (aof, save, expected) => {
    expect(found(facts({ aof, save }))).toEqual([VERSION_WELL, POLICY_WELL, expected]);
  });

  test('an eviction policy is named', () => {
    const [, finding] = judgeRedis(facts({ policy: 'volatile-lru' })).findings;
    expect(finding).toMatchObject({ check: 'redis.eviction', status: 'warn' });
    expect(finding?.message).toContain('volatile-lru');
  });

  test('Valkey is judged by the Redis version that it speaks', () => {
    const valkey = facts({ more: 'valkey_version:8.1.0\r\n' });
    expect(judgeRedis(valkey)).toMatchObject({ server: 'valkey', version: '7.2.4' });
    expect(found(valkey)).toEqual([VERSION_WELL, POLICY_WELL, PERSISTENCE_WELL]);
  });

  test('a server that tells nothing is not refused', () => {
    expect(judgeRedis({ info: null, save: null })).toMatchObject({ server: 'unknown', version: null });
    expect(found({ info: null, save: null })).toEqual([NOT_CHECKED]);
    expect(found({ info: '', save: null })).toEqual([NOT_CHECKED, NOT_CHECKED, NOT_CHECKED]);
  });
});
