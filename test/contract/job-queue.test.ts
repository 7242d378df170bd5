import type { Job, Queue } from 'bullmq';
import { Redis } from 'ioredis';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { jobId } from '../../src/domain/ids.ts';
import type { JobRef, JobRun, JobVerdict } from '../../src/domain/job.ts';
import type { BullJobQueue } from '../../src/queue/job-queue.ts';
import { eventually } from '../support/eventually.ts';
import { EU, newJob, openQueue, scripted, US } from '../support/queue-fixtures.ts';
import { recordingLog } from '../support/recording-log.ts';
import { takeRedisDatabase } from '../support/redis-database.ts';

let redis: Awaited<ReturnType<typeof takeRedisDatabase>>;
let queue: BullJobQueue;
let log: ReturnType<typeof recordingLog>;

beforeAll(async () => {
  redis = await takeRedisDatabase();
});
afterAll(async () => redis.stop());
beforeEach(async () => {
  log = recordingLog();
  queue = await openQueue({ connection: { url: redis.url }, log });
});
afterEach(async () => queue.close());

const DONE: JobVerdict = { kind: 'done' };
const idOf = (ref: JobRef): string => jobId(ref.onboardingId, ref.replays);

async function stored(ref: JobRef): Promise<Job> {
  const raws = queue.rawQueues().filter(({ name }) => name.startsWith(`onboarding-${ref.region}`));
  const jobs = await Promise.all(raws.map(async (raw): Promise<Job | undefined> => raw.getJob(idOf(ref))));
  const job = jobs.find((one) => one !== undefined);
  if (job === undefined) throw new Error(`Redis holds no job ${idOf(ref)}`);
  return job;
}

async function present(ref: JobRef): Promise<string | undefined> {
  return (await queue.presence([ref]))[0];
}

async function until(ref: JobRef, presence: string): Promise<void> {
  await eventually(async () => (await present(ref)) === presence);
}

describe('adding', () => {
  test('a job reaches the consumer of its Region, and no other', async () => {
    const here = newJob({ region: US, replays: 2 });
    const there = newJob({ region: EU });
    const addedAt = Date.now();
    await queue.add([here, there]);
    const handler = scripted(DONE);
    queue.consume(US, handler);
    await until(here, 'finished');

    expect(handler.runs).toEqual([
      {
        onboardingId: here.onboardingId,
        replays: 2,
        region: US,
        jobId: idOf(here),
        waitedMs: expect.any(Number) as number,
        mayCall: expect.any(Function) as JobRun['mayCall'],
        draining: expect.any(AbortSignal) as AbortSignal,
      },
    ]);
    expect(handler.runs[0]?.waitedMs).toBeLessThanOrEqual(Date.now() - addedAt);
    expect(await present(there)).toBe('waiting');
  });

  test('a job carries whom it is for and nothing about the customer', async () => {
    const job = newJob();
    await queue.add([job]);
    expect(Object.keys((await stored(job)).data as object).sort()).toEqual([
      'onboardingId',
      'readyAt',
      'region',
      'replays',
      'v',
    ]);
  });

  test('fifty concurrent adds of one job make one run', async () => {
    const job = newJob();
    const handler = scripted(DONE);
    queue.consume(US, handler);
    await Promise.all(Array.from({ length: 50 }, async () => queue.add([job])));
    const last = newJob();
    await queue.add([last]);
    await until(last, 'finished');
    expect(handler.runs.filter(({ jobId: id }) => id === idOf(job))).toHaveLength(1);
  });

  test('thousands of jobs are added in one call', async () => {
    await queue.add(Array.from({ length: 2_300 }, () => newJob()));
    expect((await queue.counts(US)).waiting).toBe(2_300);
  });

  test('a job with a wait is delayed for that long', async () => {
    const job = newJob({ delayMs: 700 });
    const addedAt = Date.now();
    await queue.add([job]);
    expect(await present(job)).toBe('delayed');
    const handler = scripted(DONE);
    queue.consume(US, handler);
    await until(job, 'finished');
    const tookMs = Date.now() - addedAt;
    expect(tookMs).toBeGreaterThanOrEqual(700);
    expect(handler.runs[0]?.waitedMs).toBeLessThanOrEqual(tookMs - 700);
  });
});

