import { Redis } from 'ioredis';
import pg from 'pg';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { registeredRoutes } from '../support/registered-routes.ts';
import { eventually } from '../support/eventually.ts';
import { idOf, request, startService, type RunningService } from '../support/running-service.ts';
import { untilHeld } from '../support/region-queues.ts';
import { SECRET } from '../support/webhook-receiver.ts';

let service: RunningService;
let sql: pg.Client;
let redis: Redis;
let waiting: string;
let failed: string;
let retryable: string;
let delivery: string;
let replay: string;
beforeAll(async () => {
  service = await startService({
    stopWith: afterAll,
    workers: ['provisioning'],
    env: {
      REGIONS: 'us-east-1,eu-west-1,ap-south-1',
      WEBHOOK_URL: 'http://127.0.0.1:9/',
      WEBHOOK_SECRET: SECRET,
      ATTEMPTS_MAX: '1',
    },
  });
  sql = new pg.Client({ connectionString: service.databaseUrl });
  await sql.connect();
  redis = new Redis(service.redis.url);
  failed = idOf(await service.post(request('limit')));
  await service.until(failed, 'failed');
  retryable = idOf(await service.post(request('internal-99')));
  await service.until(retryable, 'failed');
  for (const region of ['us-east-1', 'eu-west-1']) await pause(region);
  waiting = idOf(await service.post(request('plain', { region: 'eu-west-1' })));
  await sql.query(`insert into onboarding.holds (region, kind, reason, began_at)
    values ('us-east-1', 'losses', '25 of 40 sources were not found', now())`);
  const { items } = JSON.parse((await service.call({ url: '/v1/deliveries?limit=1' })).body) as {
    items: { id: string }[];
  };
  delivery = items[0]!.id;
  // Nobody works it off here, so what it is of stays failed.
  const made = await service.call({
    method: 'POST',
    url: '/v1/replays',
    payload: { filter: { ids: [failed] }, reason: 'so that one runs' },
  });
  replay = (JSON.parse(made.body) as { id: string }).id;
});
afterAll(async () => {
  redis.disconnect();
  await sql.end();
});

/** Nothing runs in the Region any more: what is queued there stays queued. */
async function pause(region: string): Promise<void> {
  const payload = { reason: 'so that nothing runs' };
  await service.call({ method: 'POST', url: `/v1/regions/${region}/pause`, payload });
  await untilHeld(service.redis.url, region);
}

/** A look changes nothing but what is known of AWS, so it has no dry run. */
const LOOKS = ['POST /v1/onboardings/:id/check'];

const reason = { reason: 'to see' };
const row = (): Record<string, unknown> => request('dry-run', { metadata: { plan: 'gold' } });

/** Every route that changes something, with a call that would. */
const CHANGING: Readonly<
  Record<string, () => { url: string; payload: string | object; headers?: Record<string, string> }>
> = {
  // Before the one that has failed is replayed by itself.
  'POST /v1/replays': () => ({ url: '/v1/replays', payload: { filter: { status: 'failed' }, ...reason } }),
  'POST /v1/onboardings': () => ({ url: '/v1/onboardings', payload: row() }),
  'POST /v1/onboardings/batch': () => ({ url: '/v1/onboardings/batch', payload: [row()] }),
  'POST /v1/onboardings/:id/replay': () => ({ url: `/v1/onboardings/${failed}/replay`, payload: reason }),
  'POST /v1/onboardings/:id/retry': () => ({ url: `/v1/onboardings/${retryable}/retry`, payload: '' }),
  'POST /v1/onboardings/:id/cancel': () => ({ url: `/v1/onboardings/${waiting}/cancel`, payload: reason }),
  'POST /v1/replays/:id/cancel': () => ({ url: `/v1/replays/${replay}/cancel`, payload: reason }),
  'POST /v1/deliveries/:id/replay': () => ({ url: `/v1/deliveries/${delivery}/replay`, payload: reason }),
  'POST /v1/deliveries/send-now': () => ({ url: '/v1/deliveries/send-now', payload: reason }),
  'POST /v1/deliveries/test': () => ({ url: '/v1/deliveries/test', payload: reason }),
  'POST /v1/imports': () => ({
    url: '/v1/imports',
    headers: { 'content-type': 'application/x-ndjson' },
    payload: JSON.stringify(row()),
  }),
  'POST /v1/regions/:region/pause': () => ({ url: '/v1/regions/ap-south-1/pause', payload: reason }),
  'POST /v1/regions/:region/drain': () => ({ url: '/v1/regions/ap-south-1/drain', payload: reason }),
  'POST /v1/regions/:region/resume': () => ({ url: '/v1/regions/eu-west-1/resume', payload: reason }),
  'POST /v1/regions/:region/losses': () => ({
    url: '/v1/regions/us-east-1/losses',
    payload: { action: 'dismiss', ...reason },
  }),
};

/** All that the ledger holds, table by table, and which jobs Redis does. */
async function contents(): Promise<Readonly<Record<string, unknown>>> {
  const { rows: tables } = await sql.query<{ name: string }>(
    `select table_name as name from information_schema.tables where table_schema = 'onboarding' order by 1`,
  );
  expect(tables.length).toBeGreaterThan(10);
  const all: Record<string, unknown> = {};
  for (const { name } of tables) {
    const { rows } = await sql.query<{ row: string }>(
      `select to_jsonb(t)::text as row from onboarding.${name} t order by 1`,
    );
    all[name] = rows.map((one) => one.row);
  }
  all['jobs'] = (await redis.keys('*:onb_*')).sort();
  return all;
}

/**
 * Waits for what follows a call by itself: the job that has just failed lets its lock go, accepted rows are queued by
 * maintenance and changes get their positions. Both Regions that hold rows are paused, so nothing moves after that.
 */
const settled = (): Promise<true> =>
  eventually(async () => {
    const { rows } = await sql.query<{ moving: boolean }>(
      `select exists (select from onboarding.changes)
           or exists (select from onboarding.onboardings where status = 'accepted') as moving`,
    );
    return rows[0]?.moving === false && (await redis.keys('*:onb_*:lock')).length === 0;
  });

describe('?dryRun=true', () => {
  it('is tried on every route that changes something', () => {
    const changing = registeredRoutes(service.app)
      .filter(({ method, path }) => !['GET', 'HEAD', 'OPTIONS'].includes(method) && path.startsWith('/v1'))
      .map(({ method, path }) => `${method} ${path}`);
    expect(changing.sort()).toEqual([...Object.keys(CHANGING), ...LOOKS].sort());
  });

  it.each(Object.keys(CHANGING))('of %s answers 200 and changes nothing', async (route) => {
    await settled();
    const before = await contents();
    const { url, ...call } = CHANGING[route]!();
    const reply = await service.call({ method: 'POST', url: `${url}?dryRun=true`, ...call });
    expect([reply.statusCode, reply.body]).toEqual([200, expect.any(String)]);
    expect(await contents()).toEqual(before);
  });

  it.each(Object.keys(CHANGING))('is what keeps %s from changing something', async (route) => {
    await settled();
    const before = await contents();
    const { url, ...call } = CHANGING[route]!();
    const reply = await service.call({ method: 'POST', url, ...call });
    expect(reply.statusCode).toBeLessThan(300);
    expect(await contents()).not.toEqual(before);
  });
});
