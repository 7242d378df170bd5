import { Redis } from 'ioredis';
import type { TestProject } from 'vitest/node';
import { oncePerRun } from './once-per-run.ts';
import { startRedis, type TestRedis } from './redis.ts';

declare module 'vitest' {
  export interface ProvidedContext {
    redisUrl: string;
  }
}

/** Many more than a run takes, one for each service under test. */
export const REDIS_DATABASES = 4_096;

const redis = oncePerRun('redis', { start: startShared, stop: (started) => started.stop() });

export async function setup(project: TestProject): Promise<void> {
  project.provide('redisUrl', (await redis.use()).url);
}

export const teardown = redis.release;

/** What would reach the databases of other tests is refused. */
async function startShared(): Promise<TestRedis> {
  const server = await startRedis({ settings: { databases: String(REDIS_DATABASES) } });
  const client = new Redis(server.url);
  await client.acl('SETUSER', 'default', '-flushall', '-swapdb', '-shutdown', '-debug');
  client.disconnect();
  return server;
}
