/**
 * Whether Redis does what the queue needs, found out by doing it; and which parts of the service run in any process. All of it
 * expires, and may be lost with Redis.
 */
import type { Redis } from 'ioredis';
import type { Region } from '../../domain/region.ts';
import type { JobQueue } from '../../ports.ts';
import { partKey, regionKey } from '../queue-keys.ts';
import { bounded } from './bounded.ts';

/** What every worker does: a script that reads the clock and writes. KEYS[1] a key of the Region's. */
const TRY = `redis.call('SET', KEYS[1], redis.call('TIME')[1], 'PX', 60000)`;

/** A part counts as running for so long after its process last said so. */
const SIGNED_ON_MS = 60_000;

type ScriptedRedis = Redis & { tryWrite(key: string): Promise<unknown> };

/** @param client shared with the producers; closed by its owner */
export function createHealth(
  client: Redis,
  { prefix, regions }: { prefix: string; regions: readonly Region[] },
): Pick<JobQueue, 'ping' | 'signOn' | 'running'> {
  client.defineCommand('tryWrite', { numberOfKeys: 1, lua: TRY });
  const redis = client as ScriptedRedis;
  return {
    async ping() {
      const keys = regions.map((region) => regionKey(prefix, region, 'health'));
      await bounded('run a script that writes', async () =>
        Promise.all(keys.map((key) => redis.tryWrite(key))),
      );
    },
    async signOn(parts) {
      await bounded('note the running parts', async () =>
        Promise.all(parts.map((part) => redis.set(partKey(prefix, part), 1, 'PX', SIGNED_ON_MS))),
      );
    },
    async running(parts) {
      const found = await bounded('read the running parts', async () =>
        redis.mget(parts.map((part) => partKey(prefix, part))),
      );
      return parts.filter((_part, index) => found[index] !== null);
    },
  };
}
