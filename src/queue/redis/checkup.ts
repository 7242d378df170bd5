import type { Redis } from 'ioredis';
import { broken, doubtful, judgeSkew, wellFound, type Finding } from '../../domain/finding.ts';
import { QueueUnavailableError } from '../../domain/unavailable.ts';
import type { Clock, JobQueue } from '../../ports.ts';
import type { Checkup } from '../../ports/doctor.ts';
import { checkRedis } from './checks.ts';
import { failFastClient, isReadyWithin, type RedisTarget } from './connection.ts';
import { CALL_TIMEOUT_MS, withoutSecrets } from './bounded.ts';

/** A look at a Redis that is connected. @param health of the service that uses it; without it nothing is written */
export function createRedisCheckup(
  client: Redis,
  clock: Pick<Clock, 'now'>,
  health?: Pick<JobQueue, 'ping'>,
): Checkup {
  // What the server, or the system, said last: a wrong password, a certificate, a refused connection.
  let last: string | undefined;
  client.on('error', (error: Error) => (last = withoutSecrets(error).message));
  client.on('ready', () => (last = undefined));
  return async () => {
    if (!(await isReadyWithin(client, CALL_TIMEOUT_MS)))
      return [unreachable(last ?? 'Redis is not responding.')];
    try {
      const { findings } = await checkRedis(client);
      return [
        ...findings,
        ...(health === undefined ? [] : [await writableOf(health)]),
        await clockOf(client, clock),
      ];
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

async function writableOf({ ping }: Pick<JobQueue, 'ping'>): Promise<Finding> {
  const look = { check: 'redis.writable' };
  try {
    await ping();
    return wellFound(look, 'Redis accepts writes and scripts.');
  } catch (error) {
    if (!(error instanceof QueueUnavailableError) || error.refusal === undefined) throw error;
    const said = error.cause instanceof Error ? error.cause.message : error.message;
    return broken(look, `Redis responds but refuses what workers do: ${said}`, FIXES[error.refusal] ?? FIX);
  }
}

const FIX = 'Make Redis accept writes. Onboardings are still accepted, and none is lost.';
const FIXES: Readonly<Record<string, string>> = {
  OOM: 'Raise maxmemory of Redis, or free memory. Keep maxmemory-policy noeviction.',
  READONLY: 'Point REDIS_URL at the primary.',
  NOREPLICAS: 'Bring the replicas back, or lower min-replicas-to-write.',
  MISCONF: 'Redis cannot save to disk: see its log, and free disk space.',
  MOVED: 'REDIS_URL points at one node of a Redis Cluster. Use a Redis without cluster mode.',
  CLUSTERDOWN: 'The Redis Cluster has slots without a node: repair it.',
  NOPERM:
    'Allow the user of REDIS_URL all commands on its keys (ACL: ~* &* +@all), including TIME and scripts.',
};

async function clockOf(client: Redis, clock: Pick<Clock, 'now'>): Promise<Finding> {
  const look = { check: 'redis.clock' };
  const askedAt = clock.now();
  const time = await client.time().catch((error: unknown) => {
    if (error instanceof Error && error.name === 'ReplyError') return undefined;
    throw error;
  });
  if (time === undefined)
    return doubtful(look, 'Redis does not allow TIME, so its clock could not be read.', 'Allow TIME.');
  const [seconds, microseconds] = time;
  const now = (askedAt + clock.now()) / 2;
  const itsNow = Number(seconds) * 1_000 + Number(microseconds) / 1_000;
  return judgeSkew(look, 'Redis’ clock', itsNow - now);
}
