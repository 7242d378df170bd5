import pg from 'pg';
import { afterEach, beforeEach, expect, test } from 'vitest';
import type { OpenLedger } from '../../src/ledger/ledger.ts';
import { openLedger } from '../../src/ledger/open-ledger.ts';
import { createPostgresPool } from '../../src/ledger/database/postgres-pool.ts';
import { systemClock } from '../../src/runtime/clock.ts';
import { eventually } from '../support/eventually.ts';
import { AT, newOnboarding, ownRegion } from '../support/ledger-fixtures.ts';
import type { NewOnboarding } from '../../src/domain/acceptance.ts';
import type { TestDatabase } from '../support/make-database.ts';
import { createTestDatabase } from '../support/postgres.ts';
import { recordingLog } from '../support/recording-log.ts';

let database: TestDatabase;
let ledger: OpenLedger;
/** A transaction of somebody else's, and an onlooker. */
let other: pg.Client;
let onlooker: pg.Client;

beforeEach(async () => {
  database = await createTestDatabase();
  ledger = await openLedger(
    { kind: 'postgres', url: database.url },
    { awsMode: 'sandbox', partner: 'acme.example', clock: systemClock, log: recordingLog() },
  );
  other = new pg.Client({ connectionString: database.url });
  onlooker = new pg.Client({ connectionString: database.url });
  await other.connect();
  await onlooker.connect();
});
afterEach(async () => {
  await ledger.close();
  await other.end();
  await onlooker.end();
  await database.drop();
});

async function waiting(count: number): Promise<void> {
  await eventually(async () => {
    const { rows } = await onlooker.query<{ count: string }>(
      `select count(*) from pg_stat_activity where datname = current_database() and wait_event_type = 'Lock'`,
    );
    return Number(rows[0]?.count) === count;
  });
}

test('two batches with the same names in opposite orders, both held up halfway, end without a deadlock', async () => {
  const region = ownRegion();
  const batch = ['a', 'm', 'z'].map((name) =>
    newOnboarding({ region, sourceName: `aws.partner/acme.example/lock/${name}` }),
  );
  const opposite = batch
    .map((request) => ({ ...newOnboarding(), region, sourceName: request.sourceName }))
    .reverse();
  await other.query('begin');
  await other.query(
    `insert into onboarding.onboardings (id, region, source_name, account, lane, created_at, updated_at)
     values ('onb_other', $1, $2, '000000000101', 'bulk', $3, $3)`,
    [region, batch[1]!.sourceName, AT],
  );
  const first = ledger.accept(batch);
  await waiting(1);
  const second = ledger.accept(opposite);
  await waiting(2);
  await other.query('rollback');
  expect((await first).map(({ kind }) => kind)).toEqual(['accepted', 'accepted', 'accepted']);
  expect((await second).map(({ kind }) => kind)).toEqual(['existing', 'existing', 'existing']);
});

test('a name whose holder is being cancelled at that moment is accepted', async () => {
  const first = newOnboarding({ region: ownRegion() });
  await ledger.accept([first]);
  const again = { ...newOnboarding(), region: first.region, sourceName: first.sourceName };
  await other.query('begin');
  await other.query(
    `update onboarding.onboardings set status = 'cancelled', completed_at = now() where id = $1`,
    [first.id],
  );
  const accepting = ledger.accept([again]);
  await waiting(1);
  await other.query('commit');
  expect(await accepting).toMatchObject([{ kind: 'accepted', onboarding: { id: again.id } }]);
});

test('a key that another process holds is at work, at once, and free when that process is gone', async () => {
  const call = {
    key: 'held-elsewhere',
    fingerprint: 'one',
    at: AT,
    requests: [newOnboarding({ region: ownRegion() })],
    answer: () => 'kept',
  };
  await other.query('begin');
  await other.query(`select pg_advisory_xact_lock(hashtextextended('held-elsewhere', 0))`);
  const free = { ...call, key: 'free', requests: [newOnboarding({ region: ownRegion() })] };
  const outcomes = await Promise.all([ledger.acceptKeyed(free), ledger.acceptKeyed(call)]);
  expect(outcomes.map(({ kind }) => kind)).toEqual(['first', 'atWork']);
  expect(await ledger.get(call.requests[0]!.id)).toBeUndefined();
  await other.query('rollback');
  expect(await ledger.acceptKeyed(call)).toMatchObject({ kind: 'first', answer: 'kept' });
});

test('a process that freezes in a transaction loses it after 5 s', async () => {
  const pool = createPostgresPool({
    url: database.url,
    maxConnections: 1,
    connectWithinMs: 5_000,
    statementWithinMs: 1_500,
    log: recordingLog(),
  });
  const client = await pool.connect();
  const { rows } = await client.query('show idle_in_transaction_session_timeout', []);
  expect(rows).toEqual([{ idle_in_transaction_session_timeout: '5s' }]);
  client.release();
  await pool.end();
});

test.each([
  ['', (request: NewOnboarding) => ledger.accept([request])],
  [
    ', under keys too',
    (request: NewOnboarding) =>
      ledger.acceptKeyed({ key: request.id, fingerprint: '', at: AT, requests: [request], answer: () => '' }),
  ],
])(
  'a name that an open transaction of the caller holds is answered as unavailable, its neighbours as ever%s',
  async (_, take) => {
    const region = ownRegion();
    const names = Array.from({ length: 20 }, (_, index) => `aws.partner/acme.example/held/${index}`);
    await other.query('begin');
    await other.query(
      `insert into onboarding.onboardings (id, region, source_name, account, lane, created_at, updated_at)
     values ($4, $1, $2, '000000000101', 'bulk', $3, $3)`,
      [region, names[7], AT, `onb_${region}`],
    );
    const accepting = names.map((sourceName) => take(newOnboarding({ region, sourceName })));
    const answers = await Promise.allSettled(accepting);
    const refused = answers.flatMap((answer, index) => (answer.status === 'rejected' ? [index] : []));
    expect(refused).toEqual([7]);
    expect(answers[7]).toMatchObject({ reason: { name: 'LedgerUnavailableError' } });
    await other.query('commit');
    const again = newOnboarding({ region, sourceName: names[7] });
    expect(await ledger.accept([again])).toMatchObject([
      { kind: 'existing', onboarding: { id: `onb_${region}` } },
    ]);
  },
);
