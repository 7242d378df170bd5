import { Queue } from 'bullmq';
import { Redis } from 'ioredis';
import pg from 'pg';
import { describe, expect, it, onTestFinished } from 'vitest';
import type { Onboarding } from '../../src/domain/onboarding.ts';
import { acceptInTransaction } from '../../src/outbox.ts';
import { eventually } from '../support/eventually.ts';
import { idOf, request, startService, type RunningService } from '../support/running-service.ts';
import { untilHeld } from '../support/region-queues.ts';
import { control } from '../support/sandbox.ts';

interface State {
  readonly paused: boolean;
  readonly draining: { reason: string; actor: string; since: string; remaining: number | null } | null;
  readonly drained: boolean;
}
const act = async (
  service: RunningService,
  action: 'pause' | 'drain' | 'resume',
  { region = 'us-east-1', query = '', reason = 'Redis moves to another host' } = {},
) => {
  const reply = await service.call({
    method: 'POST',
    url: `/v1/regions/${region}/${action}${query}`,
    payload: { reason },
  });
  return {
    status: reply.statusCode,
    body: JSON.parse(reply.body) as State & { code: string; field: string },
  };
};

async function stateOf(service: RunningService): Promise<State> {
  const stats = JSON.parse((await service.call({ url: '/v1/stats' })).body) as {
    regions: (State & { region: string })[];
  };
  return stats.regions.find(({ region }) => region === 'us-east-1')!;
}

async function connect(service: RunningService): Promise<pg.Client> {
  const client = new pg.Client({ connectionString: service.databaseUrl });
  await client.connect();
  onTestFinished(() => client.end());
  return client;
}

/** One onboarding for every way in; gives back their ids. */
async function byEveryWayIn(service: RunningService): Promise<readonly string[]> {
  const single = await service.post(request('single'));
  expect([single.statusCode, (JSON.parse(single.body) as Onboarding).status]).toEqual([202, 'accepted']);
  const batch = await service.call({
    method: 'POST',
    url: '/v1/onboardings/batch',
    payload: [request('batch')],
  });
  const { items } = JSON.parse(batch.body) as { items: { status: number; onboarding: Onboarding }[] };
  expect(items).toMatchObject([{ status: 202, onboarding: { status: 'accepted' } }]);
  const upload = await service.call({
    method: 'POST',
    url: '/v1/imports',
    headers: { 'content-type': 'application/x-ndjson' },
    payload: JSON.stringify(request('import', { customerId: 'imported' })),
  });
  expect(JSON.parse(upload.body)).toMatchObject({ accepted: 1 });
  const bySql = await acceptInTransaction(await connect(service), request('sql') as never);
  if (!('onboarding' in bySql)) throw new Error(JSON.stringify(bySql));
  const producer = new Queue('onboarding-intake', {
    connection: { url: service.redis.url },
    prefix: '{onboard}',
  });
  onTestFinished(() => producer.close());
  await producer.add('onboard', { v: 1, request: request('queue', { customerId: 'queued' }) });
  const found = async (customerId: string): Promise<string> =>
    eventually(async () => {
      const reply = await service.call({ url: `/v1/onboardings?customerId=${customerId}` });
      return (JSON.parse(reply.body) as { items: Onboarding[] }).items[0]?.id;
    });
  return [
    idOf(single),
    items[0]!.onboarding.id,
    await found('imported'),
    bySql.onboarding.id,
    await found('queued'),
  ];
}

