import { afterAll, beforeAll, describe, expect, it, onTestFinished } from 'vitest';
import type { Replay } from '../../src/domain/replay.ts';
import { eventually } from '../support/eventually.ts';
import { failedRows } from '../support/failed-rows.ts';
import { queryDatabase } from '../support/query-database.ts';
import { startRedis } from '../support/redis.ts';
import { untilHeld } from '../support/region-queues.ts';
import {
  startService,
  TOKENS,
  type RunningOptions,
  type RunningService,
} from '../support/running-service.ts';

const QUOTA = 'LimitExceededException';
const OFF = 'OperationDisabledException';
const WITHIN = { withinMs: 90_000 };

interface Answer<T> {
  readonly status: number;
  readonly body: T;
  readonly location: unknown;
}

async function post<T = Replay>(service: RunningService, url: string, payload: object): Promise<Answer<T>> {
  const reply = await service.call({ method: 'POST', url, payload });
  return {
    status: reply.statusCode,
    body: JSON.parse(reply.body) as T,
    location: reply.headers['location'],
  };
}

const replayOf = async (service: RunningService, id: string): Promise<Replay> =>
  JSON.parse((await service.call({ url: `/v1/replays/${id}` })).body) as Replay;

const untilReplay = (service: RunningService, id: string, isSo: (replay: Replay) => boolean) =>
  eventually(async () => {
    const replay = await replayOf(service, id);
    return isSo(replay) ? replay : undefined;
  }, WITHIN);

const query = async <T>(service: RunningService, statement: string): Promise<readonly T[]> =>
  queryDatabase<T>(service.databaseUrl, statement);

/** A service with so many failed onboardings, a third of them for another reason and some of them elsewhere. */
async function withFailures(count: number, options: RunningOptions = {}): Promise<RunningService> {
  const service = await startService({ ...options, env: { QUOTA_PER_SECOND: '5000', ...options.env } });
  await query(service, failedRows({ count: (count / 3) * 2, errorCode: QUOTA, region: 'us-east-1' }));
  await query(service, failedRows({ count: count / 3, errorCode: OFF, region: 'eu-west-1' }));
  return service;
}

/** All rows of all tables but those that a running service writes by itself. */
const contents = (service: RunningService) =>
  query(
    service,
    `select (select json_agg(o order by id)::text from onboarding.onboardings o) as onboardings,
       (select count(*) from onboarding.attempts) as attempts, (select count(*) from onboarding.audit) as audit,
       (select count(*) from onboarding.replays) as replays,
       (select count(*) from onboarding.replay_members) as members,
       (select count(*) from onboarding.deliveries) as deliveries`,
  );

const byReplays = async (service: RunningService) =>
  query<{ status: string; replays: number; count: number }>(
    service,
    'select status, replays, count(*)::integer as count from onboarding.onboardings group by 1, 2 order by 1, 2',
  );

