import { expect, it, onTestFinished } from 'vitest';
import { startPgBouncer } from '../support/pgbouncer.ts';
import { createEmptyDatabase } from '../support/postgres.ts';
import { queryDatabase } from '../support/query-database.ts';
import { idOf, request, startService } from '../support/running-service.ts';

it.each(['with', 'without'] as const)(
  'a transaction-pooling PgBouncer with its defaults carries the whole service, %s a direct address',
  async (direct) => {
    const database = await createEmptyDatabase();
    onTestFinished(() => database.drop());
    const name = new URL(database.url).pathname.slice(1);
    // What our sessions cannot leave to the database, and a limit that no migration would survive.
    for (const [setting, value] of [
      ['DateStyle', 'German'],
      ['TimeZone', 'Asia/Tokyo'],
      ['IntervalStyle', 'sql_standard'],
      ['bytea_output', 'escape'],
      ['extra_float_digits', '-5'],
      ['statement_timeout', '40'],
      ['search_path', 'nowhere'],
    ])
      await queryDatabase(database.url, `alter database "${name}" set ${setting} to '${value}'`);
    const through = await startPgBouncer(database.url);
    const service = await startService({
      workers: ['provisioning', 'maintenance', 'webhooks'],
      env: { DATABASE_URL: through, ...(direct === 'with' ? { DATABASE_DIRECT_URL: database.url } : {}) },
    });
    expect(service.log.lines.find(({ message }) => message === 'ledger.behind_pooler')?.fields).toEqual({
      listens: direct === 'with',
    });
    const requests = Array.from({ length: 120 }, (_, n) => request(`pooled-${n}`));
    const replies = await Promise.all(requests.map((body) => service.post(body)));
    expect(replies.map(({ statusCode }) => statusCode)).toEqual(requests.map(() => 202));
    for (const reply of replies) {
      const { createdAt, completedAt } = await service.until(idOf(reply), 'provisioned');
      expect(new Date(createdAt).toISOString()).toBe(createdAt);
      expect(completedAt! >= createdAt).toBe(true);
    }
    const list = await service.call({ url: '/v1/onboardings?limit=200&q=pooled-7' });
    expect(list.statusCode).toBe(200);
    expect((await service.call({ url: '/v1/stats' })).statusCode).toBe(200);
  },
);
