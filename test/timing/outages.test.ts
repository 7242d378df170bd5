import pg from 'pg';
import { expect, it, onTestFinished } from 'vitest';
import { acceptInTransaction } from '../../src/outbox.ts';
import { eventually } from '../support/eventually.ts';
import { parseExposition } from '../support/exposition.ts';
import { request, startService } from '../support/running-service.ts';
import { openTcpProxy } from '../support/tcp-proxy.ts';

it('intake answers 202 within 2 s while Redis is down', async () => {
  const service = await startService({ redis: 'private' });
  await service.redis.kill();
  const startedAt = performance.now();
  const replies = await Promise.all([service.post(request('a')), service.post(request('b'))]);
  expect(performance.now() - startedAt).toBeLessThan(2_000);
  expect(replies.map(({ statusCode }) => statusCode)).toEqual([202, 202]);
});

it('intake answers 503 within 2 s while the ledger is down', async () => {
  const proxy = await openTcpProxy();
  const service = await startService({ redis: 'private', databaseThrough: (url) => proxy.through(url) });
  expect((await service.post(request('before'))).statusCode).toBe(202);
  proxy.cut();
  onTestFinished(() => proxy.heal());
  const startedAt = performance.now();
  const reply = await service.post(request('during'));
  expect(performance.now() - startedAt).toBeLessThan(2_500);
  expect(reply.statusCode).toBe(503);
});

it('a scrape answers within 1.5 s while Redis and the ledger are down', async () => {
  const proxy = await openTcpProxy();
  const service = await startService({
    redis: 'private',
    databaseThrough: (url) => proxy.through(url),
    workers: [],
  });
  await service.post(request('before'));
  await service.redis.kill();
  proxy.cut();
  onTestFinished(() => proxy.heal());
  let slowestMs = 0;
  await eventually(async () => {
    const startedAt = performance.now();
    const reply = await service.call({ url: '/metrics' });
    slowestMs = Math.max(slowestMs, performance.now() - startedAt);
    const now = parseExposition(reply.body);
    return now.value('onboard_ledger_up') === 0 && now.value('onboard_redis_up') === 0;
  });
  expect(slowestMs).toBeLessThan(1_500);
});

it('a POST for a name that an open transaction holds answers 503 within 2 s', async () => {
  const service = await startService({ workers: [] });
  const client = new pg.Client({ connectionString: service.databaseUrl });
  await client.connect();
  onTestFinished(() => client.end());
  const held = request('held');
  await client.query('begin');
  await acceptInTransaction(client, held as never);
  const startedAt = performance.now();
  const reply = await service.post(held);
  expect(performance.now() - startedAt).toBeLessThan(2_000);
  expect(reply.statusCode).toBe(503);
  await client.query('rollback');
});
