import { Redis } from 'ioredis';
import { describe, expect, it, onTestFinished } from 'vitest';
import type { DoctorAnswer } from '../../src/client/wire.ts';
import { parseExposition } from '../support/exposition.ts';
import { eventually } from '../support/eventually.ts';
import { queryDatabase } from '../support/query-database.ts';
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
      expect(await finding(service, 'redis.writable')).toMatchObject({
        status: 'fail',
        fix: expect.stringMatching(/\w/) as string,
      });
      const waiting = idOf(await service.post(request('refused')));
      expect(await service.onboarding(waiting)).toMatchObject({ attempts: 0 });
      await runCommands(admin, end);
      if (code === 'OOM') await service.until(waiting, 'provisioned');
      await eventually(async () => (await readiness(service)).body['status'] === 'ok');
      await eventually(async () => (await metric(service, 'onboard_redis_up')) === 1);
      expect(await finding(service, 'redis.writable')).toMatchObject({ status: 'ok' });
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
    const parts = { maintenance: 'not running', webhooks: 'not running', ledger: 'ok', redis: 'ok' };
    await eventually(async () => (await metric(service, 'onboard_part_running', { part: 'http' })) === 1);
    expect(await readiness(service)).toEqual({ status: 200, body: { status: 'degraded', parts } });
  });
});

describe('onboardings that are recorded and not queued', () => {
  it('show in the metrics with their age, but for Regions that are drained', async () => {
    const service = await startService({ workers: ['provisioning'], running: 'own' });
    const age = (lane: string) => metric(service, 'onboard_oldest_accepted_seconds', { lane });
    await service.call({ method: 'POST', url: '/v1/regions/us-east-1/drain', payload: { reason: 'to see' } });
    await service.post(request('waits'));
    await queryDatabase(
      service.databaseUrl,
      `update onboarding.onboardings set created_at = now() - interval '2 minutes'`,
    );
    await eventually(
      async () => (await metric(service, 'onboard_oldest_open_seconds', { lane: 'live' })) >= 120,
    );
    expect(await age('live')).toBe(0);
    expect(
      await metric(service, 'onboard_open_onboardings', { region: 'us-east-1', status: 'accepted' }),
    ).toBe(1);
    await service.call({ method: 'POST', url: '/v1/regions/us-east-1/resume', payload: { reason: 'seen' } });
    await eventually(async () => (await age('live')) >= 120);
    expect(await age('bulk')).toBe(0);
  });
});
