import { Redis } from 'ioredis';
import { describe, expect, it, onTestFinished } from 'vitest';
import type { DoctorAnswer } from '../../src/client/wire.ts';
import { parseExposition } from '../support/exposition.ts';
import { eventually } from '../support/eventually.ts';
import { queryDatabase } from '../support/query-database.ts';
import { untilHeld } from '../support/region-queues.ts';
import { REDIS_REFUSALS, runCommands, setReadOnly } from '../support/refusals.ts';
import { startRedis } from '../support/redis.ts';
import { idOf, request, startService, TOKENS, type RunningService } from '../support/running-service.ts';

const readiness = async (service: RunningService) => {
  const reply = await service.call({ url: '/readyz', token: null });
  return { status: reply.statusCode, body: JSON.parse(reply.body) as Record<string, unknown> };
};
const metric = async (
  service: RunningService,
  name: string,
  labels?: Record<string, string>,
): Promise<number> =>
  parseExposition((await service.call({ url: '/metrics' })).body).value(name, labels) ?? NaN;
const finding = async (service: RunningService, check: string, subject: string | null = null) => {
  const { findings } = JSON.parse(
    (await service.call({ url: '/v1/doctor', token: TOKENS.operator })).body,
  ) as DoctorAnswer;
  return findings.find((it) => it.check === check && it.subject === subject);
};

describe('a Redis that responds and', () => {
  it.each(REDIS_REFUSALS)(
    '%s is degraded as %s everywhere, and recovers',
    async (_name, code, begin, end) => {
      const service = await startService({ redis: 'private' });
      const admin = new Redis(service.redis.url);
      onTestFinished(() => admin.disconnect());
      await eventually(async () => (await readiness(service)).body['status'] === 'ok');
      await runCommands(admin, begin);
      const degraded = await eventually(async () => {
        const now = await readiness(service);
        return now.body['status'] === 'degraded' ? now : undefined;
      });
      expect(degraded).toMatchObject({
        status: 200,
        body: { parts: { redis: `refuses writes: ${code}`, ledger: 'ok' } },
      });
      await eventually(async () => (await metric(service, 'onboard_redis_up')) === 0);
      // On READONLY, connections are renewed once a second: then Redis is unreachable for a moment.
      const found = await eventually(async () => finding(service, 'redis.writable'));
      expect(found).toMatchObject({ status: 'fail', fix: expect.stringMatching(/\w/) as string });
      const waiting = idOf(await service.post(request('refused')));
      expect(await service.onboarding(waiting)).toMatchObject({ attempts: 0 });
      await runCommands(admin, end);
      if (code === 'OOM') await service.until(waiting, 'provisioned');
      await eventually(async () => (await readiness(service)).body['status'] === 'ok');
      await eventually(async () => (await metric(service, 'onboard_redis_up')) === 1);
      expect(await eventually(async () => finding(service, 'redis.writable'))).toMatchObject({
        status: 'ok',
      });
    },
  );

  it('is a node of a Cluster without the slot is degraded as CLUSTERDOWN', async () => {
    const redis = await startRedis({ settings: { 'cluster-enabled': 'yes' } });
    onTestFinished(() => redis.stop());
    const service = await startService({ env: { REDIS_URL: redis.url } });
    expect(
      await eventually(async () => {
        const now = await readiness(service);
        return now.body['status'] === 'degraded' ? now : undefined;
      }),
    ).toMatchObject({ body: { parts: { redis: 'refuses writes: CLUSTERDOWN' } } });
  });
});

describe('a PostgreSQL that responds and is read-only', () => {
  it('is unavailable, as every POST is, and recovers', async () => {
    const service = await startService();
    await eventually(async () => (await readiness(service)).body['status'] === 'ok');
    await setReadOnly(service.databaseUrl, true);
    const unavailable = await eventually(async () => {
      const now = await readiness(service);
      return now.status === 503 && JSON.stringify(now.body).includes('read-only') ? now : undefined;
    });
    expect(unavailable.body).toMatchObject({ parts: { ledger: 'refuses writes: read-only', redis: 'ok' } });
    expect((await service.post(request('read-only'))).statusCode).toBe(503);
    await eventually(async () => (await metric(service, 'onboard_ledger_up')) === 0);
    expect(await finding(service, 'ledger.writable')).toMatchObject({ status: 'fail' });
    await setReadOnly(service.databaseUrl, false);
    await eventually(async () => (await readiness(service)).body['status'] === 'ok');
  });
});

describe('a part that no process runs', () => {
  it('is named by the doctor and the metrics', async () => {
    const service = await startService({ workers: ['provisioning'], running: 'own' });
    await eventually(
      async () => (await metric(service, 'onboard_part_running', { part: 'provisioning' })) === 1,
    );
    expect(await metric(service, 'onboard_part_running', { part: 'maintenance' })).toBe(0);
    expect(await finding(service, 'parts.running', 'maintenance')).toMatchObject({
      status: 'fail',
      fix: expect.stringContaining('--run=maintenance') as string,
    });
    expect(await finding(service, 'parts.running', 'provisioning')).toBeUndefined();
  });

  it('makes the service degraded', async () => {
    const service = await startService({ workers: ['provisioning'], running: 'own' });
    const absent = { maintenance: 'not running', webhooks: 'not running', lifecycle: 'not running' };
    const parts = { ...absent, ledger: 'ok', redis: 'ok' };
    await eventually(async () => (await metric(service, 'onboard_part_running', { part: 'http' })) === 1);
    expect(await readiness(service)).toEqual({ status: 200, body: { status: 'degraded', parts } });
  });
});

describe('onboardings without a result', () => {
  it('show in the metrics by Region and status, with the age of the oldest', async () => {
    const service = await startService({ workers: ['provisioning'] });
    const shown = async (name: string, region: string, status: string): Promise<number> =>
      metric(service, name, { region, status });
    await service.call({ method: 'POST', url: '/v1/regions/us-east-1/drain', payload: { reason: 'to see' } });
    await service.post(request('waits'));
    await service.post(request('waits-too', { lane: 'bulk' }));
    await service.call({ method: 'POST', url: '/v1/regions/eu-west-1/pause', payload: { reason: 'to see' } });
    await untilHeld(service.redis.url, 'eu-west-1');
    await service.post(request('queued', { region: 'eu-west-1' }));
    await queryDatabase(
      service.databaseUrl,
      `update onboarding.onboardings set created_at = now() - interval '2 minutes' where lane = 'live'`,
    );
    await eventually(
      async () => (await shown('onboard_open_oldest_seconds', 'us-east-1', 'accepted')) >= 120,
    );
    expect(await shown('onboard_open', 'us-east-1', 'accepted')).toBe(2);
    expect(await shown('onboard_open', 'eu-west-1', 'queued')).toBe(1);
    expect(await shown('onboard_open_oldest_seconds', 'eu-west-1', 'queued')).toBeGreaterThanOrEqual(120);
    expect(await shown('onboard_open', 'eu-west-1', 'retrying')).toBe(0);
    expect(await shown('onboard_open_oldest_seconds', 'eu-west-1', 'retrying')).toBe(0);
  });
});