describe('POST /v1/replays', () => {
  it('replays those of 300 that failed for one reason; a dry run before shows them and changes nothing', async () => {
    const service = await withFailures(300);
    const asked = { filter: { errorCode: QUOTA }, reason: 'quota was raised' };
    const before = await contents(service);
    for (const [url, body] of [
      ['/v1/replays?dryRun=true', asked],
      ['/v1/replays', { ...asked, dryRun: true }],
    ] as const) {
      const preview = await post<{ sample: unknown[] }>(service, url, body);
      expect(preview).toMatchObject({
        status: 200,
        body: {
          matched: 200,
          byErrorCode: [{ errorCode: QUOTA, count: 200, advice: { replay: 'afterFix' } }],
          byRegion: [{ region: 'us-east-1', count: 200, paused: false }],
        },
      });
      expect(preview.body.sample).toHaveLength(10);
      expect(preview.body.sample[0]).toMatchObject({ status: 'failed', error: { code: QUOTA } });
    }
    expect(await contents(service)).toEqual(before);

    const { status, body, location } = await post(service, '/v1/replays', asked);
    expect(status).toBe(202);
    expect(location).toBe(`/v1/replays/${body.id}`);
    expect(body).toMatchObject({ status: 'running', matched: 200, actor: 'admin-person', ...asked });
    const over = await untilReplay(service, body.id, (replay) => replay.status === 'completed');
    expect(over).toMatchObject({
      matched: 200,
      queued: 200,
      provisioned: 200,
      skipped: 0,
      failed: 0,
      waiting: 0,
    });
    expect(await byReplays(service)).toEqual([
      { status: 'failed', replays: 0, count: 100 },
      { status: 'provisioned', replays: 1, count: 200 },
    ]);
    expect(service.sandbox.books.sources()).toHaveLength(200);
    const events = service.log.lines.filter(({ fields }) => fields['replay_id'] === body.id);
    expect(events.map(({ message }) => message)).toEqual(['replay.created', 'replay.completed']);
    const list = await service.call({ url: '/v1/replays?status=completed', token: TOKENS.viewer });
    expect(JSON.parse(list.body)).toEqual({ items: [over], nextCursor: null });
    const figures = await service.call({ url: '/metrics' });
    expect(figures.body).toContain('onboard_replayed_total 200');
    expect(figures.body).toContain('onboard_replays_running 0');
  });

  it('is of any of several error codes, as the list is', async () => {
    const service = await withFailures(3);
    const filter = { errorCode: [OFF, QUOTA, 'Unknown'] };
    const list = await service.call({ url: `/v1/onboardings?errorCode=${OFF}&errorCode=${QUOTA}` });
    expect((JSON.parse(list.body) as { items: unknown[] }).items).toHaveLength(3);
    const { status, body } = await post(service, '/v1/replays', { filter, reason: 'both were fixed' });
    expect(status).toBe(202);
    expect(body).toMatchObject({ matched: 3, filter });
    expect(await replayOf(service, body.id)).toMatchObject({ filter });
  });

  it('two operators who replay the same set at once: each onboarding is replayed once', async () => {
    const service = await withFailures(300);
    const asked = { filter: { status: 'failed' }, reason: 'both of us' };
    const both = await Promise.all([
      post(service, '/v1/replays', asked),
      post(service, '/v1/replays', asked),
    ]);
    const [one, other] = await Promise.all(
      both.map(({ body }) => untilReplay(service, body.id, ({ status }) => status === 'completed')),
    );
    expect([one!.matched, other!.matched]).toEqual([300, 300]);
    expect(one!.queued + other!.queued).toBe(300);
    expect(one!.skipped + other!.skipped).toBe(300);
    expect(await byReplays(service)).toEqual([{ status: 'provisioned', replays: 1, count: 300 }]);
    // A call that timed out on a busy machine is made again, and finds what it made: no source is made twice.
    const made = await query(
      service,
      "select onboarding_id from onboarding.attempts where outcome in ('created', 'adopted')",
    );
    expect(made).toHaveLength(300);
  });

  it('a rate is kept to, and a cancel leaves the rest as it was', async () => {
    const service = await withFailures(300);
    const startedAt = Date.now();
    const asked = { filter: { errorCode: QUOTA }, ratePerSecond: 20, reason: 'slowly' };
    const { id } = (await post(service, '/v1/replays', asked)).body;
    const some = await untilReplay(service, id, ({ queued }) => queued >= 30);
    const allowed = ((Date.now() - startedAt) / 1_000 + 1) * 20;
    expect(some.queued).toBeLessThanOrEqual(allowed);

    const reason = { reason: 'wrong filter' };
    expect(await post(service, `/v1/replays/${id}/cancel?dryRun=true`, reason)).toMatchObject({
      status: 200,
      body: { status: 'running' },
    });
    const { status, body } = await post(service, `/v1/replays/${id}/cancel`, reason);
    expect([status, body.status]).toEqual([200, 'cancelled']);
    expect(await post(service, `/v1/replays/${id}/cancel`, reason)).toMatchObject({
      status: 409,
      body: { code: 'replay_ended' },
    });
    const over = await untilReplay(
      service,
      id,
      ({ queued, provisioned, waiting }) => provisioned === queued && queued + waiting === 200,
    );
    expect(over.waiting).toBeGreaterThan(0);
    expect(await byReplays(service)).toEqual([
      { status: 'failed', replays: 0, count: 100 + over.waiting },
      { status: 'provisioned', replays: 1, count: over.queued },
    ]);
  });

  it('waits while Redis is away, and continues when it is back', async () => {
    const service = await withFailures(300, { redis: 'private' });
    await service.redis.kill();
    const asked = { filter: { status: 'failed' }, reason: 'all of them' };
    const { id } = (await post(service, '/v1/replays', asked)).body;
    // The first batch is moved, and cannot be carried.
    await eventually(
      async () => (await byReplays(service)).some(({ status }) => status === 'queued'),
      WITHIN,
    );
    expect(await replayOf(service, id)).toMatchObject({ status: 'running', queued: 0, waiting: 300 });
    const again = await startRedis({ port: service.redis.port });
    onTestFinished(() => again.stop());
    const over = await untilReplay(service, id, ({ status }) => status === 'completed');
    expect(over).toMatchObject({ queued: 300, provisioned: 300, skipped: 0 });
    expect(await byReplays(service)).toEqual([{ status: 'provisioned', replays: 1, count: 300 }]);
  });

  it('puts what belongs to a paused Region into its queue, where it waits', async () => {
    const service = await withFailures(300);
    await post(service, '/v1/regions/us-east-1/pause', { reason: 'not now' });
    await untilHeld(service.redis.url);
    const asked = { filter: { status: 'failed' }, reason: 'all of them' };
    const { id } = (await post(service, '/v1/replays', asked)).body;
    const before = await untilReplay(
      service,
      id,
      ({ queued, provisioned }) => queued === 300 && provisioned >= 100,
    );
    expect(before).toMatchObject({ status: 'running', provisioned: 100 });
    await post(service, '/v1/regions/us-east-1/resume', { reason: 'now' });
    await untilReplay(
      service,
      id,
      ({ status, provisioned }) => status === 'completed' && provisioned === 300,
    );
  });

  it('under an Idempotency-Key is answered again as it was, and starts nothing; another body is refused', async () => {
    const service = await withFailures(9, { workers: [] });
    const asked = { reason: 'quota was raised', filter: { errorCode: QUOTA } };
    const send = (payload: object, key: string, url = '/v1/replays') =>
      service.call({ method: 'POST', url, payload, headers: { 'idempotency-key': key } });
    // A dry run uses no key up.
    expect((await send(asked, 'one', '/v1/replays?dryRun=true')).statusCode).toBe(200);
    const first = await send(asked, 'one');
    expect(first.statusCode).toBe(202);
    expect(first.headers['idempotent-replayed']).toBeUndefined();
    const again = await send(Object.fromEntries(Object.entries(asked).reverse()), 'one');
    expect([again.statusCode, again.body]).toEqual([202, first.body]);
    expect(again.headers['idempotent-replayed']).toBe('true');
    const { id } = JSON.parse(first.body) as Replay;
    expect(again.headers['location']).toBe(`/v1/replays/${id}`);
    const other = await send({ ...asked, reason: 'another' }, 'one');
    expect([other.statusCode, JSON.parse(other.body)]).toMatchObject([
      422,
      { code: 'idempotency_key_reused', field: 'Idempotency-Key' },
    ]);
    const nothing = { reason: 'r', filter: { errorCode: 'NoSuchException' } };
    for (const replayed of [undefined, 'true']) {
      const reply = await send(nothing, 'two');
      expect([reply.statusCode, JSON.parse(reply.body)]).toMatchObject([422, { code: 'nothing_matched' }]);
      expect(reply.headers['content-type']).toContain('application/problem+json');
      expect(reply.headers['idempotent-replayed']).toBe(replayed);
    }
    const wrong = await send(asked, 'ä');
    expect([wrong.statusCode, JSON.parse(wrong.body)]).toMatchObject([400, { field: 'Idempotency-Key' }]);
    expect(await query(service, 'select id from onboarding.replays')).toEqual([{ id }]);
    const started = service.log.lines.filter(({ message }) => message === 'replay.created');
    expect(started).toHaveLength(1);
  });

  it('is not held up by however many replays that wait for a paused Region', async () => {
    const service = await startService();
    await post(service, '/v1/regions/us-east-1/pause', { reason: 'not now' });
    await untilHeld(service.redis.url);
    const held = Array.from('abcdefghjkmnpqrstvwxyz', (letter) => `Held${letter}Exception`);
    for (const errorCode of held)
      await query(service, failedRows({ count: 1, errorCode, region: 'us-east-1' }));
    await query(service, failedRows({ count: 2, errorCode: QUOTA, region: 'eu-west-1' }));
    const started: string[] = [];
    for (const errorCode of held) {
      const asked = { filter: { errorCode }, reason: 'quota was raised' };
      started.push((await post(service, '/v1/replays', asked)).body.id);
    }
    const asked = { filter: { errorCode: QUOTA }, reason: 'at once, please' };
    const { id } = (await post(service, '/v1/replays', asked)).body;
    const over = await untilReplay(service, id, ({ status }) => status === 'completed');
    expect(over).toMatchObject({ queued: 2, provisioned: 2 });
    for (const each of started) await untilReplay(service, each, ({ queued }) => queued === 1);
    await post(service, '/v1/regions/us-east-1/resume', { reason: 'now' });
    for (const each of started) await untilReplay(service, each, ({ status }) => status === 'completed');
  });
});