describe('adding again', () => {
  test.each<[string, JobVerdict]>([
    ['completed', { kind: 'done' }],
    ['failed', { kind: 'failed', code: 'LimitExceededException' }],
  ])('a %s job runs again after addAnew, and not after add', async (_state, verdict) => {
    const job = newJob();
    const handler = scripted(verdict);
    queue.consume(US, handler);
    await queue.add([job]);
    await until(job, 'finished');

    await queue.add([job]);
    expect(await present(job)).toBe('finished');
    await queue.addAnew(job);
    await eventually(() => handler.runs.length === 2);
    await until(job, 'finished');
  });

  test('a job that waits, is delayed or is active stays as it is', async () => {
    const [waiting, delayed, active] = [newJob({ region: EU }), newJob({ delayMs: 60_000 }), newJob()];
    await queue.add([waiting, delayed, active]);
    let runs = 0;
    let finish = (): void => undefined;
    queue.consume(US, async (run) => {
      runs += 1;
      await run.mayCall(false);
      await new Promise<void>((resolve) => (finish = resolve));
      return DONE;
    });
    await until(active, 'active');
    for (const job of [waiting, delayed, active]) await queue.addAnew(job);
    expect(await queue.presence([waiting, delayed, active])).toEqual(['waiting', 'delayed', 'active']);
    finish();
    await until(active, 'finished');
    expect(runs).toBe(1);
  });

  test('what is left of a job that is in no list counts as finished and gives way', async () => {
    const job = newJob();
    const raw = bulkOf(queue);
    const client = await raw.getBackend().client;
    await client.hset(raw.toKey(idOf(job)), { name: 'ghost', data: '{}', opts: '{}' });
    expect(await present(job)).toBe('finished');

    await queue.addAnew(job);
    expect(await present(job)).toBe('waiting');
  });

  test('many at once leave one job that runs once', async () => {
    const job = newJob();
    const handler = scripted(DONE);
    await queue.add([job]);
    queue.consume(US, handler);
    await until(job, 'finished');
    await Promise.all(Array.from({ length: 20 }, async () => queue.addAnew({ ...job, delayMs: 300 })));
    await eventually(() => handler.runs.length > 1);
    await until(job, 'finished');
    expect(handler.runs).toHaveLength(2);
  });
});

test('presence answers in the order asked, over Regions and hundreds of jobs', async () => {
  const jobs = Array.from({ length: 1_200 }, (_, index) =>
    newJob({ region: index % 2 === 0 ? US : EU, ...(index % 3 === 0 ? { delayMs: 60_000 } : {}) }),
  );
  const absent = newJob();
  await queue.add(jobs);
  const expected = jobs.map(({ delayMs }) => (delayMs === undefined ? 'waiting' : 'delayed'));
  expect(await queue.presence([...jobs, absent])).toEqual([...expected, 'absent']);
});

describe('lanes', () => {
  test('a live job runs while a thousand bulk jobs wait, and takes none of their places', async () => {
    const bulk = Array.from({ length: 1_000 }, () => newJob({ lane: 'bulk' }));
    await queue.add(bulk);
    const live = newJob({ lane: 'live' });
    const ended = new Set<string>();
    let running = 0;
    let letGo = (): void => undefined;
    const released = new Promise<void>((resolve) => (letGo = resolve));
    queue.consume(US, async ({ jobId: id }) => {
      running += 1;
      if (id !== idOf(live)) await released;
      running -= 1;
      ended.add(id);
      return DONE;
    });
    await eventually(() => running === 10);
    await queue.add([live]);
    await eventually(() => ended.has(idOf(live)));
    expect([running, ended.size]).toEqual([10, 1]);
    letGo();
  });

  test('lifting moves a waiting bulk job to the live lane, behind the live ones', async () => {
    const lifted = newJob();
    const live = newJob({ lane: 'live' });
    await queue.add([newJob(), lifted, live]);
    await queue.lift(lifted);
    const handler = scripted(DONE);
    const one = await openQueue({ connection: { url: redis.url }, prefix: prefixOf(queue), concurrency: 1 });
    one.consume(US, handler);
    await eventually(() => handler.runs.length === 3);
    const ran = handler.runs.map(({ jobId: id }) => id);
    expect(ran.indexOf(idOf(live))).toBeLessThan(ran.indexOf(idOf(lifted)));
    expect((await stored(lifted)).queueName).toBe('onboarding-us-east-1-live');
    await one.close();
  });

  test('lifting a live job leaves it in its place', async () => {
    const [first, second] = [newJob({ lane: 'live' }), newJob({ lane: 'live' })];
    await queue.add([first, second]);
    await queue.lift(first);
    const handler = scripted(DONE);
    queue.consume(US, handler);
    await eventually(() => handler.runs.length === 2);
    expect(handler.runs[0]?.jobId).toBe(idOf(first));
  });

  test('a delayed bulk job that is lifted keeps its wait and is live after it', async () => {
    const delayed = newJob({ delayMs: 60_000 });
    await queue.add([delayed]);
    await queue.lift(delayed);
    expect(await present(delayed)).toBe('delayed');
    const { queueName: name, delay } = await stored(delayed);
    expect(name).toBe('onboarding-us-east-1-live');
    expect(delay).toBeGreaterThan(50_000);
  });

  test('lifting leaves one job that runs once, however often and whenever it comes', async () => {
    const jobs = Array.from({ length: 50 }, () => newJob());
    const handler = scripted(DONE);
    await queue.add(jobs);
    queue.consume(US, handler);
    await Promise.all([...jobs, ...jobs].map(async (job) => queue.lift(job)));
    await eventually(async () => (await queue.presence(jobs)).every((one) => one === 'finished'));
    expect(handler.runs.map(({ jobId: id }) => id).sort()).toEqual(jobs.map(idOf).sort());
  });

  test('lifting a job that is gone or finished does nothing', async () => {
    const job = newJob();
    await queue.lift(job);
    queue.consume(US, scripted(DONE));
    await queue.add([job]);
    await until(job, 'finished');
    await queue.lift(job);
    expect(await present(job)).toBe('finished');
  });
});

