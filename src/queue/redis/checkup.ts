import type { Redis } from 'ioredis';
import { broken, judgeSkew, type Finding } from '../../domain/finding.ts';
import type { Clock } from '../../ports.ts';
import type { Checkup } from '../../ports/doctor.ts';
import { checkRedis } from './checks.ts';
import { failFastClient, isReadyWithin, type RedisTarget } from './connection.ts';
import { CALL_TIMEOUT_MS, withoutSecrets } from './bounded.ts';

/** A look at a Redis that is connected. */
export function createRedisCheckup(client: Redis, clock: Pick<Clock, 'now'>): Checkup {
  // What the server, or the system, said last: a wrong password, a certificate, a refused connection.
  let last: string | undefined;
  client.on('error', (error: Error) => (last = withoutSecrets(error).message));
  client.on('ready', () => (last = undefined));
  return async () => {
    if (!(await isReadyWithin(client, CALL_TIMEOUT_MS)))
      return [unreachable(last ?? 'Redis is not responding.')];
    try {
      const { findings } = await checkRedis(client);
      return [...findings, await clockOf(client, clock)];
    } catch (error) {
      return [unreachable(withoutSecrets(error).message)];
    }
  };
}

/** The same for a server without a connection yet; the connection lives as long as the look. */
export function createRedisCheckupOf(target: RedisTarget, clock: Pick<Clock, 'now'>): Checkup {
  return async (signal) => {
    const client = failFastClient(target);
    const look = createRedisCheckup(client, clock);
    try {
      return await look(signal);
    } finally {
      client.disconnect();
    }
  };
}

const unreachable = (why: string): Finding =>
  broken(
    { check: 'redis.reachable' },
    `Redis cannot be used: ${why}`,
    'Start Redis, and check REDIS_URL. Onboardings are still accepted, and none is lost.',
  );

async function clockOf(client: Redis, clock: Pick<Clock, 'now'>): Promise<Finding> {
  const askedAt = clock.now();
  const [seconds, microseconds] = await client.time();
  const now = (askedAt + clock.now()) / 2;
  const itsNow = Number(seconds) * 1_000 + Number(microseconds) / 1_000;
  return judgeSkew({ check: 'redis.clock' }, 'Redis’ clock', itsNow - now);
}
