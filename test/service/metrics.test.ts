import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { eventually } from '../support/eventually.ts';
import { parseExposition, type Exposition } from '../support/exposition.ts';
import { idOf, request, startService, type RunningService } from '../support/running-service.ts';
import { openTcpProxy } from '../support/tcp-proxy.ts';

const scrape = async (service: RunningService): Promise<Exposition> =>
  parseExposition((await service.call({ url: '/metrics' })).body);

describe('after onboardings of every kind', () => {
  let service: RunningService;
  let figures: Exposition;
  let unknownAttempts: number;

  beforeAll(async () => {
    service = await startService({ env: { ATTEMPTS_MAX: '3' }, stopWith: afterAll });
    const first = request('plain', { customerId: 'customer-of-the-test' });
    const names = ['cme-2', 'unavailable-1.after-1', 'throttle-1', 'limit', 'other', 'mine', 'unknown'];
    const posted = await Promise.all(
      [first, ...names.map((name) => request(name))].map((body) => service.post(body)),
    );
    await service.post(first);
    await service.post({ ...first, account: '000000000202' });
    await service.post({ ...first, account: '42' });
    await service.call({ method: 'POST', url: '/v1/onboardings?dryRun=true', payload: { account: '42' } });
    await service.call({ url: '/nothing/here' });
    await service.call({ url: '/metrics', token: null });
    await service.call({
      method: 'POST',
      url: '/v1/imports',
      headers: { 'content-type': 'text/csv' },
      payload: [
        'account,region,eventNamespace,eventName',
        '000000000303,eu-west-1,test/import,one',
        '000000000303,eu-west-1,test/import,one',
        '000000000404,eu-west-1,test/import,one',
        '42,eu-west-1,test/import,two',
        '',
      ].join('\n'),
    });
    for (const reply of posted) await service.until(idOf(reply), 'provisioned', 'failed');
    const imported = await service.call({ url: '/v1/onboardings?account=000000000303' });
    await service.until(
      (JSON.parse(imported.body) as { items: [{ id: string }] }).items[0].id,
      'provisioned',
    );
    // Three rounds of three tries each, fewer on a machine that is too busy to begin them within a second.
    unknownAttempts = (await service.attempts(idOf(posted.at(-1)!))).length;
    expect(unknownAttempts).toBeGreaterThanOrEqual(3);
    // A round is counted after its commit, which others may see first.
    figures = await eventually(async () => {
      const now = await scrape(service);
      const ended = ['provisioned', 'failed'].map((end) => now.sum('onboard_rounds_total', { end }) ?? 0);
      return ended[0]! + ended[1]! >= posted.length + 1 && now;
    });
  });

  it('requests are counted by what intake said', () => {
    const count = (via: string, result: string) =>
      figures.value('onboard_intake_requests_total', { via, result });
    expect([count('single', 'accepted'), count('single', 'existing')]).toEqual([8, 1]);
    expect([count('single', 'taken'), count('single', 'invalid')]).toEqual([1, 1]);
    expect([count('import', 'accepted'), count('import', 'existing')]).toEqual([1, 1]);
    expect([count('import', 'taken'), count('import', 'invalid')]).toEqual([1, 1]);
  });

  it('create calls are counted by outcome and code', () => {
    const calls = (region: string, outcome: string, code: string) =>
      figures.value('onboard_attempts_total', { region, outcome, code });
    // plain, cme-2, unavailable-1, throttle-1
    expect(calls('us-east-1', 'created', 'none')).toBe(4);
    expect(calls('eu-west-1', 'created', 'none')).toBe(1);
    expect(calls('us-east-1', 'adopted', 'none')).toBe(1);
    expect(calls('us-east-1', 'conflict', 'AccountConflict')).toBe(1);
    expect(calls('eu-west-1', 'conflict', 'AccountConflict')).toBe(0);
    expect(calls('us-east-1', 'transient', 'ConcurrentModificationException')).toBe(2);
    expect(calls('us-east-1', 'transient', 'ServiceUnavailable')).toBe(1);
    expect(calls('us-east-1', 'throttled', 'ThrottlingException')).toBe(1);
    expect(calls('us-east-1', 'quota', 'LimitExceededException')).toBe(1);
    expect(calls('us-east-1', 'transient', 'other')).toBe(unknownAttempts);
  });

  it('rounds are counted by how they ended', () => {
    const rounds = (end: string, code: string) =>
      figures.value('onboard_rounds_total', { region: 'us-east-1', lane: 'live', end, code });
    expect(rounds('provisioned', 'none')).toBe(5);
    expect(rounds('retry', 'ServiceUnavailable')).toBe(1);
    expect(rounds('snooze', 'ThrottlingException')).toBe(1);
    expect(rounds('failed', 'LimitExceededException')).toBe(1);
    expect(rounds('failed', 'AccountConflict')).toBe(1);
    expect([rounds('retry', 'other'), rounds('failed', 'other')]).toEqual([2, 1]);
    expect(figures.sum('onboard_rounds_total', { region: 'eu-west-1', lane: 'bulk' })).toBe(1);
  });

  it('the time to provisioned is that of the onboardings', async () => {
    const reply = await service.call({ url: '/v1/onboardings?status=provisioned&region=us-east-1' });
    const { items } = JSON.parse(reply.body) as {
      items: { id: string; createdAt: string; completedAt: string }[];
    };
    // The figure is taken between the beginning of the last call and the writing of the row.
    let [least, most] = [0, 0];
    for (const { id, createdAt, completedAt } of items) {
      const last = (await service.attempts(id)).at(-1);
      least += (Date.parse(last?.at ?? '') - Date.parse(createdAt)) / 1_000;
      most += (Date.parse(completedAt) - Date.parse(createdAt)) / 1_000;
    }
    const labels = { region: 'us-east-1', lane: 'live' };
    expect(figures.value('onboard_time_to_provisioned_seconds_count', labels)).toBe(5);
    const sum = figures.value('onboard_time_to_provisioned_seconds_sum', labels) ?? Number.NaN;
    expect(sum).toBeGreaterThan(0);
    // Sums of milliseconds, in seconds.
    expect(sum).toBeGreaterThan(least - 1e-6);
    expect(sum).toBeLessThan(most + 1e-6);
    expect(figures.value('onboard_time_to_provisioned_seconds_bucket', { ...labels, le: '86400' })).toBe(5);
  });

  it('every AWS call is timed, and has taken one slot of the quota', () => {
    const calls = (operation: string, result: string) =>
      figures.value('onboard_aws_call_duration_seconds_count', { region: 'us-east-1', operation, result });
    expect(calls('create', 'created')).toBe(4);
    expect(calls('create', 'alreadyExists')).toBe(2);
    expect(calls('listAccounts', 'found')).toBe(2);
    expect(calls('describe', 'found')).toBe(1);
    for (const region of ['us-east-1', 'eu-west-1']) {
      expect(figures.value('onboard_aws_slot_wait_seconds_count', { region })).toBe(
        figures.sum('onboard_aws_call_duration_seconds_count', { region }),
      );
    }
    expect(figures.value('onboard_aws_quota_per_second', { region: 'us-east-1' })).toBe(1_000);
  });

  it('calls of the ledger are timed by operation', () => {
    const calls = (operation: string) =>
      figures.value('onboard_ledger_call_duration_seconds_count', { operation, result: 'ok' });
    expect(calls('saveRound')).toBe(figures.sum('onboard_rounds_total'));
    expect(calls('accept')).toBe(11);
    expect(figures.sum('onboard_ledger_call_duration_seconds_count', { result: 'error' })).toBeUndefined();
  });

  it('HTTP answers are counted by the route’s pattern, unknown addresses as one', () => {
    const answers = (method: string, route: string, status: string) =>
      figures.value('onboard_http_request_duration_seconds_count', { method, route, status });
    expect(answers('POST', '/v1/onboardings', '202')).toBe(8);
    expect(answers('POST', '/v1/onboardings', '409')).toBe(1);
    expect(answers('POST', '/v1/onboardings', '400')).toBe(2);
    expect(answers('POST', '/v1/imports', '202')).toBe(1);
    expect(answers('GET', '/metrics', '401')).toBe(1);
    expect(answers('any', 'unknown', '404')).toBe(1);
  });

  it('no label holds an account, a customer, an id or a source', () => {
    const words = new Set(figures.samples.flatMap(({ labels }) => Object.values(labels)));
    expect([...words].filter((word) => /\d{12}|customer|onb_|aws\.partner|test\//.test(word))).toEqual([]);
    expect(words.size).toBeGreaterThan(40);
  });
});

describe('the queue’s gauges', () => {
  it('show what waits, and for how long', async () => {
    const service = await startService({ workers: [] });
    const region = 'us-east-1';
    for (const name of ['a', 'b', 'c']) await service.post(request(name));
    const before = await eventually(async () => {
      const figures = await scrape(service);
      return (figures.value('onboard_queue_oldest_waiting_seconds', { region }) ?? 0) > 0 && figures;
    });
    expect(before.value('onboard_queue_jobs', { region, state: 'waiting' })).toBe(3);
    expect(before.value('onboard_queue_jobs', { region, state: 'active' })).toBe(0);
    expect(before.value('onboard_queue_jobs', { region: 'eu-west-1', state: 'waiting' })).toBe(0);
    expect(before.value('onboard_queue_overdue_jobs', { region })).toBe(0);
    expect(before.value('onboard_queue_oldest_waiting_seconds', { region })).toBeLessThan(10);
  });
});

describe('a scrape while Redis and the ledger are down', () => {
  it('answers with what this process knows, and says what it could not ask', async () => {
    const proxy = await openTcpProxy();
    const service = await startService({
      redis: 'private',
      databaseThrough: (url) => proxy.through(url),
      workers: [],
    });
    await service.post(request('before'));
    expect((await scrape(service)).value('onboard_redis_up')).toBe(1);
    await service.redis.kill();
    proxy.cut();
    const figures = await eventually(async () => {
      const reply = await service.call({ url: '/metrics' });
      expect(reply.statusCode).toBe(200);
      const now = parseExposition(reply.body);
      return now.value('onboard_ledger_up') === 0 && now.value('onboard_redis_up') === 0 && now;
    });
    expect(figures.sum('onboard_queue_jobs')).toBeUndefined();
    expect(figures.sum('onboard_queue_oldest_waiting_seconds')).toBeUndefined();
    expect(figures.value('onboard_intake_requests_total', { via: 'single', result: 'accepted' })).toBe(1);
    expect(figures.value('onboard_part_up', { part: 'http' })).toBe(1);
    proxy.heal();
    await eventually(async () => (await scrape(service)).value('onboard_ledger_up') === 1);
  });
});
