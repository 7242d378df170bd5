import { sql } from 'kysely';
import { expect, onTestFinished, test } from 'vitest';
import { counts } from '../../src/ledger/figures/counts.ts';
import { readFigures } from '../../src/ledger/figures/read-figures.ts';
import { migrate } from '../../src/ledger/migrate.ts';
import { MIGRATIONS } from '../../src/ledger/migrations/all-migrations.ts';
import { openLedgerDatabase } from '../support/ledger-database.ts';
import { createEmptyDatabase } from '../support/postgres.ts';

const OF = { awsMode: 'sandbox', partner: 'acme.example' } as const;
const BEFORE = MIGRATIONS.slice(
  0,
  MIGRATIONS.findIndex(({ name }) => name === 'figures'),
);

test('what a ledger holds before there are figures is counted once, changes without a position too', async () => {
  const database = await createEmptyDatabase();
  onTestFinished(() => database.drop());
  const db = openLedgerDatabase(database.url);
  await migrate(db, OF, BEFORE);
  const add = (first: number, last: number) =>
    sql`
    insert into onboarding.onboardings (id, region, source_name, account, lane, status, error, created_at, updated_at, completed_at)
    select 'onb_' || n, 'us-east-1', 'aws.partner/acme.example/' || n, '000000000101', 'bulk',
      case n % 2 when 0 then 'failed' else 'queued' end,
      case n % 2 when 0 then '{"code": "Timeout", "kind": "transient"}'::jsonb end,
      '2026-03-01T12:00:30Z', '2026-03-01T12:00:30Z', case n % 2 when 0 then timestamptz '2026-03-01T12:01:30Z' end
    from generate_series(${first}::int, ${last}::int) n`.execute(db);
  await add(1, 4);
  await sql`select onboarding.give_positions(100)`.execute(db);
  await add(5, 6);

  await migrate(db, OF);
  const span = { from: '2026-03-01T12:00:00.000Z', to: '2026-03-01T13:00:00.000Z', stepSeconds: 60 };
  const expectCounted = async (): Promise<void> => {
    expect(await counts(db)).toMatchObject({
      byStatus: { failed: 3, queued: 3 },
      byErrorCode: [{ errorCode: 'Timeout', count: 3 }],
    });
    const { figures, byErrorCode } = await readFigures(db, span);
    expect(figures).toHaveLength(2);
    expect(figures).toEqual(
      expect.arrayContaining([
        { at: '2026-03-01T12:00:00.000Z', happened: 'accepted', count: 6 },
        { at: '2026-03-01T12:01:00.000Z', happened: 'failed', count: 3 },
      ]),
    );
    expect(byErrorCode).toEqual([{ errorCode: 'Timeout', count: 3 }]);
  };
  await expectCounted();
  await sql`select onboarding.give_positions(100)`.execute(db);
  await expectCounted();
  await sql`truncate onboarding.onboardings cascade`.execute(db);
  expect((await counts(db)).byRegion).toEqual([]);
});
