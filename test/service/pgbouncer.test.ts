import pg from 'pg';
import { expect, inject, test } from 'vitest';
import { eventually } from '../support/eventually.ts';
import { startPgbouncer } from '../support/pgbouncer.ts';
import { idOf, request, startService, TOKENS } from '../support/running-service.ts';
import { startReceiver, SECRET } from '../support/webhook-receiver.ts';

const ALL = ['provisioning', 'webhooks', 'maintenance'] as const;

/** Defaults of the database that would spoil whatever relied on the session. */
const SPOILT = {
  DateStyle: "'SQL, DMY'",
  TimeZone: "'Asia/Kathmandu'",
  IntervalStyle: "'iso_8601'",
  bytea_output: "'escape'",
  extra_float_digits: "'-5'",
  search_path: 'nowhere',
};

async function query(url: string, ...statements: string[]): Promise<unknown[]> {
  const client = new pg.Client({ connectionString: url });
  await client.connect();
  try {
    const rows: unknown[] = [];
    for (const statement of statements) rows.push(...(await client.query<object>(statement)).rows);
    return rows;
  } finally {
    await client.end();
  }
}

test.each([
  ['with its defaults', {}],
  ['that drops start-up options', { ignore_startup_parameters: 'options' }],
])(
  'intake, provisioning, webhooks and events work through a transaction-pooling PgBouncer %s',
  { timeout: 60_000 },
  async (_, settings) => {
    const pooler = await startPgbouncer(inject('postgresUrl'), { default_pool_size: '3', ...settings });
    const receiver = await startReceiver();
    const service = await startService({
      workers: ALL,
      databaseThrough: pooler.of,
      beforeStart: async (url) => {
        const name = new URL(url).pathname.slice(1);
        await query(
          url,
          ...Object.entries(SPOILT).map(([key, value]) => `alter database ${name} set ${key} = ${value}`),
        );
      },
      env: { WEBHOOK_URL: receiver.url, WEBHOOK_SECRET: SECRET, CALLBACK_ALLOW_HOSTS: '127.0.0.1' },
    });
    const replies = await Promise.all(
      Array.from({ length: 30 }, (__, n) => service.post(request(`pooled-${n}`))),
    );
    for (const reply of replies) {
      const onboarding = await service.until(idOf(reply), 'provisioned');
      expect(onboarding.createdAt).toMatch(/^\d{4}-\d\d-\d\dT[\d:.]+Z$/);
      expect(Math.abs(Date.parse(onboarding.createdAt) - Date.now())).toBeLessThan(3_600_000);
    }
    const id = idOf(await service.post(request('waited')));
    const waited = await service.call({ url: `/v1/onboardings/${id}?wait=20` });
    expect(JSON.parse(waited.body)).toMatchObject({ status: 'provisioned' });
    await eventually(() => receiver.received.length >= 31, { withinMs: 30_000 });
    const list = await service.call({ url: '/v1/onboardings?limit=100', token: TOKENS.viewer });
    expect((JSON.parse(list.body) as { items: unknown[] }).items).toHaveLength(31);
    expect(service.log.lines.filter(({ level }) => level === 'error')).toEqual([]);
    expect(service.log.lines.some(({ message }) => message === 'ledger.behind_a_pooler')).toBe(true);
  },
);

test('with DATABASE_DIRECT_URL notifications arrive although the statements go through PgBouncer', async () => {
  const pooler = await startPgbouncer(inject('postgresUrl'));
  const service = await startService({
    databaseThrough: pooler.of,
    direct: true,
  });
  expect(service.log.lines.some(({ message }) => message === 'ledger.behind_a_pooler')).toBe(false);
  await service.until(idOf(await service.post(request('direct'))), 'provisioned');
  const listening = await query(
    service.databaseUrl,
    `select from pg_stat_activity where datname = current_database() and application_name like '%listener%'`,
  );
  expect(listening).toHaveLength(1);
});

test('a pooler in DATABASE_DIRECT_URL ends the start', async () => {
  const pooler = await startPgbouncer(inject('postgresUrl'));
  await expect(
    startService({ env: { DATABASE_DIRECT_URL: pooler.of(inject('postgresUrl')) } }),
  ).rejects.toThrow(/DATABASE_DIRECT_URL leads to a pooler/);
});
