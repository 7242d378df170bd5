import type { ServerResponse } from 'node:http';
import { Redis } from 'ioredis';
import pg from 'pg';
import { describe, expect, it, onTestFinished } from 'vitest';
import { eventually } from '../support/eventually.ts';
import { json, startFakeEventBridge } from '../support/fake-eventbridge.ts';
import { idOf, request, startService, type RunningService } from '../support/running-service.ts';
import { rawQueueOf, untilHeld } from '../support/region-queues.ts';
import { control } from '../support/sandbox.ts';

interface Asked {
  readonly query?: string;
  readonly reason?: string;
}
const cancel = async (
  service: RunningService,
  id: string,
  { query = '', reason = 'wrong account' }: Asked = {},
) => {
  const reply = await service.call({
    method: 'POST',
    url: `/v1/onboardings/${id}/cancel${query}`,
    payload: { reason },
  });
  const body = JSON.parse(reply.body) as Record<string, unknown>;
  return { status: reply.statusCode, body, retryAfter: reply.headers['retry-after'] };
};

const act = (service: RunningService, action: 'pause' | 'resume') =>
  service.call({
    method: 'POST',
    url: `/v1/regions/us-east-1/${action}`,
    payload: { reason: 'to see' },
  });

async function pause(service: RunningService): Promise<void> {
  await act(service, 'pause');
  await untilHeld(service.redis.url);
}

/** Keys of the service that tell of the onboarding, and sorted sets that hold its job. */
async function traces(service: RunningService, id: string): Promise<readonly string[]> {
  const redis = new Redis(service.redis.url);
  try {
    const found: string[] = [];
    for (const key of await redis.keys('*')) {
      const isSet = (await redis.type(key)) === 'zset';
      const members = isSet ? await redis.zrange(key, 0, '-1') : [];
      if (key.includes(id) || members.some((member) => member.includes(id))) found.push(key);
    }
    return found;
  } finally {
    redis.disconnect();
  }
}

const creates = ({ sandbox }: RunningService, name: string): number =>
  sandbox.books.calls({ region: 'us-east-1', name }).creates ?? 0;

async function sql(service: RunningService): Promise<pg.Client> {
  const client = new pg.Client({ connectionString: service.databaseUrl });
  await client.connect();
  onTestFinished(() => client.end());
  return client;
}

/** A service whose first call of AWS has arrived there, and is answered when the test says so. */
async function atWork(): Promise<{ service: RunningService; id: string; answer: () => void }> {
  const aws = await startFakeEventBridge();
  const held: ServerResponse[] = [];
  aws.script((response) => held.push(response));
  const service = await startService({
    workers: ['provisioning'],
    env: { AWS_ENDPOINT_URL_EVENTBRIDGE: aws.endpoint, AWS_TIMEOUT_MS: '60000' },
  });
  onTestFinished(() => aws.close());
  const id = idOf(await service.post(request('plain')));
  await aws.arrived(1);
  return {
    service,
    id,
    answer() {
      const [call] = aws.requests;
      const EventSourceArn = `arn:aws:events:us-east-1::event-source/${String(call!.body['Name'])}`;
      json(200, { EventSourceArn })(held[0]!, call!);
    },
  };
}

