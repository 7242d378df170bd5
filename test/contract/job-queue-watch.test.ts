import { afterAll, beforeAll, expect, onTestFinished, test } from 'vitest';
import type { JobVerdict } from '../../src/domain/job.ts';
import type { JobHandler } from '../../src/ports.ts';
import type { BullJobQueue } from '../../src/queue/job-queue.ts';
import { provisioningWorker } from '../../workers/provisioning.ts';
import { aborted } from '../../src/runtime/aborted.ts';
import { systemClock } from '../../src/runtime/clock.ts';
import { StuckError, supervise } from '../../src/runtime/supervisor.ts';
import { eventually } from '../support/eventually.ts';
import { startFailingProxy, type FailingProxy } from '../support/failing-proxy.ts';
import { EU, freshPrefix, newJob, openQueue, scripted, US } from '../support/queue-fixtures.ts';
import { recordingLog } from '../support/recording-log.ts';
import { startRedis, type TestRedis } from '../support/redis.ts';

const DONE: JobVerdict = { kind: 'done' };
const WATCH = { everyMs: 100, waitingMs: 200, looks: 3 };

let redis: TestRedis;
beforeAll(async () => {
  redis = await startRedis();
});
afterAll(async () => redis.stop());

interface Pair {
  /** Straight to Redis. */
  readonly producer: BullJobQueue;
  /** Its workers' connections go through the proxy. */
  readonly worker: BullJobQueue;
  readonly proxy: FailingProxy;
  readonly log: ReturnType<typeof recordingLog>;
}

async function openPair(watch: Partial<typeof WATCH> = {}): Promise<Pair> {
  const prefix = freshPrefix();
  const log = recordingLog();
  const proxy = await startFailingProxy(redis.port);
  const producer = await openQueue({ connection: { url: redis.url }, prefix });
  const worker = await openQueue({
    connection: { url: `redis://127.0.0.1:${proxy.port}` },
    prefix,
    log,
    watch: { ...WATCH, ...watch },
  });
  onTestFinished(async () => {
    await Promise.all([worker.close(), producer.close()]);
    await proxy.close();
  });
  return { producer, worker, proxy, log };
}

const linesOf = ({ log }: Pair, message: string): number =>
  log.lines.filter((line) => line.message === message).length;

const regionKeeper = { tick: () => Promise.resolve(), run: aborted };

/** The part that runs the consumer, as a process with others beside it keeps it. */
function superviseConsumer({ worker, log }: Pair, handler: JobHandler): void {
  const stop = new AbortController();
  const part = provisioningWorker({ regionKeeper, consume: () => [worker.consume(US, handler)] }, 1_000);
  const ended = supervise([part], { clock: systemClock, log, signal: stop.signal, troubles: new Map() });
  onTestFinished(async () => {
    stop.abort();
    await ended;
  });
}

test('a consumer whose connections went dead without a word is noticed, its part starts again, and every job runs', async () => {
  const pair = await openPair();
  const held: (() => void)[] = [];
  const ended = new Set<string>();
  let silent = false;
  superviseConsumer(pair, async ({ jobId: id }) => {
    if (!silent) {
      await new Promise<void>((resolve) => held.push(resolve));
      return { kind: 'retry', delayMs: 50, code: 'Busy' };
    }
    ended.add(id);
    return DONE;
  });
  await pair.producer.add(Array.from({ length: 30 }, () => newJob()));
  await eventually(() => held.length === 10);

  // What is there stays open and silent, as after a failover or behind a firewall that forgot; new ones are served.
  // The verdicts of all ten places cannot be said any more.
  pair.proxy.abandon();
  silent = true;
  held.forEach((release) => release());
  await eventually(() => ended.size === 30, { withinMs: 90_000 });
  expect(pair.log.lines.find(({ message }) => message === 'worker.stuck')).toMatchObject({
    level: 'error',
    fields: { region: US, waiting: 20, overdue_delayed: 0 },
  });
});

test('a part ends when its consumer is stuck, also with nothing but overdue delayed jobs', async () => {
  const pair = await openPair();
  const handler = scripted(DONE);
  const part = provisioningWorker({ regionKeeper, consume: () => [pair.worker.consume(US, handler)] }, 1_000);
  const ended = part.run(new AbortController().signal).catch((error: unknown) => error);
  await pair.producer.add([newJob()]);
  await eventually(() => handler.runs.length === 1);
  await pair.producer.add([newJob({ delayMs: 100 })]);
  pair.proxy.abandon();
  expect(await ended).toBeInstanceOf(StuckError);
  expect(pair.log.lines.find(({ message }) => message === 'worker.stuck')?.fields).toMatchObject({
    waiting: 0,
    overdue_delayed: 1,
  });
});

test('a pause, a probe, and places that are all taken make no consumer stuck', async () => {
  const pair = await openPair();
  await pair.producer.setFlow(US, 'hold');
  await pair.producer.setFlow(EU, 'probe');
  const hang = async (): Promise<JobVerdict> => new Promise(() => undefined);
  pair.worker.consume(US, scripted(DONE));
  pair.worker.consume(EU, hang);
  await pair.producer.add(Array.from({ length: 3 }, () => newJob()));
  await pair.producer.add(Array.from({ length: 12 }, () => newJob({ region: EU })));
  const busy = await openPair();
  busy.worker.consume(US, hang);
  await busy.producer.add(Array.from({ length: 12 }, () => newJob()));

  const waitsForLong = async (): Promise<boolean> => {
    const counts = await Promise.all([
      pair.producer.counts(US),
      pair.producer.counts(EU),
      busy.producer.counts(US),
    ]);
    return counts.every(
      ({ oldestWaitingMs }) => (oldestWaitingMs ?? 0) > 10 * WATCH.everyMs + WATCH.waitingMs,
    );
  };
  await eventually(waitsForLong);
  expect([linesOf(pair, 'worker.stuck'), linesOf(busy, 'worker.stuck')]).toEqual([0, 0]);
});

test('while Redis is away no consumer is stuck', async () => {
  const pair = await openPair();
  const handler = scripted(DONE);
  pair.worker.consume(US, handler);
  await pair.producer.add([newJob()]);
  await eventually(() => handler.runs.length === 1);
  await pair.producer.setFlow(US, 'hold');
  await pair.producer.add([newJob()]);
  await pair.proxy.cut();
  await pair.producer.setFlow(US, 'run');
  await eventually(async () => ((await pair.producer.counts(US)).oldestWaitingMs ?? 0) > 1_500);
  // Judged before Redis is back: the worker's connection may need up to a second more than that of the looks.
  expect(linesOf(pair, 'worker.stuck')).toBe(0);
  await pair.proxy.restore();
  await eventually(() => handler.runs.length === 2);
});
