import { makeWorkerUtils, run } from 'graphile-worker';
import pg from 'pg';
import { query } from '../support/place.ts';
import { sourceOf } from './customers.ts';
import type { Peer } from './peer.ts';
import { sdkWithAgent } from './sdk.ts';

/** Tuned as its page on performance says: a local queue, and completions in batches. It keeps no results. */
export const graphileWorker: Peer = {
  name: 'graphile-worker + SDK with an agent',
  async fill({ databaseUrl }, count) {
    const utils = await makeWorkerUtils({ connectionString: databaseUrl });
    await utils.migrate();
    await utils.release();
    const rows = `select json_build_object('Name', '${sourceOf(0).Name}', 'Account', lpad(n::text, 12, '0')) as payload, n`;
    await query(
      databaseUrl,
      `select count(*) from (${rows} from generate_series(1, ${count}) n) job, lateral graphile_worker.add_job(
         'create', json_build_object(
           'Name', replace(payload ->> 'Name', 'c-0', 'c-' || n), 'Account', payload ->> 'Account')) as added`,
    );
  },
  async watch({ databaseUrl }) {
    const client = new pg.Client({ connectionString: databaseUrl });
    await client.connect();
    return {
      async left() {
        const { rows } = await client.query<{ left: string }>(
          'select count(*) as left from graphile_worker._private_jobs',
        );
        return Number(rows[0]?.left);
      },
      close: () => client.end(),
    };
  },
  async work(place, concurrency) {
    const create = sdkWithAgent(place, concurrency);
    await run({
      connectionString: place.databaseUrl,
      concurrency,
      noHandleSignals: true,
      preset: {
        worker: {
          localQueue: { size: 500, refetchDelay: { durationMs: 20 } },
          completeJobBatchDelay: 20,
          failJobBatchDelay: 20,
        },
      },
      taskList: {
        async create(payload) {
          await create(payload as ReturnType<typeof sourceOf>);
        },
      },
    });
  },
};