describe('POST /v1/onboardings/:id/cancel', () => {
  it('gives up one that waits: nothing of it is left in the queue, and a job that comes all the same calls nothing', async () => {
    const service = await startService({ workers: ['provisioning'] });
    await pause(service);
    const body = request('plain');
    const id = idOf(await service.post(body));
    expect((await traces(service, id)).length).toBeGreaterThan(0);
    await service.until(id, 'queued');
    expect(await cancel(service, id, { query: '?dryRun=true' })).toMatchObject({
      status: 200,
      body: { status: 'queued' },
    });
    expect(await cancel(service, id)).toMatchObject({
      status: 202,
      body: { id, status: 'cancelled', nextAttemptAt: null, completedAt: expect.any(String) as string },
    });
    expect(await traces(service, id)).toEqual([]);

    const queue = await rawQueueOf(service.redis.url, 'us-east-1', 'live');
    const job = { v: 1, onboardingId: id, replays: 0, region: 'us-east-1', readyAt: 0 };
    await queue.add('provision', job, { jobId: `${id}-r0` });
    const again = await service.post({ ...body, account: '000000000202' });
    expect(again.statusCode).toBe(202);
    const next = idOf(again);
    expect(next).not.toBe(id);
    await act(service, 'resume');
    const provisioned = await service.until(next, 'provisioned');
    await eventually(async () => (await queue.getJobState(`${id}-r0`)) === 'completed');
    expect(provisioned).toMatchObject({ account: '000000000202', outcome: 'created' });
    expect(creates(service, provisioned.sourceName)).toBe(1);
    expect(await service.onboarding(id)).toMatchObject({ status: 'cancelled', attempts: 0 });
  });

  it('gives up one that a worker has, for as long as it waits for its slot of the quota', async () => {
    // The next slot comes after the test.
    const service = await startService({ workers: ['provisioning'], env: { QUOTA_PER_SECOND: '0.005' } });
    // One is due at once, and a live one may go out one slot ahead of its time.
    for (const name of ['first', 'second'])
      await service.until(idOf(await service.post(request(name))), 'provisioned');
    const id = idOf(await service.post(request('third')));
    const queue = await rawQueueOf(service.redis.url, 'us-east-1', 'live');
    await eventually(async () => (await queue.getJobState(`${id}-r0`)) === 'active');
    const asked = await cancel(service, id, { query: '?dryRun=true' });
    expect(asked.status).toBe(200);
    expect((await cancel(service, id)).status).toBe(202);
    expect(await service.onboarding(id)).toMatchObject({ status: 'cancelled', attempts: 0 });
  });

  it('gives up one that waits for its time, and one that has failed, with the error as it was', async () => {
    const service = await startService({ env: { BACKOFF_BASE_MS: '600000', BACKOFF_CAP_MS: '600000' } });
    const retrying = idOf(await service.post(request('internal-9')));
    const failed = idOf(await service.post(request('limit')));
    await service.until(retrying, 'retrying');
    await service.until(failed, 'failed');
    await eventually(async () => (await cancel(service, retrying)).status === 202);
    await eventually(async () => (await cancel(service, failed)).status === 202);
    expect(await service.onboarding(retrying)).toMatchObject({
      status: 'cancelled',
      error: { kind: 'transient' },
    });
    expect(await service.onboarding(failed)).toMatchObject({ status: 'cancelled', error: { kind: 'quota' } });
    expect([...(await traces(service, retrying)), ...(await traces(service, failed))]).toEqual([]);
  });

  it('gives up those that an open circuit has put aside, and lets go of the others', async () => {
    const service = await startService();
    await control(service.sandbox, 'mode', { region: 'us-east-1', error: 'ExpiredTokenException' });
    const ids = await Promise.all(
      [1, 2, 3, 4, 5].map(async () => idOf(await service.post(request('plain')))),
    );
    for (const id of ids.slice(0, 3)) await service.until(id, 'retrying', 'queued');
    await eventually(() => service.log.lines.some(({ message }) => message === 'circuit.opened'));
    const [first = '', second = '', ...others] = ids;
    for (const id of [first, second])
      await eventually(async () => (await cancel(service, id)).status === 202, { withinMs: 90_000 });
    await control(service.sandbox, 'mode', { region: 'us-east-1', error: null });
    for (const id of others) await service.until(id, 'provisioned');
    for (const id of [first, second]) {
      expect(await service.onboarding(id)).toMatchObject({ status: 'cancelled', eventSourceArn: null });
      expect(await traces(service, id)).toEqual([]);
    }
  });

  it('is refused while a worker is at work on it, and nothing is changed', async () => {
    const { service, id, answer } = await atWork();
    for (const query of ['', '?dryRun=true'])
      expect(await cancel(service, id, { query })).toMatchObject({
        status: 409,
        body: { code: 'attempt_running' },
      });
    answer();
    expect(await service.until(id, 'provisioned')).toMatchObject({ attempts: 1 });
  });

  it('is refused when it has ended, saying how and what to do instead; and without a reason', async () => {
    const service = await startService({ workers: ['provisioning'] });
    const done = idOf(await service.post(request('plain')));
    await service.until(done, 'provisioned');
    expect(await cancel(service, done)).toMatchObject({
      status: 409,
      body: { code: 'not_cancellable', detail: expect.stringContaining('provisioned') as string },
    });
    const failed = idOf(await service.post(request('limit')));
    await service.until(failed, 'failed');
    await eventually(async () => (await cancel(service, failed)).status === 202);
    const { updatedAt } = await service.onboarding(failed);
    expect(await cancel(service, failed)).toMatchObject({
      status: 409,
      body: { code: 'not_cancellable', detail: expect.stringContaining('cancelled') as string },
    });
    expect(await service.onboarding(failed)).toMatchObject({ updatedAt });
    expect(await cancel(service, 'onb_00000000000000000000000000')).toMatchObject({ status: 404 });
    expect(await cancel(service, 'nonsense')).toMatchObject({ status: 404 });
    for (const reason of ['', 'a\u0000b', 'x'.repeat(501)])
      expect(await cancel(service, failed, { reason })).toMatchObject({
        status: 400,
        body: { field: 'reason' },
      });
  });

  it('is refused while Redis is down, and nothing is changed', async () => {
    const service = await startService({ redis: 'private', workers: [] });
    const id = idOf(await service.post(request('plain')));
    const before = await service.until(id, 'queued');
    await service.redis.kill();
    for (const query of ['', '?dryRun=true']) {
      const { status, body, retryAfter } = await cancel(service, id, { query });
      expect({ status, code: body['code'] }).toEqual({ status: 503, code: 'queue_unavailable' });
      expect(Number(retryAfter)).toBeGreaterThan(0);
    }
    expect(await service.onboarding(id)).toEqual(before);
  });

  it('is done once when two operators ask at the same time', async () => {
    const service = await startService({ workers: [] });
    const id = idOf(await service.post(request('plain')));
    const both = await Promise.all([cancel(service, id), cancel(service, id)]);
    expect(both.map(({ status }) => status).sort()).toEqual([202, 409]);
    const reply = await service.call({ url: `/v1/audit?subject=${id}` });
    expect((JSON.parse(reply.body) as { items: unknown[] }).items).toHaveLength(1);
  });
});

