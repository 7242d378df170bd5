/**
 * What one would write without this project: a BullMQ worker that calls the SDK and keeps the result as the job's
 * return value. No ledger, no limit, no check of whose source it is, no log.
 */
import { Queue, Worker } from 'bullmq';
import { Redis } from 'ioredis';
import type { Place } from '../support/place.ts';
import { sourceOf } from './customers.ts';
import type { Peer } from './peer.ts';
import { sdkDefaults, sdkWithAgent } from './sdk.ts';

export const DIY_QUEUE = 'onboard';
const ADDED_AT_ONCE = 1_000;

export const diy = bullmq('BullMQ + SDK', sdkDefaults);
export const diyAgent = bullmq('BullMQ + SDK with an agent', sdkWithAgent);

function bullmq(name: string, sdk: typeof sdkWithAgent): Peer {
  return {
    name,
    async fill({ redisUrl }, count) {
      const connection = new Redis(redisUrl);
      const queue = new Queue(DIY_QUEUE, { connection });
      for (let first = 1; first <= count; first += ADDED_AT_ONCE) {
        const size = Math.min(ADDED_AT_ONCE, count + 1 - first);
        await queue.addBulk(
          Array.from({ length: size }, (_, index) => ({ name: 'create', data: sourceOf(first + index) })),
        );
      }
      await queue.close();
      connection.disconnect();
    },
    watch: async (place) => watchQueue(place.redisUrl, `bull:${DIY_QUEUE}`),
    async work(place: Place, concurrency) {
      const create = sdk(place, concurrency);
      const connection = new Redis(place.redisUrl, { maxRetriesPerRequest: null });
      const worker = new Worker<ReturnType<typeof sourceOf>, string | undefined>(
        DIY_QUEUE,
        (job) => create(job.data),
        { connection, concurrency },
      );
      await worker.waitUntilReady();
    },
  };
}

/** Of any queue of BullMQ's by its keys: a look costs Redis next to nothing, and the workers nothing. */
export function watchQueue(redisUrl: string, keys: string): ReturnType<Peer['watch']> {
  const client = new Redis(redisUrl);
  return Promise.resolve({
    async left() {
      const [waiting, active, prioritized, delayed] = await Promise.all([
        client.llen(`${keys}:wait`),
        client.llen(`${keys}:active`),
        client.zcard(`${keys}:prioritized`),
        client.zcard(`${keys}:delayed`),
      ]);
      return waiting + active + prioritized + delayed;
    },
    close() {
      client.disconnect();
      return Promise.resolve();
    },
  });
}
