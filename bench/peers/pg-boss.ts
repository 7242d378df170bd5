import PgBoss from 'pg-boss';
import pg from 'pg';
import { sourceOf } from './customers.ts';
import type { Peer } from './peer.ts';
import { sdkWithAgent } from './sdk.ts';

const QUEUE = 'onboard';
const ADDED_AT_ONCE = 1_000;

/** Jobs in batches as large as the concurrency; a worker that has done one is told to fetch the next at once. */
export const pgBoss: Peer = {
  name: 'pg-boss + SDK with an agent',
  async fill({ databaseUrl }, count) {
    const boss = await opened(databaseUrl);
    await boss.createQueue(QUEUE);
    for (let first = 1; first <= count; first += ADDED_AT_ONCE) {
      const size = Math.min(ADDED_AT_ONCE, count + 1 - first);
      await boss.insert(
        Array.from({ length: size }, (_, index) => ({ name: QUEUE, data: sourceOf(first + index) })),
      );
    }
    await boss.stop({ graceful: false });
  },
  async watch({ databaseUrl }) {
    const client = new pg.Client({ connectionString: databaseUrl });
    await client.connect();
    return {
      async left() {
        const { rows } = await client.query<{ left: string }>(
          `select count(*) as left from pgboss.job where name = '${QUEUE}' and state < 'completed'`,
        );
        return Number(rows[0]?.left);
      },
      close: () => client.end(),
    };
  },
  async work(place, concurrency) {
    const create = sdkWithAgent(place, concurrency);
    const boss = await opened(place.databaseUrl);
    const worker = await boss.work<ReturnType<typeof sourceOf>>(
      QUEUE,
      { batchSize: concurrency, pollingIntervalSeconds: 0.5 },
      async (jobs) => {
        await Promise.all(jobs.map(async ({ data }) => create(data)));
        boss.notifyWorker(worker);
      },
    );
  },
};

async function opened(connectionString: string): Promise<PgBoss> {
  const boss = new PgBoss({ connectionString, supervise: false, schedule: false });
  boss.on('error', (error) => {
    throw error;
  });
  return boss.start();
}
