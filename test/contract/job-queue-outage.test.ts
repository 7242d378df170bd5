import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Redis } from 'ioredis';
import { describe, expect, onTestFinished, test } from 'vitest';
import type { JobVerdict } from '../../src/domain/job.ts';
import { QueueUnavailableError } from '../../src/domain/unavailable.ts';
import type { BullJobQueue } from '../../src/queue/job-queue.ts';
import { eventually } from '../support/eventually.ts';
import { freePort } from '../support/free-port.ts';
import { newJob, openQueue, scripted, US } from '../support/queue-fixtures.ts';
import { recordingLog } from '../support/recording-log.ts';
import { startRedis } from '../support/redis.ts';

const DONE: JobVerdict = { kind: 'done' };

function connect(url: string): Redis {
  const client = new Redis(url);
  onTestFinished(() => client.disconnect());
  return client;
}

/** Redis stays away meanwhile: a call that waited for it would not come back. */
const fails = (call: () => Promise<unknown>): Promise<void> =>
  expect(call()).rejects.toBeInstanceOf(QueueUnavailableError);

describe('Redis is down at boot', () => {
  test('calls fail fast, and everything works by itself once Redis is there', async () => {
    const port = await freePort();
    const queue = await openQueue({ connection: { url: `redis://127.0.0.1:${port}` } });
    onTestFinished(async () => queue.close());
    const handler = scripted(DONE);
    queue.consume(US, handler);

    const job = newJob();
    await fails(async () => queue.add([job]));
    await fails(async () => queue.addAnew(job));
    await fails(async () => queue.presence([job]));
    await fails(async () => queue.lift(job));
    await fails(async () => queue.counts(US));
    await fails(async () => queue.readEpoch());
    await fails(async () => queue.writeEpoch('epoch'));
    await fails(async () => queue.ping());
    expect(queue.redisReport()).toBeNull();

    const redis = await startRedis({ port });
    onTestFinished(async () => redis.stop());
    await eventually(async () =>
      queue.add([job]).then(
        () => true,
        () => false,
      ),
    );
    await eventually(() => handler.runs.length === 1);
    await eventually(() => queue.redisReport() !== null);
  });
});

describe('Redis goes away later', () => {
  test('calls fail fast, and consumption resumes by itself when it is back with its append-only file', async () => {
    const dir = await mkdtemp(join(tmpdir(), 'onboard-test-'));
    onTestFinished(async () => rm(dir, { recursive: true, force: true }));
    const settings = { appendfsync: 'always' };
    const first = await startRedis({ dir, settings });
    const log = recordingLog();
    const queue = await openQueue({ connection: { url: first.url }, log });
    onTestFinished(async () => queue.close());
    const jobs = Array.from({ length: 300 }, () => newJob());
    await queue.add(jobs);
    const seen = new Set<string>();
    queue.consume(US, async (run) => {
      await new Promise((resolve) => setTimeout(resolve, 10));
      seen.add(run.jobId);
      return DONE;
    });
    await eventually(() => seen.size >= 50);
    await first.kill();
    await fails(async () => queue.add([newJob()]));
    await fails(async () => queue.ping());

    const second = await startRedis({ dir, settings, port: first.port });
    onTestFinished(async () => second.stop());
    await eventually(() => seen.size === 300, { withinMs: 90_000 });
    await eventually(async () => {
      const { waiting, active, delayed, failed } = await queue.counts(US);
      return waiting + active + delayed + failed === 0;
    });
    await queue.add([newJob()]);
    await eventually(() => seen.size === 301);

    const messages = log.lines.map(({ message }) => message);
    await eventually(() => log.lines.some(({ message }) => message === 'Redis is available again'));
    expect(messages.filter((message) => message.includes('failed')).length).toBeLessThan(5);
  });

  test('a server that takes commands and never answers is unavailable too', async () => {
    const redis = await startRedis();
    onTestFinished(async () => redis.stop());
    const queue = await openQueue({ connection: { url: redis.url } });
    onTestFinished(async () => queue.close());
    const administrator = connect(redis.url);
    await administrator.client('PAUSE', 4_000);
    await fails(async () => queue.add([newJob()]));
  });
});

