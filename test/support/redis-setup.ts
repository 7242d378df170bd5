import type { TestProject } from 'vitest/node';
import { oncePerRun } from './once-per-run.ts';
import { startRedis } from './redis.ts';

declare module 'vitest' {
  export interface ProvidedContext {
    redisUrl: string;
  }
}

/** Many more than a run takes, one for each service under test. */
export const REDIS_DATABASES = 4_096;

const redis = oncePerRun('redis', {
  start: () => startRedis({ settings: { databases: String(REDIS_DATABASES) } }),
  stop: (started) => started.stop(),
});

export async function setup(project: TestProject): Promise<void> {
  project.provide('redisUrl', (await redis.use()).url);
}

export const teardown = redis.release;
