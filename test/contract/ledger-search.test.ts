import pg from 'pg';
import { expect, onTestFinished, test } from 'vitest';
import type { OnboardingFilter } from '../../src/domain/listing.ts';
import type { LedgerDatabase } from '../../src/ledger/database/database.ts';
import type { OpenLedger } from '../../src/ledger/ledger.ts';
import { list } from '../../src/ledger/onboardings/list.ts';
import { openLedger } from '../../src/ledger/open-ledger.ts';
import type { SearchBounds } from '../../src/ledger/search/search.ts';
import { systemClock } from '../../src/runtime/clock.ts';
import { openLedgerDatabase } from '../support/ledger-database.ts';
import { createEmptyDatabase, createTestDatabase } from '../support/postgres.ts';
import { recordingLog } from '../support/recording-log.ts';

interface Opened {
  readonly ledger: OpenLedger;
  readonly db: LedgerDatabase;
  readonly log: ReturnType<typeof recordingLog>;
}

async function open(url: string): Promise<Opened> {
  const log = recordingLog();
  const ledger = await openLedger(
    { kind: 'postgres', url },
    { awsMode: 'sandbox', partner: 'acme.example', clock: systemClock, log },
  );
  onTestFinished(() => ledger.close());
  return { ledger, db: openLedgerDatabase(url), log };
}

async function client(url: string): Promise<pg.Client> {
  const connected = new pg.Client({ connectionString: url });
  await connected.connect();
  // Its database may be dropped before it.
  connected.on('error', () => undefined);
  onTestFinished(() => connected.end());
  return connected;
}

/** A row a second; the oldest ten are `pioneers`, and every 40th has a note. */
const FILL = `
  insert into onboarding.onboardings (id, region, source_name, account, lane, status, metadata, created_at, updated_at)
  select onboarding.new_onboarding_id(t), 'us-east-1', 'aws.partner/acme.example/c-' || n, '000000000101', 'bulk',
    case when n % 3 = 0 then 'queued' else 'accepted' end,
    case when n <= 10 then '{"cohort": "Pioneers"}' when n % 40 = 0 then '{"note": "Zwölf"}' else '{}' end::jsonb, t, t
  from (select n, now() - (200 - n) * interval '1 second' as t from generate_series(1, 200) n) as made`;

const QUESTIONS: readonly OnboardingFilter[] = [
  { q: 'acme.example' },
  { q: 'PIONEERS' },
  { q: 'zwölf' },
  { q: 'zw' },
  { q: '-1' },
  { q: 'c-199' },
  { q: '%' },
  { q: 'nowhere at all' },
  { q: 'acme.example', status: 'queued' },
  { q: 'pioneers', status: 'queued' },
  { q: 'zwölf', region: 'eu-west-1' },
];

/** Each leads another way: enough rows looked at, the index, so many rows for each page. */
const BOUNDS: Readonly<Record<string, SearchBounds>> = {
  'the newest rows': { newest: 1_000, atMost: 1_000, common: 1_000, indexWithinMs: 10_000 },
  'the index': { newest: 5, atMost: 5, common: 1_000_000, indexWithinMs: 10_000 },
  'some rows for each page': { newest: 5, atMost: 7, common: -1, indexWithinMs: 10_000 },
};

async function expectAllFound(
  { db }: Opened,
  bounds: SearchBounds,
  filter: OnboardingFilter,
): Promise<number> {
  const { q = '', ...others } = filter;
  const { items } = await list(db, others, { limit: 1_000 });
  const wanted = items.filter(({ sourceName, account, metadata }) =>
    [sourceName, account, ...Object.values(metadata)].join('\n').toLowerCase().includes(q.toLowerCase()),
  );
  const found: string[] = [];
  let pages = 0;
  let cursor: string | null = null;
  do {
    const page: Awaited<ReturnType<typeof list>> = await list(db, filter, {
      limit: 4,
      bounds,
      ...(cursor === null ? {} : { cursor }),
    });
    expect(page.items.length).toBeLessThanOrEqual(4);
    found.push(...page.items.map(({ id }) => id));
    cursor = page.nextCursor;
    pages += 1;
  } while (cursor !== null);
  expect(found, JSON.stringify(filter)).toEqual(wanted.map(({ id }) => id));
  return pages;
}