describe('verdicts', () => {
  test('retry waits as long as the verdict says and keeps the lane and the newest reason', async () => {
    const job = newJob({ lane: 'live' });
    const handler = scripted({ kind: 'retry', delayMs: 600, code: 'InternalException' }, DONE);
    queue.consume(US, handler);
    const addedAt = Date.now();
    await queue.add([job]);
    await until(job, 'delayed');
    const waiting = await stored(job);
    expect(waiting).toMatchObject({ attemptsMade: 1, failedReason: 'InternalException', delay: 600 });
    expect(waiting.queueName).toBe('onboarding-us-east-1-live');
    expect(waiting.stacktrace).toEqual([]);
    await until(job, 'finished');
    expect(handler.runs).toHaveLength(2);
    expect(handler.runs[1]?.waitedMs).toBeLessThanOrEqual(Date.now() - addedAt - 600);
  });

  test('a hundred retries do not end a job', async () => {
    const job = newJob();
    const handler = scripted(
      ...Array.from({ length: 100 }, () => ({ kind: 'retry', delayMs: 0, code: 'X' }) as const),
      DONE,
    );
    queue.consume(US, handler);
    await queue.add([job]);
    await until(job, 'finished');
    expect(handler.runs).toHaveLength(101);
  });

  test('snooze waits without spending an attempt', async () => {
    const job = newJob();
    const handler = scripted({ kind: 'snooze', delayMs: 300, code: 'ThrottlingException' }, DONE);
    queue.consume(US, handler);
    await queue.add([job]);
    await until(job, 'delayed');
    expect(await stored(job)).toMatchObject({ attemptsMade: 0 });
    await until(job, 'finished');
    expect(await stored(job)).toMatchObject({ attemptsMade: 1 });
  });

  test('failed ends the job with the code as its reason', async () => {
    const job = newJob();
    const handler = scripted({ kind: 'failed', code: 'AccountConflict' });
    queue.consume(US, handler);
    await queue.add([job]);
    await until(job, 'finished');
    expect((await stored(job)).failedReason).toBe('AccountConflict');
    expect(await queue.counts(US)).toMatchObject({ failed: 1, waiting: 0, delayed: 0, active: 0 });
    expect(handler.runs).toHaveLength(1);
  });

  test('put back keeps the lane, spends nothing and reaches another consumer', async () => {
    const job = newJob({ lane: 'live' });
    const other = await openQueue({
      connection: { url: redis.url },
      prefix: prefixOf(queue),
      concurrency: 1,
    });
    let release = (): void => undefined;
    const first = other.consume(US, async (run) => {
      await run.mayCall(false);
      await new Promise<void>((resolve) => (release = resolve));
      return { kind: 'putBack' };
    });
    await queue.add([job]);
    await until(job, 'active');
    const second = scripted(DONE);
    queue.consume(US, second);
    const idle = newJob({ lane: 'live' });
    await queue.add([idle]);
    await until(idle, 'finished');

    const stopping = first.stop(5_000);
    release();
    await stopping;
    await until(job, 'finished');
    expect(second.runs.map(({ jobId: id }) => id)).toEqual([idOf(idle), idOf(job)]);
    expect(await stored(job)).toMatchObject({ attemptsMade: 1 });
    await other.close();
  });

  test('a handler that throws is tried again after a pause, and the log says why', async () => {
    const job = newJob();
    let runs = 0;
    queue.consume(US, () => {
      runs += 1;
      return runs === 1 ? Promise.reject(new TypeError('a bug')) : Promise.resolve(DONE);
    });
    await queue.add([job]);
    await until(job, 'delayed');
    expect((await stored(job)).failedReason).toBe('TypeError');
    expect((await stored(job)).delay).toBeGreaterThanOrEqual(1_000);
    expect(log.lines).toContainEqual(
      expect.objectContaining({
        level: 'error',
        fields: expect.objectContaining({ job_id: idOf(job), error_message: 'a bug' }) as object,
      }),
    );
    await until(job, 'finished');
  });

  test('a job that is not of our making fails as malformed and the next one runs', async () => {
    const raw = bulkOf(queue);
    const elsewhere = { v: 1, onboardingId: newJob().onboardingId, replays: 0, region: EU, readyAt: 0 };
    const foreign = [null, 'text', {}, { v: 2 }, { v: 1, onboardingId: 'onb_x', replays: -1 }, elsewhere];
    for (const data of foreign) await raw.add('provision', data);
    await raw.pause();
    const { id } = await raw.add('provision', {});
    const client = new Redis(redis.url);
    await client.hset(raw.toKey(id!), 'data', '{"v":1,"onboard');
    client.disconnect();
    await raw.resume();
    const job = newJob();
    await queue.add([job]);
    const handler = scripted(DONE);
    queue.consume(US, handler);
    await until(job, 'finished');
    await eventually(async () => (await queue.counts(US)).failed === foreign.length + 1);
    const failed: readonly Job[] = await raw.getFailed();
    for (const { failedReason } of failed)
      expect(failedReason).toMatch(/^MalformedJob: only the service may add jobs to this queue/);
    expect(handler.runs).toHaveLength(1);
  });
});

