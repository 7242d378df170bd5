import { expect, test } from 'vitest';
import { openLedger } from '../../src/ledger/open-ledger.ts';
import { createPostgresPool } from '../../src/ledger/postgres-pool.ts';
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
