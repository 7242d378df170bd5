import { sql } from 'kysely';
import { expect, test } from 'vitest';
import { openDatabase } from '../../src/ledger/database/database.ts';
import { openBatch } from '../../src/ledger/onboardings/open-batches.ts';
import { openLedger } from '../../src/ledger/open-ledger.ts';
import { createPostgresPool } from '../../src/ledger/database/postgres-pool.ts';
import { systemClock } from '../../src/runtime/clock.ts';
import { newOnboarding, ownRegion } from '../support/ledger-fixtures.ts';
import { createTestDatabase } from '../support/postgres.ts';
import { recordingLog } from '../support/recording-log.ts';

const ROWS = 20_000;

test.each(['bulk', 'live'] as const)(
  'requests that come again, %s, are found one by one among rows that the planner has no statistics of',
  async (lane) => {
    const database = await createTestDatabase();
    const { url } = database;
    const log = recordingLog();
    const ledger = await openLedger(
      { kind: 'postgres', url },
      { awsMode: 'sandbox', partner: 'acme.example', clock: systemClock, log },
    );
    const pool = createPostgresPool({ url, maxConnections: 1, connectWithinMs: 5_000, log });
    const client = await pool.connect();
    const region = ownRegion();
    await client.query(
      `insert into onboarding.onboardings (id, region, source_name, account, lane, status, created_at, updated_at)
       select 'onb_' || n, $1, 'aws.partner/acme.example/plan/' || n, '000000000101', 'bulk', 'queued', now(), now()
       from generate_series(1, $2::int) n`,
      [region, ROWS],
    );
    const again = Array.from({ length: 500 }, (_, n) =>
      newOnboarding({ region, lane, sourceName: `aws.partner/acme.example/plan/${n + 1}` }),
    );
    // A statement has 1.5 s; comparing all with all took longer.
    const acceptances = await ledger.accept(again);
    expect(acceptances.map((acceptance) => [acceptance.kind, acceptance.onboarding.id])).toEqual(
      again.map((_, n) => ['existing', `onb_${n + 1}`]),
    );
    expect(acceptances.every(({ onboarding }) => onboarding.lane === lane)).toBe(true);
    client.release();
    await pool.end();
    await ledger.close();
    await database.drop();
  },
);

test.each(['bulk', 'live'] as const)(
  'the newest rows of a long queue, %s, are found without a walk over the others',
  async (lane) => {
    const database = await createTestDatabase();
    const log = recordingLog();
    const db = openDatabase(
      createPostgresPool({ url: database.url, maxConnections: 1, connectWithinMs: 5_000, log }),
    );
    await sql`
      insert into onboarding.onboardings (id, region, source_name, account, lane, status, created_at, updated_at)
      select 'onb_' || n, 'us-east-1', 'aws.partner/acme.example/plan/' || n, '000000000101', ${lane}, 'queued', now(), now()
      from generate_series(100000, ${100_000 + ROWS}::int) n`.execute(db);
    const after = { lane, id: `onb_${99_997 + ROWS}` };
    const { found, read } = await db.transaction().execute(async (transaction) => {
      const rows = await openBatch(transaction, { lane, after, limit: 500 });
      const looks = await sql<{ read: number }>`
        select (seq_tup_read + idx_tup_fetch)::integer as read
        from pg_stat_xact_user_tables where relname = 'onboardings'`.execute(transaction);
      return { found: rows.map(({ id }) => id), read: looks.rows[0]?.read };
    });
    expect(found).toEqual([98, 99, 100].map((n) => `onb_${99_900 + n + ROWS}`));
    expect(read).toBe(3);
    await db.destroy();
    await database.drop();
  },
);

test('results are saved row by row, by a plan that was made while there were next to none', async () => {
  const database = await createTestDatabase();
  const log = recordingLog();
  const ledger = await openLedger(
    { kind: 'postgres', url: database.url },
    { awsMode: 'sandbox', partner: 'acme.example', clock: systemClock, log },
  );
  const pool = createPostgresPool({ url: database.url, maxConnections: 1, connectWithinMs: 5_000, log });
  const client = await pool.connect();
  const region = ownRegion();
  const add = (from: number, to: number) =>
    client.query(
      `insert into onboarding.onboardings (id, region, source_name, account, lane, status, created_at, updated_at)
       select 'onb_' || n, $1, 'aws.partner/acme.example/plan/' || n, '000000000101', 'bulk', 'queued', now(), now()
       from generate_series($2::int, $3::int) n`,
      [region, from, to],
    );
  const save = (...numbers: readonly number[]) => {
    const at = '2026-11-25T08:00:00.000Z';
    const attempts = [{ outcome: 'transient', durationMs: 1, at }];
    const fence = { replays: 0, comesInTurn: false, savedFrom: ['queued', 'retrying'], lateFrom: [] };
    const result = {
      status: 'retrying',
      nextAttemptAt: at,
      error: { code: 'X', kind: 'transient', message: 'x' },
    };
    const writes = numbers.map((n) => ({ id: `onb_${n}`, at, made: 1, attempts, ...fence, ...result }));
    return client.query('select verdict from onboarding.save_rounds($1, false)', [JSON.stringify(writes)]);
  };
  await client.query(`alter table onboarding.onboardings set (autovacuum_enabled = off)`, []);
  await add(1, 10);
  // The sixth time the plan is kept.
  for (let time = 1; time <= 8; time += 1) await save(1, 2);
  await add(11, ROWS);
  await client.query('begin', []);
  const { rows: verdicts } = (await save(7, 77, 777)) as { rows: readonly unknown[] };
  const { rows } = (await client.query(
    "select seq_tup_read::int, idx_scan::int > 0 as indexed from pg_stat_xact_user_tables where relname = 'onboardings'",
    [],
  )) as { rows: readonly unknown[] };
  await client.query('commit', []);
  expect(verdicts).toEqual([{ verdict: 'saved' }, { verdict: 'saved' }, { verdict: 'saved' }]);
  expect(rows).toEqual([{ seq_tup_read: 0, indexed: true }]);
  client.release();
  await pool.end();
  await ledger.close();
  await database.drop();
});