describe('what cannot be replayed', () => {
  let service: RunningService;
  beforeAll(async () => {
    service = await startService({ workers: [], stopWith: afterAll });
  });

  it.each<[string, object, readonly string[]]>([
    ['no filter', { reason: 'x' }, ['filter required']],
    ['an empty filter', { filter: {}, reason: 'x' }, ['filter required']],
    [
      'everything wrong',
      {
        filter: { status: 'retrying', regoin: 'x', ids: ['onb_1'], from: 'today' },
        ratePerSecond: 0,
        why: 'x',
      },
      [
        'filter.status invalid_status',
        'filter.from invalid_instant',
        'filter.ids.0 invalid_id',
        'filter.regoin unknown_field',
        'ratePerSecond out_of_range',
        'reason required',
        'why unknown_field',
      ],
    ],
  ])('refuses %s, with every wrong field', async (_what, payload, expected) => {
    const { status, body } = await post<{ code: string; errors: { field: string; code: string }[] }>(
      service,
      '/v1/replays',
      payload,
    );
    expect([status, body.code]).toEqual([400, 'invalid_request']);
    expect(body.errors.map(({ field, code }) => `${field} ${code}`).sort()).toEqual([...expected].sort());
  });

  it('refuses a filter that nothing matches, and an id that no replay has', async () => {
    const asked = { filter: { errorCode: 'NoSuchException' }, reason: 'x' };
    expect(await post(service, '/v1/replays', asked)).toMatchObject({
      status: 422,
      body: { code: 'nothing_matched', field: 'filter' },
    });
    expect(await post(service, '/v1/replays', { ...asked, dryRun: true })).toMatchObject({
      status: 200,
      body: { matched: 0, sample: [] },
    });
    for (const id of ['rpl_00000000000000000000000000', 'onb_00000000000000000000000000', 'x']) {
      expect((await service.call({ url: `/v1/replays/${id}` })).statusCode).toBe(404);
      expect((await post(service, `/v1/replays/${id}/cancel`, { reason: 'x' })).status).toBe(404);
    }
  });
});

