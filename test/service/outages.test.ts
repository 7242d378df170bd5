import { connect } from 'node:net';
import { describe, expect, it, onTestFinished } from 'vitest';
import { eventually } from '../support/eventually.ts';
import { queryDatabase } from '../support/query-database.ts';
import { startRedis } from '../support/redis.ts';
import { idOf, request, startService } from '../support/running-service.ts';
import { openTcpProxy } from '../support/tcp-proxy.ts';

describe('while Redis is down', () => {
  it('intake answers 202 accepted, and everything is provisioned once it is back, data lost', async () => {
    const service = await startService({ redis: 'private' });
    await service.redis.kill();
    const replies = await Promise.all([service.post(request('a')), service.post(request('b'))]);
    for (const reply of replies) {
      expect(reply.statusCode).toBe(202);
      expect(JSON.parse(reply.body)).toMatchObject({ status: 'accepted' });
    }
    expect(JSON.parse((await service.call({ url: '/readyz' })).body)).toMatchObject({
      status: 'degraded',
      parts: { redis: 'unreachable', ledger: 'ok' },
    });
    expect(JSON.parse((await service.call({ url: '/v1/stats' })).body)).toMatchObject({
      regions: [{ waiting: null }, { waiting: null }],
    });
    for (const url of ['/queues/api/queues', '/queues/api/redis/stats']) {
      const raw = await service.call({ url });
      expect({ status: raw.statusCode, wait: raw.headers['retry-after'] }).toEqual({
        status: 503,
        wait: '2',
      });
      expect(JSON.parse(raw.body)).toMatchObject({ code: 'queue_unavailable' });
      expect(raw.body).not.toMatch(/ECONN|offline|stack/i);
    }
    const again = await startRedis({ port: service.redis.port });
    onTestFinished(() => again.stop());
    for (const reply of replies) await service.until(idOf(reply), 'provisioned');
  });
});

describe('while Redis is connected and refuses jobs', () => {
  it('an onboarding goes back from queued to accepted, once, and is queued when there is room again', async () => {
    const service = await startService({ redis: 'private' });
    const statuses = async (id: string): Promise<readonly string[]> =>
      (
        await queryDatabase<{ status: string }>(
          service.databaseUrl,
          `select status from onboarding.events where onboarding_id = '${id}' order by position`,
        )
      ).map(({ status }) => status);
    await sendRedis(service.redis.port, 'CONFIG SET maxmemory 1');
    const reply = await service.post(request('plain'));
    expect(reply.statusCode).toBe(202);
    expect(JSON.parse(reply.body)).toMatchObject({ status: 'accepted' });
    const id = idOf(reply);
    expect(await service.onboarding(id)).toMatchObject({ status: 'accepted', attempts: 0 });
    const body = request('keyed');
    const keyedPost = () =>
      service.call({
        method: 'POST',
        url: '/v1/onboardings',
        payload: body,
        headers: { 'idempotency-key': 'one' },
      });
    const keyed = await keyedPost();
    expect(JSON.parse(keyed.body)).toMatchObject({ status: 'accepted' });
    await sendRedis(service.redis.port, 'CONFIG SET maxmemory 0');
    await service.until(id, 'provisioned');
    await service.until(idOf(keyed), 'provisioned');
    for (const each of [id, idOf(keyed)]) {
      await eventually(async () => (await statuses(each)).includes('provisioned'));
      expect((await statuses(each)).slice(0, 2)).toEqual(['queued', 'accepted']);
      expect((await statuses(each)).lastIndexOf('accepted')).toBe(1);
    }
    expect((await keyedPost()).body).toBe(keyed.body);
  });
});

describe('the rescue of stranded onboardings', () => {
  it('re-queues every open one when Redis has lost its data, retrying ones with the wait that was left', async () => {
    const service = await startService({
      redis: 'private',
      env: { BACKOFF_BASE_MS: '600000', BACKOFF_CAP_MS: '600000', ATTEMPTS_MAX: '9' },
    });
    const retrying = idOf(await service.post(request('cme-9')));
    const waiting = await service.until(retrying, 'retrying');
    const delayed = async (): Promise<number> =>
      (JSON.parse((await service.call({ url: '/v1/stats' })).body) as { regions: [{ delayed: number }] })
        .regions[0].delayed;
    // The row is committed before its job goes back into the queue.
    await eventually(async () => (await delayed()) === 1);
    await sendRedis(service.redis.port, 'FLUSHALL');
    await eventually(async () => (await delayed()) === 1);
    expect(await service.onboarding(retrying)).toMatchObject({
      status: 'retrying',
      nextAttemptAt: waiting.nextAttemptAt,
      attempts: 3,
    });
  });
});

describe('while the ledger is down', () => {
  it('intake answers 503 with Retry-After, and works again by itself', async () => {
    const proxy = await openTcpProxy();
    const service = await startService({ databaseThrough: (url) => proxy.through(url) });
    expect((await service.post(request('before'))).statusCode).toBe(202);
    proxy.cut();
    const reply = await service.post(request('during'));
    expect(reply.statusCode).toBe(503);
    expect(reply.headers['retry-after']).toBe('2');
    expect(JSON.parse(reply.body)).toMatchObject({ code: 'ledger_unavailable' });
    expect((await service.call({ url: '/readyz' })).statusCode).toBe(503);
    proxy.heal();
    const id = await eventually(async () => {
      const next = await service.post(request('after'));
      return next.statusCode === 202 ? idOf(next) : undefined;
    });
    await service.until(id, 'provisioned');
  });
});

async function sendRedis(port: number, command: string): Promise<void> {
  await new Promise<void>((resolve, reject) => {
    const socket = connect(port, '127.0.0.1', () => socket.write(`${command}\r\n`));
    socket.once('error', reject);
    socket.once('data', () => {
      socket.destroy();
      resolve();
    });
  });
}
