import pg from 'pg';
import { expect, it, onTestFinished } from 'vitest';
import type { Onboarding } from '../../src/domain/onboarding.ts';
import { eventually } from '../support/eventually.ts';
import { parseExposition } from '../support/exposition.ts';
import { idOf, request, startService, type RunningService } from '../support/running-service.ts';
import { openTcpProxy } from '../support/tcp-proxy.ts';

async function startWithDatabase(
  through = (url: string): string => url,
): Promise<{ service: RunningService; sql: pg.Client }> {
  let url = '';
  const service = await startService({
    workers: [],
    databaseThrough: (address) => through((url = address)),
  });
  const sql = new pg.Client({ connectionString: url });
  await sql.connect();
  sql.on('error', () => undefined);
  onTestFinished(() => sql.end());
  return { service, sql };
}

const cancel = (id: string): string =>
  `update onboarding.onboardings set status = 'cancelled', completed_at = now() where id = '${id}'`;

/** How often the feed could not be read: then all who wait look for themselves. */
const stalls = ({ log }: RunningService): number =>
  log.lines.filter(({ message }) => message === 'events.not_read').length;

/** How often the ledger was asked for an onboarding. */
async function reads(service: RunningService): Promise<number> {
  const { body } = await service.call({ url: '/metrics' });
  return parseExposition(body).sum('onboard_ledger_call_duration_seconds_count', { operation: 'get' }) ?? 0;
}

/** Waits for the reads that are due; a stall of the feed allows one more for each that waits. */
async function expectReads(
  service: RunningService,
  { of, each }: { of: number; each: number },
): Promise<void> {
  const looked = await eventually(async () => {
    const sum = await reads(service);
    return sum >= of * each && sum;
  });
  expect(looked).toBeLessThanOrEqual(of * (each + stalls(service)));
}

it('answers as soon as an onboarding has ended, by any process, and asks for no row meanwhile', async () => {
  const { service, sql } = await startWithDatabase();
  const ids = await Promise.all(
    Array.from({ length: 20 }, async () => idOf(await service.post(request('ok')))),
  );
  const startedAt = performance.now();
  const answers = ids.map(async (id) => {
    const reply = await service.call({ url: `/v1/onboardings/${id}?wait=30` });
    return JSON.parse(reply.body) as Onboarding;
  });
  // Each looks twice: when it comes, and once the feed is being followed; and again only where the log tells of a stall.
  await expectReads(service, { of: ids.length, each: 2 });
  for (let turn = 0; turn < 5; turn += 1) {
    await sql.query("update onboarding.onboardings set lane = 'bulk'");
    await eventually(async () => (await sql.query('select from onboarding.changes')).rowCount === 0);
  }
  await expectReads(service, { of: ids.length, each: 2 });
  for (const id of ids) await sql.query(cancel(id));
  for (const answer of answers) expect((await answer).status).toBe('cancelled');
  await expectReads(service, { of: ids.length, each: 3 });
  // All of it ends before their time is over, which would be the end of the waiting too.
  expect(performance.now() - startedAt).toBeLessThan(25_000);
});

it('answers at once for one that has ended, and for an id that there is not', async () => {
  const { service, sql } = await startWithDatabase();
  const id = idOf(await service.post(request('ok')));
  await sql.query(cancel(id));
  expect(JSON.parse((await service.call({ url: `/v1/onboardings/${id}?wait=30` })).body)).toMatchObject({
    status: 'cancelled',
  });
  const unknown = await service.call({ url: '/v1/onboardings/onb_00000000000000000000000000?wait=30' });
  expect(unknown.statusCode).toBe(404);
});

it('says 503 to those that wait when the ledger goes away, and serves the next ones when it is back', async () => {
  const proxy = await openTcpProxy();
  const { service, sql } = await startWithDatabase((url) => proxy.through(url));
  const id = idOf(await service.post(request('ok')));
  const waiting = service.call({ url: `/v1/onboardings/${id}?wait=30` });
  await eventually(async () => (await reads(service)) >= 2);
  const startedAt = performance.now();
  proxy.cut();
  expect((await waiting).statusCode).toBe(503);
  const late = await service.call({ url: `/v1/onboardings/${id}?wait=30` });
  expect(late.statusCode).toBe(503);
  // Before the time of the first one is over, at which it would look by itself.
  expect(performance.now() - startedAt).toBeLessThan(25_000);
  proxy.heal();
  const next = eventually(async () => {
    const reply = await service.call({ url: `/v1/onboardings/${id}?wait=30` });
    return reply.statusCode === 200 ? (JSON.parse(reply.body) as Onboarding) : undefined;
  });
  await sql.query(cancel(id));
  expect((await next).status).toBe('cancelled');
});