describe('a Region that is drained', () => {
  it('runs its queue to the end, takes in and keeps what comes by every way, and continues when it is resumed', async () => {
    const service = await startService();
    await control(service.sandbox, 'latency', { ms: 500 });
    const before = await Promise.all([1, 2, 3].map(async () => idOf(await service.post(request('plain')))));
    const drained = await act(service, 'drain');
    expect(drained).toMatchObject({
      status: 200,
      body: { draining: { reason: 'Redis moves to another host', actor: 'admin-person' }, paused: false },
    });
    expect(drained.body.drained).toBe(drained.body.draining?.remaining === 0);
    const during = await byEveryWayIn(service);
    for (const id of before) await service.until(id, 'provisioned');
    await eventually(async () => (await stateOf(service)).drained);
    expect((await stateOf(service)).draining?.remaining).toBe(0);
    expect(JSON.parse((await service.call({ url: '/readyz' })).body)).toMatchObject({
      status: 'degraded',
      parts: { 'us-east-1': 'draining' },
    });
    // Whoever picked this one up has looked at all that have no job.
    const elsewhere = await acceptInTransaction(
      await connect(service),
      request('elsewhere', { region: 'eu-west-1' }) as never,
    );
    if (!('onboarding' in elsewhere)) throw new Error(JSON.stringify(elsewhere));
    await service.until(elsewhere.onboarding.id, 'provisioned');
    for (const id of during)
      expect(await service.onboarding(id)).toMatchObject({ status: 'accepted', attempts: 0 });

    const listener = await connect(service);
    await listener.query('listen onboarding_accepted');
    const told = new Promise<true>((resolve) => listener.once('notification', () => resolve(true)));
    expect((await act(service, 'resume')).body).toMatchObject({ draining: null, drained: false });
    expect(await told).toBe(true);
    for (const id of during) await service.until(id, 'provisioned');
  });

  it('gets back what was in the queue when Redis loses everything, and nothing that came since', async () => {
    const service = await startService({ redis: 'private', workers: ['maintenance'] });
    const queued = idOf(await service.post(request('plain')));
    await service.until(queued, 'queued');
    const begun = (await act(service, 'drain')).body;
    expect(begun.drained).toBe(false);
    // Not known (null) before maintenance has marked the new Redis with the ledger's epoch.
    expect([1, null]).toContain(begun.draining?.remaining);
    await eventually(async () => (await stateOf(service)).draining?.remaining === 1);
    const accepted = idOf(await service.post(request('plain')));
    const redis = new Redis(service.redis.url);
    onTestFinished(() => redis.disconnect());
    await redis.flushall();
    // An empty Redis is not a drained one; maintenance may have filled it again already.
    const lost = await stateOf(service);
    if (lost.draining?.remaining !== 1)
      expect(lost).toMatchObject({ drained: false, draining: { remaining: null } });
    await eventually(async () => (await stateOf(service)).draining?.remaining === 1, { withinMs: 90_000 });
    expect((await redis.keys(`*${queued}*`)).length).toBeGreaterThan(0);
    expect(await redis.keys(`*${accepted}*`)).toEqual([]);
    expect(await service.onboarding(accepted)).toMatchObject({ status: 'accepted' });
  });

  it('takes no replay, of a dry run neither, until it is resumed; a cancel goes through', async () => {
    const service = await startService({ workers: ['provisioning'] });
    const id = idOf(await service.post(request('limit')));
    await service.until(id, 'failed');
    await act(service, 'drain');
    const replay = async (query = '') =>
      service.call({
        method: 'POST',
        url: `/v1/onboardings/${id}/replay${query}`,
        payload: { reason: 'again' },
      });
    for (const query of ['', '?dryRun=true']) {
      const reply = await replay(query);
      expect([reply.statusCode, (JSON.parse(reply.body) as State & { code: string }).code]).toEqual([
        409,
        'region_draining',
      ]);
    }
    expect(await service.onboarding(id)).toMatchObject({ status: 'failed', replays: 0 });
    const waiting = idOf(await service.post(request('plain')));
    const cancelled = await service.call({
      method: 'POST',
      url: `/v1/onboardings/${waiting}/cancel`,
      payload: { reason: 'not wanted' },
    });
    expect(cancelled.statusCode).toBe(202);
    await act(service, 'resume');
    expect((await replay()).statusCode).toBe(202);
  });
});

describe('POST /v1/regions/:region/drain', () => {
  it('stands beside a pause, under which nothing runs; resuming ends both', async () => {
    const service = await startService({ workers: ['provisioning'] });
    await act(service, 'pause');
    await untilHeld(service.redis.url);
    const id = idOf(await service.post(request('plain')));
    expect((await act(service, 'drain')).body).toMatchObject({ paused: true, drained: false });
    const elsewhere = idOf(await service.post(request('plain', { region: 'eu-west-1' })));
    await service.until(elsewhere, 'provisioned');
    expect(await service.until(id, 'queued')).toMatchObject({ attempts: 0 });
    expect(JSON.parse((await service.call({ url: '/readyz' })).body)).toMatchObject({
      parts: { 'us-east-1': 'paused, draining' },
    });
    expect((await act(service, 'resume')).body).toMatchObject({ paused: false, draining: null });
    await service.until(id, 'provisioned');
  });

  it('keeps the first one’s reason, changes nothing in a dry run, and refuses an unknown Region', async () => {
    const service = await startService({ workers: [] });
    expect((await act(service, 'drain', { query: '?dryRun=true', reason: 'would' })).body).toMatchObject({
      draining: { reason: 'would' },
    });
    expect(await stateOf(service)).toMatchObject({ draining: null, drained: false });
    await act(service, 'drain', { reason: 'the first' });
    expect((await act(service, 'drain', { reason: 'the second' })).body).toMatchObject({
      draining: { reason: 'the first' },
    });
    expect((await act(service, 'resume', { query: '?dryRun=true' })).body).toMatchObject({ draining: null });
    expect(await stateOf(service)).toMatchObject({ draining: { reason: 'the first' } });
    expect(await act(service, 'drain', { region: 'mars-north-1' })).toMatchObject({
      status: 404,
      body: { code: 'not_found', field: 'region' },
    });
    expect(await act(service, 'drain', { reason: '' })).toMatchObject({
      status: 400,
      body: { field: 'reason' },
    });
  });

  it('says that what is left is not known while Redis is down', async () => {
    const service = await startService({ redis: 'private', workers: [] });
    await service.redis.kill();
    expect(await act(service, 'drain')).toMatchObject({
      status: 200,
      body: { draining: { remaining: null }, drained: false },
    });
  });
});
