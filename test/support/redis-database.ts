import { Redis } from 'ioredis';
import { inject } from 'vitest';
import { REDIS_DATABASES } from './redis-setup.ts';
import type { TestRedis } from './redis.ts';

/**
 * A database of its own in this run's shared Redis, for tests that neither kill nor configure the server. FLUSHALL, CONFIG
 * and INFO reach all tests: those need `startRedis`.
 */
export async function takeRedisDatabase(): Promise<Omit<TestRedis, 'socketPath'>> {
  const shared = new URL(inject('redisUrl'));
  const number = 1 + ((await ask(shared.href, (client) => client.incr('taken'))) % (REDIS_DATABASES - 1));
  const url = `${shared.href}/${number}`;
  return {
    url,
    port: Number(shared.port),
    kill: () => Promise.reject(new Error('This Redis is shared: a test that kills it needs one of its own.')),
    async stop() {
      await ask(url, (client) => client.flushdb());
    },
  };
}

async function ask<T>(url: string, question: (client: Redis) => Promise<T>): Promise<T> {
  const client = new Redis(url);
  try {
    return await question(client);
  } finally {
    client.disconnect();
  }
}
