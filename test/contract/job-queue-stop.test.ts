import { afterAll, beforeAll, describe, expect, onTestFinished, test } from 'vitest';
import { jobId } from '../../src/domain/ids.ts';
import type { JobRef, JobRun, JobVerdict } from '../../src/domain/job.ts';
import type { Region } from '../../src/domain/region.ts';
import type { JobHandler } from '../../src/ports.ts';
import type { BullJobQueue } from '../../src/queue/job-queue.ts';
import { startChildProgram } from '../support/child-program.ts';
import { eventually } from '../support/eventually.ts';
import { EU, freshPrefix, newJob, openQueue, scripted, US } from '../support/queue-fixtures.ts';
import { recordingLog } from '../support/recording-log.ts';
import { startRedis, type TestRedis } from '../support/redis.ts';

const DONE: JobVerdict = { kind: 'done' };
const LOCK_MS = 1_500;
/** Longer than any test: a stop that waits for it does not pass. */
const FAR_MS = 600_000;

let redis: TestRedis;
beforeAll(async () => {
  redis = await startRedis();
});
afterAll(async () => redis.stop());

async function open(prefix: string, log = recordingLog()): Promise<BullJobQueue> {
  const queue = await openQueue({ connection: { url: redis.url }, prefix, log, lockMs: LOCK_MS });
  onTestFinished(async () => queue.close());
  return queue;
}

async function countsBecome(
  queue: BullJobQueue,
  expected: { waiting: number; active: number },
): Promise<void> {
  await eventually(async () => {
    const { waiting, active } = await queue.counts(US);
    return waiting === expected.waiting && active === expected.active;
  });
}

async function attemptsOf(queue: BullJobQueue, ref: JobRef): Promise<{ made: number; stalled: number }> {
  const bulk = queue.rawQueues().find(({ name }) => name === 'onboarding-us-east-1-bulk')!;
  const job = await bulk.getJob(jobId(ref.onboardingId, ref.replays));
  return { made: job?.attemptsMade ?? -1, stalled: job?.stalledCounter ?? -1 };
}

/** Waits for the abort and then does as a round of provisioning does. */
const untilAborted: JobHandler = async (_run, signal) =>
  new Promise((resolve) => {
    signal.addEventListener('abort', () => resolve({ kind: 'putBack' }));
  });

describe('stop', () => {
  test('running jobs may end, new ones are not taken, and the stop does not wait for longer', async () => {
    const queue = await open(freshPrefix());
    const finish: (() => void)[] = [];
    const consumer = queue.consume(US, async () => {
      await new Promise<void>((resolve) => finish.push(resolve));
      return DONE;
    });
    const jobs = Array.from({ length: 30 }, () => newJob());
    await queue.add(jobs);
    await eventually(() => finish.length === 10);

    const stopping = consumer.stop(FAR_MS);
    finish.forEach((end) => end());
    await stopping;
    expect(finish).toHaveLength(10);
    expect(await queue.counts(US)).toMatchObject({ waiting: 20, active: 0, delayed: 0, failed: 0 });
  });

  test('jobs that wait for the abort go back to the queue within the deadline, with no attempt spent', async () => {
    const queue = await open(freshPrefix());
    const consumer = queue.consume(US, untilAborted);
    const jobs = Array.from({ length: 15 }, () => newJob());
    await queue.add(jobs);
    await countsBecome(queue, { waiting: 5, active: 10 });

    await consumer.stop(2_000);
    expect(await queue.counts(US)).toMatchObject({ waiting: 15, active: 0, delayed: 0, failed: 0 });
    for (const job of jobs) expect(await attemptsOf(queue, job)).toEqual({ made: 0, stalled: 0 });
  });

  test('a job that ignores the abort is let go at the deadline, and another consumer gets it', async () => {
    const prefix = freshPrefix();
    const log = recordingLog();
    const queue = await open(prefix, log);
    let runs = 0;
    const consumer = queue.consume(US, async () => {
      runs += 1;
      return new Promise(() => undefined);
    });
    const job = newJob();
    await queue.add([job]);
    await eventually(() => runs === 1);

    await consumer.stop(1_000);

    const heir = scripted(DONE);
    (await open(prefix)).consume(US, heir);
    await eventually(() => heir.runs.length === 1, { withinMs: LOCK_MS + 5_000 });
    await countsBecome(queue, { waiting: 0, active: 0 });
    expect(await attemptsOf(queue, job)).toEqual({ made: 1, stalled: 1 });
    // Nothing continues renewing the lock in vain.
    expect(log.lines.filter(({ level }) => level === 'error')).toEqual([]);
  });

  test('a result that comes after the deadline is dropped', async () => {
    const queue = await open(freshPrefix());
    let finish: (() => void) | undefined;
    const consumer = queue.consume(US, async () => {
      await new Promise<void>((resolve) => (finish = resolve));
      return DONE;
    });
    const job = newJob();
    await queue.add([job]);
    await eventually(() => finish !== undefined);
    await consumer.stop(200);
    finish?.();
    expect(await queue.counts(US)).toMatchObject({ active: 1 });
  });

  test('repeated stops are one stop', async () => {
    const queue = await open(freshPrefix());
    const consumer = queue.consume(US, untilAborted);
    await queue.add([newJob()]);
    await countsBecome(queue, { waiting: 0, active: 1 });
    await Promise.all([consumer.stop(1_000), consumer.stop(FAR_MS), consumer.stop(FAR_MS)]);
    await consumer.stop(FAR_MS);
    expect(await queue.counts(US)).toMatchObject({ waiting: 1, active: 0 });
  });

  test('a stop while Redis is away ends', async () => {
    const own = await startRedis();
    const queue = await openQueue({ connection: { url: own.url } });
    let runs = 0;
    const consumer = queue.consume(US, async (run, signal) => {
      runs += 1;
      return untilAborted(run, signal);
    });
    const idle = queue.consume(EU, untilAborted);
    await queue.add([newJob()]);
    await eventually(() => runs === 1);
    await own.kill();

    await Promise.all([consumer.stop(3_000), idle.stop(3_000)]);
    await queue.close();
  });
});

test('the job of a consumer process that is killed goes to another consumer, twice over', async () => {
  const prefix = freshPrefix();
  const queue = await open(prefix);
  const job = newJob();
  const id = jobId(job.onboardingId, job.replays);
  await queue.add([job]);
  for (let kills = 0; kills < 2; kills += 1) {
    const holder = startChildProgram('hold-jobs.ts', [redis.url, prefix, String(LOCK_MS)]);
    expect(await holder.nextLine()).toBe(id);
    await holder.kill9();
  }
  const runs: JobRun[] = [];
  const stalled: Region[] = [];
  const heir = await openQueue({
    connection: { url: redis.url },
    prefix,
    onStalled: (region) => void stalled.push(region),
  });
  onTestFinished(() => heir.close());
  heir.consume(US, (run) => {
    runs.push(run);
    return Promise.resolve(DONE);
  });
  await eventually(() => runs.length === 1);
  await countsBecome(queue, { waiting: 0, active: 0 });
  expect(await attemptsOf(queue, job)).toEqual({ made: 1, stalled: 2 });
  // The first time it was the second holder who was told.
  expect(stalled).toEqual([US]);
  expect((await queue.counts(US)).failed).toBe(0);
});