describe('Redis answers and takes no writes', () => {
  interface Trouble {
    readonly begin: (administrator: Redis) => Promise<unknown>;
    readonly end: (administrator: Redis) => Promise<unknown>;
    readonly says: RegExp;
  }
  const TROUBLES: readonly [string, Trouble][] = [
    [
      'it is out of memory under noeviction',
      {
        begin: async (administrator) => administrator.config('SET', 'maxmemory', '1mb'),
        end: async (administrator) => administrator.config('SET', 'maxmemory', '0'),
        says: /OOM/,
      },
    ],
    [
      'it has become a read-only replica',
      {
        // Nobody is there to follow, so it keeps its data, as an old primary does at first.
        begin: async (administrator) => administrator.replicaof('127.0.0.1', await freePort()),
        end: async (administrator) => administrator.replicaof('NO', 'ONE'),
        says: /READONLY|instance state changed \(master -> replica/,
      },
    ],
  ];

  test.each(TROUBLES)(
    '%s: adds fail fast, the log says so and is not flooded, and no job is lost',
    async (_, { begin, end, says }) => {
      const redis = await startRedis();
      onTestFinished(async () => redis.stop());
      const log = recordingLog();
      const queue = await openQueue({ connection: { url: redis.url }, log });
      onTestFinished(async () => queue.close());
      const administrator = connect(redis.url);
      const jobs = Array.from({ length: 60 }, () => newJob());
      await queue.add(jobs);
      const ended = new Set<string>();
      const held: (() => void)[] = [];
      // Those that are held snooze or retry once, so that verdicts of every kind meet the trouble.
      queue.consume(US, async ({ jobId: id }) => {
        if (held.length < 10) {
          const kind = (['snooze', 'retry', 'putBack', 'done'] as const)[held.length % 4] ?? 'done';
          await new Promise<void>((resolve) => held.push(resolve));
          if (kind !== 'done') return { kind, delayMs: 50, code: 'Busy' };
        }
        ended.add(id);
        return DONE;
      });
      await eventually(() => held.length === 10);

      await begin(administrator);
      await fails(async () => queue.add([newJob()]));
      held.forEach((go) => go());
      const saidBefore = log.lines.length;
      let tries = 0;
      await eventually(
        async () => {
          await expect(queue.add([newJob()])).rejects.toBeInstanceOf(QueueUnavailableError);
          return (tries += 1) === 10;
        },
        { everyMs: 150 },
      );
      expect(log.lines.length - saidBefore).toBeLessThan(8);
      expect(JSON.stringify(log.lines)).toMatch(says);
      expect(log.lines.map(({ message }) => message)).not.toContain('Redis is available again');

      await end(administrator);
      await eventually(async () =>
        queue.add([newJob()]).then(
          () => true,
          () => false,
        ),
      );
      await eventually(() => ended.size === jobs.length + 1, { withinMs: 15_000 });
      await eventually(async () => {
        const { waiting, active, delayed, failed } = await queue.counts(US);
        return waiting + active + delayed + failed === 0;
      });
      await eventually(() => log.lines.some(({ message }) => message === 'Redis is available again'));
    },
  );
});

const foundAmiss = (queue: BullJobQueue): readonly string[] | undefined =>
  queue
    .redisReport()
    ?.findings.filter(({ status }) => status !== 'ok')
    .map(({ check }) => check);

describe('what the start says about Redis', () => {
  test('eviction and missing persistence are warned about', async () => {
    const redis = await startRedis({ settings: { 'maxmemory-policy': 'allkeys-lru' } });
    onTestFinished(async () => redis.stop());
    const log = recordingLog();
    const queue = await openQueue({ connection: { url: redis.url }, log });
    onTestFinished(async () => queue.close());
    expect(foundAmiss(queue)).toEqual(['redis.eviction', 'redis.persistence']);
    const warnings = log.lines.filter(({ level }) => level === 'warn').map(({ message }) => message);
    expect(warnings).toHaveLength(2);
    expect(warnings[0]).toContain('allkeys-lru');
  });

  test('with an append-only file and no eviction there is nothing to say', async () => {
    const dir = await mkdtemp(join(tmpdir(), 'onboard-test-'));
    onTestFinished(async () => rm(dir, { recursive: true, force: true }));
    const redis = await startRedis({ dir });
    onTestFinished(async () => redis.stop());
    const queue = await openQueue({ connection: { socketPath: redis.socketPath } });
    onTestFinished(async () => queue.close());
    expect(queue.redisReport()).toMatchObject({ server: 'redis' });
    expect(foundAmiss(queue)).toEqual([]);
  });

  test('a Redis that forbids CONFIG is used, and said not to be checked', async () => {
    const redis = await startRedis();
    onTestFinished(async () => redis.stop());
    await connect(redis.url).acl('SETUSER', 'default', '-config');
    const queue = await openQueue({ connection: { url: redis.url } });
    onTestFinished(async () => queue.close());
    expect(queue.redisReport()).toMatchObject({ server: 'redis' });
    expect(foundAmiss(queue)).toEqual(['redis.info']);
  });

  test('a Redis that forbids INFO is used, and said not to be checked', async () => {
    const redis = await startRedis();
    onTestFinished(async () => redis.stop());
    await connect(redis.url).acl('SETUSER', 'default', '-info', '-config');
    const queue = await openQueue({ connection: { url: redis.url } });
    onTestFinished(async () => queue.close());
    expect(queue.redisReport()).toMatchObject({ server: 'unknown' });
    expect(foundAmiss(queue)).toEqual(['redis.info']);

    const handler = scripted(DONE);
    queue.consume(US, handler);
    await queue.add([newJob()]);
    await eventually(() => handler.runs.length === 1);
  });
});

test('neither a refused password nor an address with one reaches the log', async () => {
  const redis = await startRedis();
  onTestFinished(async () => redis.stop());
  await connect(redis.url).config('SET', 'requirepass', 'the-right-one');
  const log = recordingLog();
  const queue = await openQueue({
    connection: { url: `redis://default:hunter2-secret@127.0.0.1:${redis.port}` },
    log,
  });
  onTestFinished(async () => queue.close());
  const refused: unknown = await queue.add([newJob()]).catch((error: unknown) => error);
  expect(refused).toBeInstanceOf(QueueUnavailableError);
  await eventually(() => log.lines.some(({ level }) => level === 'error'));
  const everything = JSON.stringify([log.lines, refused, (refused as Error).cause]) + String(refused);
  expect(everything).not.toContain('hunter2');
});
