/** From before an onboarding is added to when its result is saved, at a steady rate, against BullMQ + SDK. */
import { Queue } from 'bullmq';
import { Redis } from 'ioredis';
import { setTimeout as delay } from 'node:timers/promises';
import { DIY_QUEUE } from './peers/bullmq.ts';
import { sourceOf } from './peers/customers.ts';
import { jobId } from '../src/domain/ids.ts';
import { queueName, regionPrefix } from '../src/queue/queue-keys.ts';
import type { Bench } from './support/bench.ts';
import { onboardingOf, openOurs, REGION } from './support/ours.ts';
import type { Place } from './support/place.ts';
import { digits } from './support/report.ts';
import { median, percentile } from './support/statistics.ts';
import { startPeer, startService, type WorkerProcess } from './support/worker-process.ts';

const PER_SECOND = 500;
const AWS_MS = 20;
const CONCURRENCY = 50;
const WARM_SECONDS = 3;
/** Ours keeps the last 1,000 finished jobs to look at, which is two seconds' worth. */
const LOOK_EVERY_MS = 200;
const LAST_ONES_MAX_MS = 30_000;

interface Adding {
  /** Adds the n-th onboarding; resolves with the id of its job. */
  add(n: number): Promise<string>;
  /** Of the queue, as BullMQ has them. */
  readonly keys: string;
  readonly worker: WorkerProcess;
  close(): Promise<void>;
}

interface Latencies {
  readonly p50: number;
  readonly p99: number;
}

export const latency: Bench = async ({ ground, rounds, scale, say }) => {
  const seconds = Math.max(4, Math.round(20 * scale));
  say(`latency: add to saved at a steady ${PER_SECOND}/s, AWS ${AWS_MS} ms`);
  const results = { ours: [] as Latencies[], diy: [] as Latencies[] };
  const measure = async (
    name: keyof typeof results,
    open: (place: Place) => Promise<Adding>,
  ): Promise<void> => {
    const place = await ground.freshPlace({ latencyMs: AWS_MS });
    try {
      const measured = await latencies(place, await open(place), seconds);
      results[name].push(measured);
      say(`  ${name}: p50 ${digits(measured.p50)} ms, p99 ${digits(measured.p99)} ms`);
    } finally {
      await place.leave();
    }
  };
  for (let round = 0; round < rounds; round += 1) {
    if (round % 2 === 0) await measure('ours', addingToOurs);
    await measure('diy', addingToDiy);
    if (round % 2 === 1) await measure('ours', addingToOurs);
  }
  const row = (name: string, own: readonly Latencies[]): string[] => {
    const p99s = own.map(({ p99 }) => p99);
    return [
      name,
      digits(median(own.map(({ p50 }) => p50))),
      digits(median(p99s)),
      `${digits(Math.min(...p99s))} – ${digits(Math.max(...p99s))}`,
    ];
  };
  const ratio = median(results.ours.map(({ p99 }, round) => p99 / (results.diy[round]?.p99 ?? NaN)));
  return [
    {
      name: 'latency',
      title: `Latency: add to saved at a steady ${PER_SECOND}/s, AWS answers after ${AWS_MS} ms`,
      how: `${seconds} seconds, one worker process at concurrency ${CONCURRENCY}; ours from before the row is recorded to after its result is committed, the other from before the job is added to its end. Median of ${rounds} interleaved rounds.`,
      columns: ['', 'p50, ms', 'p99, ms', 'p99, least to most'],
      rows: [row('this project', results.ours), row('BullMQ + SDK', results.diy)],
      goals: [{ what: 'p99 against BullMQ + SDK', value: ratio, unit: '×', atMost: 1.1 }],
    },
  ];
};

async function addingToOurs(place: Place): Promise<Adding> {
  const ours = await openOurs(place);
  const worker = startService(place, { run: 'provisioning', env: { CONCURRENCY: String(CONCURRENCY) } });
  return {
    keys: `${regionPrefix(ours.prefix, REGION)}:${queueName(REGION, 'live')}`,
    worker,
    async add(n) {
      const [acceptance] = await ours.intake.acceptMany([onboardingOf(n, 'live')], 'single');
      if (acceptance === undefined) throw new Error('The intake gave no answer.');
      return jobId(acceptance.onboarding.id, 0);
    },
    close: () => ours.close(),
  };
}

async function addingToDiy(place: Place): Promise<Adding> {
  const connection = new Redis(place.redisUrl);
  const queue = new Queue(DIY_QUEUE, { connection });
  await queue.waitUntilReady();
  return {
    keys: `bull:${DIY_QUEUE}`,
    worker: startPeer('diy', place, CONCURRENCY),
    add: async (n) => (await queue.add('create', sourceOf(n))).id ?? '',
    async close() {
      await queue.close();
      connection.disconnect();
    },
  };
}

/** Of all that were added after the warm-up; a finished job's score in `completed` is when its worker ended it. */
async function latencies(place: Place, adding: Adding, seconds: number): Promise<Latencies> {
  const redis = new Redis(place.redisUrl);
  const endedAt = new Map<string, number>();
  let since = '-inf';
  const look = async (): Promise<void> => {
    const found = await redis.zrangebyscore(`${adding.keys}:completed`, since, '+inf', 'WITHSCORES');
    for (let index = 0; index + 1 < found.length; index += 2) {
      endedAt.set(found[index] ?? '', Number(found[index + 1]));
      since = found[index + 1] ?? since;
    }
  };
  try {
    const ended = async (added: ReadonlyMap<string, number>): Promise<void> => {
      const deadline = performance.now() + LAST_ONES_MAX_MS;
      while ([...added.keys()].some((id) => !endedAt.has(id))) {
        if (performance.now() > deadline) throw new Error('Some onboardings did not end.');
        await delay(LOOK_EVERY_MS);
        await look();
      }
    };
    // What came while the worker started is no part of what is measured; it is done before that begins.
    await ended(await addSteadily(adding, { from: 0, seconds: WARM_SECONDS, look }));
    const added = await addSteadily(adding, { from: WARM_SECONDS * PER_SECOND, seconds, look });
    await ended(added);
    const waits = [...added].map(([id, at]) => (endedAt.get(id) ?? NaN) - at);
    return { p50: percentile(waits, 0.5), p99: percentile(waits, 0.99) };
  } finally {
    redis.disconnect();
    await adding.worker.stop();
    await adding.close();
  }
}

/** Gives back when each was about to be added, by job. */
async function addSteadily(
  adding: Adding,
  { from, seconds, look }: { from: number; seconds: number; look: () => Promise<void> },
): Promise<Map<string, number>> {
  const added = new Map<string, number>();
  const pending: Promise<void>[] = [];
  const startedAt = Date.now();
  let lookAt = startedAt;
  for (let n = 0; n < seconds * PER_SECOND;) {
    const due = Math.floor(((Date.now() - startedAt) / 1_000) * PER_SECOND);
    for (; n < Math.min(due, seconds * PER_SECOND); n += 1) {
      const at = Date.now();
      pending.push(adding.add(from + n + 1).then((id) => void added.set(id, at)));
    }
    if (Date.now() - lookAt > LOOK_EVERY_MS) {
      lookAt = Date.now();
      pending.push(look());
    }
    await delay(2);
  }
  await Promise.all(pending);
  return added;
}
