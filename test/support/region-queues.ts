import { Queue } from 'bullmq';
import { Redis } from 'ioredis';
import { onTestFinished } from 'vitest';
import { eventually } from './eventually.ts';

/** What the service keeps in Redis for one Region, as somebody sees it who has only Redis. */
async function metasOf(redisUrl: string, region: string): Promise<Record<string, Record<string, string>>> {
  const redis = new Redis(redisUrl);
  try {
    const keys = await redis.keys(`*onboarding-${region}-*:meta`);
    const entries = keys.map(async (key) => [key, await redis.hgetall(key)] as const);
    return Object.fromEntries(await Promise.all(entries));
  } finally {
    redis.disconnect();
  }
}

/** A pause acts within half a second: then both queues of the Region give out no job, whatever worker asks. */
export async function untilHeld(redisUrl: string, region = 'us-east-1'): Promise<void> {
  await eventually(async () => {
    const metas = Object.values(await metasOf(redisUrl, region));
    return metas.length === 2 && metas.every(({ paused }) => paused === '1');
  });
}

/** A queue of the Region, which somebody else may add to. */
export async function rawQueueOf(redisUrl: string, region: string, lane: 'live' | 'bulk'): Promise<Queue> {
  const name = `onboarding-${region}-${lane}`;
  const key = Object.keys(await metasOf(redisUrl, region)).find((meta) => meta.endsWith(`${name}:meta`));
  if (key === undefined) throw new Error(`Redis holds no queue ${name}.`);
  const prefix = key.slice(0, -`:${name}:meta`.length);
  const queue = new Queue(name, { connection: { url: redisUrl }, prefix });
  onTestFinished(() => queue.close());
  return queue;
}