describe('counts', () => {
  test('an empty Region has nothing waiting', async () => {
    expect(await queue.counts(US)).toEqual({
      waiting: 0,
      active: 0,
      delayed: 0,
      overdue: 0,
      failed: 0,
      oldestWaitingMs: null,
      paused: false,
    });
  });

  test('the oldest waiting job is found in either lane, and a wait that was wanted does not count', async () => {
    const job = newJob({ delayMs: 200 });
    const addedAt = Date.now();
    await queue.add([job, newJob({ delayMs: 60_000 })]);
    await bulkOf(queue).promoteJobs();
    await queue.add([newJob({ lane: 'live' })]);
    const counts = await eventually(async () => {
      const now = await queue.counts(US);
      return (now.oldestWaitingMs ?? 0) > 0 && now;
    });
    expect(counts).toMatchObject({ waiting: 3, delayed: 0 });
    expect(counts.oldestWaitingMs).toBeLessThanOrEqual(Date.now() - addedAt);
  });

  test('a delayed job is overdue from its time on, until a worker takes it', async () => {
    await queue.add([newJob({ delayMs: 60_000 })]);
    expect(await queue.counts(US)).toMatchObject({ delayed: 1, overdue: 0 });
    await queue.add([newJob({ delayMs: 100 })]);
    await eventually(async () => (await queue.counts(US)).overdue === 1);
    queue.consume(US, scripted(DONE));
    await eventually(async () => (await queue.counts(US)).overdue === 0);
    expect(await queue.counts(US)).toMatchObject({ delayed: 1 });
  });

  test('a paused Region says so, and its jobs wait', async () => {
    await queue.setFlow(US, 'hold');
    await queue.add([newJob()]);
    expect(await queue.counts(US)).toMatchObject({ paused: true, waiting: 1 });
    expect(await queue.counts(EU)).toMatchObject({ paused: false, waiting: 0 });
  });
});

test('the epoch is kept beside the queues of each Region, and missed when one has lost it', async () => {
  expect(await queue.readEpoch()).toBeNull();
  await queue.writeEpoch('epoch-1');
  expect(await queue.readEpoch()).toBe('epoch-1');
  const client = new Redis(redis.url);
  await client.del(...(await client.keys(`${prefixOf(queue).slice(0, -1)}:${EU}}:epoch`)));
  client.disconnect();
  expect(await queue.readEpoch()).toBeNull();
});

test('the stream of events, which nobody reads, stays short', async () => {
  const handler = scripted(DONE);
  queue.consume(US, handler);
  await queue.add(Array.from({ length: 1_000 }, () => newJob()));
  await eventually(async () => (await queue.counts(US)).waiting === 0);
  const raw = bulkOf(queue);
  const kept = await raw
    .getBackend()
    .client.then(async (client) => client.xtrim(raw.toKey('events'), 'MAXLEN', 0));
  expect(kept).toBeLessThan(500);
});

function bulkOf(of: BullJobQueue): Queue {
  return of.rawQueues().find(({ name }) => name === 'onboarding-us-east-1-bulk')!;
}

/** That of the service, which a Region's name is added to. */
function prefixOf(of: BullJobQueue): string {
  return bulkOf(of).opts.prefix!.replace(':us-east-1}', '}');
}
