import { describe, expect, test } from 'vitest';
import { judgeRedis, type RedisFacts } from '../../../../src/queue/redis/checks.ts';

const HEALTHY = { version: '7.2.4', policy: 'noeviction', aof: '1' };

function facts(changes: Partial<typeof HEALTHY> & { save?: string | null; more?: string } = {}): RedisFacts {
  const { version, policy, aof, save = null, more = '' } = { ...HEALTHY, ...changes };
  const info = `# Server\r\nredis_version:${version}\r\n${more}# Memory\r\nmaxmemory_policy:${policy}\r\n# Persistence\r\naof_enabled:${aof}\r\n`;
  return { info, save };
}

describe('judging a Redis server', () => {
  test('a current one that keeps everything has no findings', () => {
    expect(judgeRedis(facts())).toEqual({ server: 'redis', version: '7.2.4', findings: [] });
  });

  test.each([
    ['4.0.14', 'version_unsupported', 'refuse'],
    ['5.0.0', 'version_old', 'warn'],
    ['6.0.16', 'version_old', 'warn'],
  ])('version %s is found %s', (version, code, severity) => {
    expect(judgeRedis(facts({ version })).findings).toMatchObject([{ code, severity }]);
  });

  test.each(['6.2.0', '7.0.15', '8.2.1', '10.0.0'])('version %s is fine', (version) => {
    expect(judgeRedis(facts({ version })).findings).toEqual([]);
  });

  test.each([
    ['0', '', ['not_persistent']],
    ['0', '3600 1 300 100', []],
    ['0', null, ['not_checked']],
    ['1', null, []],
  ])('with append-only %s and snapshots %j it finds %j', (aof, save, codes) => {
    expect(judgeRedis(facts({ aof, save })).findings.map(({ code }) => code)).toEqual(codes);
  });

  test('an eviction policy is named', () => {
    const [finding] = judgeRedis(facts({ policy: 'volatile-lru' })).findings;
    expect(finding).toMatchObject({ code: 'eviction_possible', severity: 'warn' });
    expect(finding?.message).toContain('volatile-lru');
  });

  test('Valkey is judged by the Redis version that it speaks', () => {
    expect(judgeRedis(facts({ more: 'valkey_version:8.1.0\r\n' }))).toEqual({
      server: 'valkey',
      version: '7.2.4',
      findings: [],
    });
  });

  test('a server that tells nothing is not refused', () => {
    expect(judgeRedis({ info: null, save: null })).toMatchObject({
      server: 'unknown',
      version: null,
      findings: [{ code: 'not_checked', severity: 'warn' }],
    });
    const codes = judgeRedis({ info: '', save: null }).findings.map(({ code }) => code);
    expect(codes).toEqual(['not_checked', 'not_checked', 'not_checked']);
  });
});
