import { Queue, QueueEvents, type Job } from 'bullmq';
import { Redis } from 'ioredis';
import { afterAll, beforeAll, beforeEach, describe, expect, it, onTestFinished } from 'vitest';
import { isOnboardingId } from '../../src/domain/ids.ts';
import { createIntakeQueue } from '../../src/queue/intake-queue.ts';
import { systemClock } from '../../src/runtime/clock.ts';
import { intakeQueueWorker } from '../../workers/intake-queue.ts';
import { eventually } from '../support/eventually.ts';
import { recordingLog } from '../support/recording-log.ts';
import { idOf, request, startService, type RunningService } from '../support/running-service.ts';
import { openTcpProxy } from '../support/tcp-proxy.ts';

let service: RunningService;
/** As another program makes it, from what docs/enqueue-through-redis.md says. */
let producer: Queue;
beforeAll(async () => {
  service = await startService({ stopWith: afterAll });
});
beforeEach(() => {
  producer = producerOf(service);
});

function producerOf({ redis }: RunningService): Queue {
  const queue = new Queue('onboarding-intake', { connection: { url: redis.url }, prefix: '{onboard}' });
  onTestFinished(async () => queue.close());
  return queue;
}

async function ended(
  job: Job,
): Promise<{ state: string; returned: unknown; reason: string; attempts: number }> {
  return eventually(
    async () => {
      const state = await job.getState();
      if (state !== 'completed' && state !== 'failed') return undefined;
      const kept = (await producer.getJob(job.id!))!;
      return {
        state,
        returned: kept.returnvalue as unknown,
        reason: kept.failedReason,
        attempts: kept.attemptsMade,
      };
    },
    { withinMs: 90_000 },
  );
}