test('a search finds every row once, in order, whichever way it is answered', async () => {
  const database = await createTestDatabase();
  onTestFinished(() => database.drop());
  const opened = await open(database.url);
  expect(await opened.ledger.textIndexed()).toBe(true);
  await (await client(database.url)).query(FILL);
  for (const bounds of Object.values(BOUNDS)) {
    for (const filter of QUESTIONS) await expectAllFound(opened, bounds, filter);
  }
  // Pages without a row lead on to those that have some, and the index needs none of them.
  const bounds = BOUNDS['some rows for each page']!;
  expect(await expectAllFound(opened, bounds, { q: 'pioneers' })).toBeGreaterThan(20);
  expect(await expectAllFound(opened, BOUNDS['the index']!, { q: 'pioneers' })).toBe(3);
});

test('a text follows its onboarding: a new one, a changed one, and those that go', async () => {
  const database = await createTestDatabase();
  onTestFinished(() => database.drop());
  const { db } = await open(database.url);
  const sqlClient = await client(database.url);
  await sqlClient.query(FILL);

  const found = async (q: string): Promise<number> =>
    (await list(db, { q }, { limit: 1_000, bounds: BOUNDS['the index']! })).items.length;
  const texts = async (): Promise<number> =>
    Number(
      (await sqlClient.query<{ count: string }>('select count(*) from onboarding.search_texts')).rows[0]!
        .count,
    );
  expect([await found('pioneers'), await texts()]).toEqual([10, 200]);

  await sqlClient.query(FILL.replaceAll('/c-', '/d-'));
  expect([await found('pioneers'), await found('example/d-17'), await texts()]).toEqual([20, 11, 400]);

  await sqlClient.query(`update onboarding.onboardings set metadata = '{"cohort": "settlers"}'
    where metadata ->> 'cohort' is not null and source_name like '%/d-%'`);
  expect([await found('pioneers'), await found('settlers')]).toEqual([10, 10]);
  await sqlClient.query(
    "update onboarding.onboardings set customer_id = 'Umgezogen' where source_name like '%/c-1'",
  );
  expect([await found('umgezogen'), await texts()]).toEqual([1, 400]);

  await sqlClient.query("delete from onboarding.onboardings where source_name like '%/d-%'");
  expect([await found('settlers'), await texts()]).toEqual([0, 200]);
  await sqlClient.query('truncate onboarding.onboardings cascade');
  expect(await texts()).toBe(0);
});

test('bounds on the time of creation hold to the millisecond, whatever the ids say', async () => {
  const database = await createTestDatabase();
  onTestFinished(() => database.drop());
  const { db } = await open(database.url);
  await (await client(database.url)).query(FILL);
  const { items } = await list(db, {}, { limit: 1_000 });
  const [from, to] = [items[150]!.createdAt, items[50]!.createdAt];
  const ids = async (filter: OnboardingFilter): Promise<string[]> =>
    (await list(db, filter, { limit: 1_000 })).items.map(({ id }) => id);
  expect(await ids({ from, to })).toEqual(items.slice(50, 151).map(({ id }) => id));
  expect(await ids({ from, to, q: 'acme' })).toEqual(items.slice(50, 151).map(({ id }) => id));
  expect(await ids({ from: '0001-01-01T00:00:00.000Z', to: '9999-12-31T23:59:59.999Z' })).toHaveLength(200);
});

test('where the role may not have the extension, the service starts, says so once, and finds everything', async () => {
  const database = await createEmptyDatabase();
  const admin = await client(database.url);
  const role = `poor_${new URL(database.url).pathname.slice(1)}`;
  const { rows } = await admin.query<{ name: string }>('select current_database() as name');
  await admin.query(`create role ${role} login password 'poor'; create schema onboarding authorization ${role};
    revoke create on database ${rows[0]!.name} from public`);
  const url = new URL(database.url);
  [url.username, url.password] = [role, 'poor'];
  const opened = await open(url.href);
  onTestFinished(async () => {
    await database.drop();
    const { href } = Object.assign(new URL(database.url), { pathname: '/postgres' });
    const cleaner = new pg.Client({ connectionString: href });
    await cleaner.connect();
    await cleaner.query(`drop role ${role}`);
    await cleaner.end();
  });
  const said = opened.log.lines.filter(({ message }) => message === 'ledger.search_not_indexed');
  expect(said).toHaveLength(1);
  expect(await opened.ledger.textIndexed()).toBe(false);
  await admin.query(FILL);
  for (const bounds of Object.values(BOUNDS)) {
    for (const filter of QUESTIONS) await expectAllFound(opened, bounds, filter);
  }
  // Once an administrator has made it, the next start has the index.
  await admin.query('create extension pg_trgm');
  const again = await open(url.href);
  expect(await again.ledger.textIndexed()).toBe(true);
});
