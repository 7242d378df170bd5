import type { Redis } from 'ioredis';
import { broken, doubtful, judgeSkew, wellFound, type Finding } from '../../domain/finding.ts';
import type { Clock } from '../../ports.ts';
import type { Checkup } from '../../ports/doctor.ts';
import { checkRedis, type RedisReport } from './checks.ts';
import { failFastClient, isReadyWithin, type RedisTarget } from './connection.ts';
import { CALL_TIMEOUT_MS, withoutSecrets } from './bounded.ts';

type Code = RedisReport['findings'][number]['code'];

/** Each check with the codes of judgeRedis that belong to it, what to do about them, and what is well without them. */
const CHECKS: readonly {
  check: string;
  codes: readonly Code[];
  fix: string;
  well: (it: RedisReport) => string;
}[] = [
  {
    check: 'redis.version',
    codes: ['version_unsupported', 'version_old'],
    fix: 'Upgrade Redis to 6.2 or later.',
    well: ({ server, version }) => `${server === 'valkey' ? 'Valkey, as Redis' : 'Redis'} ${version ?? ''}.`,
  },
  {
    check: 'redis.eviction',
    codes: ['eviction_possible'],
    fix: 'CONFIG SET maxmemory-policy noeviction, and the same in redis.conf.',
    well: () => 'It evicts nothing (maxmemory-policy noeviction).',
  },
  {
    check: 'redis.persistence',
    codes: ['not_persistent'],
    fix: 'CONFIG SET appendonly yes, and the same in redis.conf.',
    well: () => 'It keeps its data on disk.',
  },
];

/** A look at a Redis that is connected. */
export function createRedisCheckup(client: Redis, clock: Pick<Clock, 'now'>): Checkup {
  return async () => {
    if (!(await isReadyWithin(client, CALL_TIMEOUT_MS))) return [unreachable('It does not answer.')];
    try {
      const report = await checkRedis(client);
      return [...judged(report), await clockOf(client, clock)];
    } catch (error) {
      return [unreachable(withoutSecrets(error).message)];
    }
  };
}

/** The same for one that nobody has connected to yet; the connection lives as long as the look. */
export function createRedisCheckupOf(target: RedisTarget, clock: Pick<Clock, 'now'>): Checkup {
  return async (signal) => {
    const client = failFastClient(target);
    let last: string | undefined;
    client.on('error', (error: Error) => (last = withoutSecrets(error).message));
    try {
      if (await isReadyWithin(client, CALL_TIMEOUT_MS))
        return await createRedisCheckup(client, clock)(signal);
      return [unreachable(last ?? 'It does not answer.')];
    } finally {
      client.disconnect();
    }
  };
}

const unreachable = (why: string): Finding =>
  broken(
    { check: 'redis.reachable' },
    `Redis cannot be used: ${why}`,
    'Start it, and check REDIS_URL. Onboardings are taken in meanwhile, and none is lost.',
  );

function judged(report: RedisReport): readonly Finding[] {
  const hidden = report.findings.filter(({ code }) => code === 'not_checked');
  // What Redis does not tell is neither well nor wrong.
  if (hidden.length > 0)
    return hidden.map(({ message }) =>
      doubtful(
        { check: 'redis.info' },
        message,
        'Look at maxmemory-policy (noeviction) and persistence (append-only file) in your provider’s console.',
      ),
    );
  return CHECKS.map(({ check, codes, fix, well }) => {
    const wrong = report.findings.find(({ code }) => codes.includes(code));
    if (wrong === undefined) return wellFound({ check }, well(report));
    return (wrong.severity === 'refuse' ? broken : doubtful)({ check }, wrong.message, fix);
  });
}

async function clockOf(client: Redis, clock: Pick<Clock, 'now'>): Promise<Finding> {
  const askedAt = clock.now();
  const [seconds, microseconds] = await client.time();
  const now = (askedAt + clock.now()) / 2;
  const itsNow = Number(seconds) * 1_000 + Number(microseconds) / 1_000;
  return judgeSkew({ check: 'redis.clock' }, 'Redis’ clock', itsNow - now);
}