describe('a replay into a paused Region', () => {
  it('says so in its preview and its progress until the Region is resumed', async () => {
    const service = await withFailures(3);
    const region = async (action: 'pause' | 'resume') =>
      post(service, `/v1/regions/us-east-1/${action}`, { reason: 'tests' });
    const asked = { filter: { status: 'failed' }, reason: 'quota was raised' };
    await region('pause');
    const preview = await post<{ byRegion: unknown }>(service, '/v1/replays?dryRun=true', asked);
    expect(preview.body.byRegion).toEqual([
      { region: 'us-east-1', count: 2, paused: true },
      { region: 'eu-west-1', count: 1, paused: false },
    ]);
    const { body } = await post(service, '/v1/replays', asked);
    expect(body.pausedRegions).toEqual(['us-east-1']);
    await untilReplay(
      service,
      body.id,
      ({ queued, pausedRegions }) => queued === 3 && pausedRegions.length === 1,
    );
    await region('resume');
    const over = await untilReplay(service, body.id, ({ status }) => status === 'completed');
    expect(over.pausedRegions).toEqual([]);
  });
});

describe('the audit of a replay of many', () => {
  it('is one entry when folded, and each member when opened or asked for', async () => {
    const service = await withFailures(3);
    const { body } = await post(service, '/v1/replays', {
      filter: { status: 'failed' },
      reason: 'all of them',
    });
    await untilReplay(service, body.id, ({ status }) => status === 'completed');
    const audited = async (query: string) => {
      const reply = await service.call({ url: `/v1/audit?${query}`, token: TOKENS.viewer });
      return (JSON.parse(reply.body) as { items: { action: string; subject: string }[] }).items;
    };
    const folded = await audited('folded=true');
    expect(folded.map(({ action, subject }) => [action, subject])).toEqual([['startReplay', body.id]]);
    const members = await audited(`replayId=${body.id}`);
    expect(members.map(({ action }) => action)).toEqual(['replay', 'replay', 'replay']);
    expect(await audited('')).toHaveLength(4);
    expect(await audited(`subject=${members[0]!.subject}`)).toHaveLength(1);
  });
});