it('a cancel that dies after the job was removed leaves an open row; maintenance brings the job back', async () => {
  const service = await startService({ workers: ['maintenance'] });
  const id = idOf(await service.post(request('plain')));
  await service.until(id, 'queued');
  const client = await sql(service);
  // The write waits for the row until its time is over: the job is gone by then, as after a crash.
  await client.query('begin');
  await client.query('select from onboarding.onboardings where id = $1 for update', [id]);
  expect(await cancel(service, id)).toMatchObject({ status: 503, body: { code: 'ledger_unavailable' } });
  expect(await traces(service, id)).toEqual([]);
  await client.query('rollback');
  expect(await service.onboarding(id)).toMatchObject({ status: 'queued' });
  await client.query(
    `update onboarding.onboardings set updated_at = now() - interval '2 minutes' where id = $1`,
    [id],
  );
  await eventually(async () => (await traces(service, id)).length > 0, { withinMs: 90_000 });
  expect(await cancel(service, id)).toMatchObject({ status: 202 });
});

it('a source that AWS confirms after the cancel is kept as an attempt, logged and counted', async () => {
  const { service, id, answer } = await atWork();
  // As when a worker was frozen until its lock had run out.
  const redis = new Redis(service.redis.url);
  const [lock = ''] = await redis.keys(`*${id}-r0:lock`);
  await redis.del(lock);
  redis.disconnect();
  expect(await cancel(service, id)).toMatchObject({ status: 202 });
  answer();
  const told = await eventually(() =>
    service.log.lines.find(({ message }) => message === 'provisioning.success_after_cancel'),
  );
  expect(told).toMatchObject({ level: 'error', fields: { onboarding_id: id, region: 'us-east-1' } });
  expect(await service.onboarding(id)).toMatchObject({
    status: 'cancelled',
    attempts: 1,
    eventSourceArn: null,
  });
  expect(await service.attempts(id)).toMatchObject([{ outcome: 'created' }]);
  const metrics = (await service.call({ url: '/metrics' })).body;
  expect(metrics).toContain('onboard_success_after_cancel_total{region="us-east-1"} 1');
});