describe('a job of the intake queue', () => {
  it('completes with the onboarding’s id, and the source is made', async () => {
    const sent = request('by-queue', { customerId: 'c-9', metadata: { plan: 'gold' } });
    const events = new QueueEvents('onboarding-intake', {
      connection: { url: service.redis.url },
      prefix: '{onboard}',
    });
    onTestFinished(async () => events.close());
    await events.waitUntilReady();
    const job = await producer.add('onboard', { v: 1, request: sent });
    const id: unknown = await job.waitUntilFinished(events, 20_000);
    expect(typeof id === 'string' && isOnboardingId(id)).toBe(true);
    const provisioned = await service.until(String(id), 'provisioned');
    expect(provisioned).toMatchObject({ customerId: 'c-9', metadata: { plan: 'gold' }, lane: 'live' });
    const again = await producer.add('onboard', { v: 1, request: sent });
    expect(await ended(again)).toMatchObject({ state: 'completed', returned: id });
    const byHttp = await service.post(sent);
    expect([byHttp.statusCode, idOf(byHttp)]).toEqual([200, id]);
  });

  it('fails permanently when its request is wrong, with every field', async () => {
    const bad = { account: '101', region: 'mars-1', eventNamespace: 'a', eventName: 'b' };
    const job = await producer.add('onboard', { v: 1, request: bad }, { attempts: 5 });
    const { state, reason, attempts } = await ended(job);
    expect([state, attempts]).toEqual(['failed', 1]);
    expect(reason).toMatch(
      /^invalid_request: account \(invalid_account\): .*"101" has 3.* region \(region_not_registered\): .*"mars-1"/,
    );
  });

  it('fails permanently when another account has the name, which is not said', async () => {
    const sent = request('taken', { account: '111122223333' });
    await service.post(sent);
    const job = await producer.add(
      'onboard',
      { v: 1, request: { ...sent, account: '000000000101' } },
      { attempts: 5 },
    );
    const { state, reason, attempts } = await ended(job);
    expect([state, attempts]).toEqual(['failed', 1]);
    expect(reason).toMatch(/^source_name_taken: /);
    expect(reason).not.toContain('111122223333');
  });

  it.each([
    ['no object', 'text', 'not "text".'],
    ['nothing', null, 'not null.'],
    ['no version', { request: {} }, 'not {…}.'],
    ['another version', { v: '1', request: request('v2') }, 'this one has v "1".'],
    ['the bare request', request('bare'), 'not {…}.'],
    ['more than the request', { v: 1, request: request('more'), priority: 1 }, 'such as "priority".'],
  ])('fails as malformed when it holds %s, and the next one is taken', async (_what, data, shown) => {
    const job = await producer.add('onboard', data);
    const { state, reason } = await ended(job);
    expect(state).toBe('failed');
    expect(reason).toMatch(/^MalformedJob: the data of a job in this queue is \{"v": 1/);
    expect(reason.endsWith(shown), reason).toBe(true);
    const next = await producer.add('onboard', { v: 1, request: request('next') });
    expect((await ended(next)).state).toBe('completed');
  });
});

it('a job whose data is no JSON becomes readable, and is refused once its lock is over', async () => {
  const intake = createIntakeQueue({
    connection: { url: service.redis.url },
    redisPrefix: 'unreadable',
    ledgerId: 'a ledger',
    log: recordingLog(),
    skipVersionCheck: () => true,
    lockMs: 500,
    stalledCheckMs: 200,
  });
  onTestFinished(() => intake.close());
  // Calls fail at once until it has connected.
  await eventually(() => intake.claim().then(Boolean, () => false));
  await intake.raw.pause();
  const { id } = await intake.raw.add('onboard', {});
  const redis = new Redis(service.redis.url);
  onTestFinished(() => redis.disconnect());
  await redis.hset(intake.raw.toKey(id!), 'data', '{"v":1,');
  await intake.raw.resume();
  intake.consume((data) => Promise.resolve({ kind: 'refused', reason: JSON.stringify(data) }));
  await eventually(async () => (await intake.raw.getJobState(id!)) === 'failed');
  const [job] = await intake.raw.getFailed();
  expect(job).toMatchObject({
    data: { unreadable: '{"v":1,' },
    failedReason: '{"unreadable":"{\\"v\\":1,"}',
  });
});

it('a job waits for a ledger that is away, without loss and without spending its attempts', async () => {
  const proxy = await openTcpProxy();
  const own = await startService({ databaseThrough: (url) => proxy.through(url) });
  producer = producerOf(own);
  const first = await producer.add('onboard', { v: 1, request: request('before') });
  expect((await ended(first)).state).toBe('completed');
  proxy.cut();
  const job = await producer.add('onboard', { v: 1, request: request('during') }, { attempts: 1 });
  await eventually(async () => (await job.getState()) === 'delayed');
  expect(await producer.getJob(job.id!)).toMatchObject({ attemptsMade: 0 });
  proxy.heal();
  const { state, returned } = await ended(job);
  expect(state).toBe('completed');
  await own.until(String(returned), 'provisioned');
});

it('a service with another ledger leaves the queue alone, and says whose it is', async () => {
  const log = recordingLog();
  const stopping = new AbortController();
  const consumed: unknown[] = [];
  const redis = new Redis(service.redis.url);
  onTestFinished(() => redis.disconnect());
  const holder = await eventually(
    async () => (await redis.get('{onboard}:onboarding-intake-ledger')) ?? undefined,
  );
  const other = createIntakeQueue({
    connection: { url: service.redis.url },
    redisPrefix: 'onboard',
    ledgerId: 'another-ledger',
    log,
    skipVersionCheck: () => false,
  });
  onTestFinished(async () => other.close());
  const worker = intakeQueueWorker(
    {
      intakeQueue: {
        claim: () => other.claim(),
        consume: () =>
          other.consume((data) => {
            consumed.push(data);
            return Promise.resolve({ kind: 'refused', reason: 'stolen' });
          }),
      },
    },
    { clock: systemClock, log, stopDeadlineMs: 2_000 },
  );
  const running = worker.run(stopping.signal);
  await eventually(() =>
    log.lines.some(
      ({ message, fields }) => message === 'intake_queue.of_another_ledger' && fields['ledger_id'] === holder,
    ),
  );
  for (let index = 0; index < 20; index += 1) {
    const job = await producer.add('onboard', { v: 1, request: request('mine') });
    expect((await ended(job)).state).toBe('completed');
  }
  expect(consumed).toEqual([]);
  stopping.abort();
  await running;
});
