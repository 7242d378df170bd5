import fc from 'fast-check';
import { Redis } from 'ioredis';
import { setTimeout as delay } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, onTestFinished, test } from 'vitest';
import { QueueUnavailableError } from '../../src/domain/unavailable.ts';
import type { Turn } from '../../src/domain/job.ts';
import type { RateGateOptions, SharedRateGate } from '../../src/queue/rate/rate-gate.ts';
import { withRateScripts } from '../../src/queue/rate/rate-script.ts';
import { RegionRate } from '../../src/queue/rate/region-rate.ts';
import { regionKey } from '../../src/queue/queue-keys.ts';
import { EU, freshPrefix, US } from '../support/queue-fixtures.ts';
import { eventually } from '../support/eventually.ts';
import { holdTime } from '../support/held-time.ts';
import { NEVER, openRateGate } from '../support/rate-gates.ts';
import { recordingLog } from '../support/recording-log.ts';
import { startRedis, type TestRedis } from '../support/redis.ts';

let redis: TestRedis;
beforeAll(async () => {
  redis = await startRedis();
});
afterAll(async () => redis.stop());

const openGate = (options: Partial<RateGateOptions> = {}): SharedRateGate =>
  openRateGate({ connection: { url: redis.url }, ...options });

function connect(): Redis {
  const client = new Redis(redis.url);
  onTestFinished(() => client.disconnect());
  return client;
}

/** When the next slot of a Region is due, and Redis' clock at the same moment, in microseconds. */
async function readClock(client: Redis, prefix: string): Promise<{ due: number; now: number }> {
  const replies = await client
    .multi()
    .hget(regionKey(prefix, US, 'rate'), 'tat')
    .time()
    .exec();
  const [due, time] = (replies ?? []).map(([, reply]) => reply) as [string, [string, string]];
  return { due: Number(due), now: Number(time[0]) * 1_000_000 + Number(time[1]) };
}

/** By all clients of this Redis: each reservation is one. */
async function scriptsRun(): Promise<number> {
  const stats = await connect().info('commandstats');
  return Number(/cmdstat_evalsha:calls=(\d+)/.exec(stats)?.[1] ?? 0);
}

describe('pacing', () => {
  test('whatever is taken and paused for, no stretch of slots is denser than the rate and one burst', async () => {
    const client = withRateScripts(connect());
    const steps = fc.array(
      fc.record({ pauseMs: fc.integer({ min: 0, max: 30 }), count: fc.integer({ min: 1, max: 4 }) }),
      { minLength: 5, maxLength: 40 },
    );
    const settings = fc.record({
      ceiling: fc.integer({ min: 50, max: 2_000 }),
      burst: fc.integer({ min: 1, max: 20 }),
      steps,
    });
    await fc.assert(
      fc.asyncProperty(settings, async ({ ceiling, burst, steps: taken }) => {
        const prefix = freshPrefix();
        const rate = new RegionRate(client, { key: regionKey(prefix, US, 'rate'), ceiling, burst });
        const slots: number[] = [];
        await rate.reserve(1);
        for (const { pauseMs, count } of taken) {
          if (pauseMs > 20) await delay(pauseMs);
          const { firstMs, everyMs } = await rate.reserve(count);
          // By Redis' clock, so that the way there and back does not count. What was due earlier is used now.
          const dueAt = (await readClock(client, prefix)).due / 1_000 - count * everyMs;
          const reservedAt = dueAt - firstMs;
          for (let index = 0; index < count; index += 1)
            slots.push(Math.max(reservedAt, dueAt + index * everyMs));
        }
        const intervalMs = 1_000 / ceiling;
        // Redis rounds to microseconds.
        const lateMs = 0.01;
        slots.forEach((last, to) => {
          slots.slice(0, to).forEach((first, from) => {
            const allowed = (last - first + lateMs) / intervalMs + burst + 1;
            expect(to - from + 1).toBeLessThanOrEqual(allowed);
          });
        });
      }),
      { numRuns: 25 },
    );
  });

  test('a client that dies with slots reserved costs no more than those', async () => {
    const prefix = freshPrefix();
    const dying = openGate({ perSecond: 200, prefix });
    await Promise.all(Array.from({ length: 25 }, async () => dying.take(US, NEVER)));
    const lost = Array.from({ length: 100 }, async () => dying.take(US, NEVER).catch(() => undefined));
    await delay(20);
    dying.close();
    await Promise.all(lost);
    // A hundred slots are half a second; of those that wait only what falls due in 20 ms is reserved.
    const { due, now } = await readClock(connect(), prefix);
    expect(due - now).toBeLessThan(200_000);
    await openGate({ perSecond: 200, prefix }).take(US, NEVER);
  });

  test('when Redis’ clock is set back by an hour the slots come on', async () => {
    const prefix = freshPrefix();
    const gate = openGate({ perSecond: 40, prefix });
    await gate.take(US, NEVER);
    const client = connect();
    const key = regionKey(prefix, US, 'rate');
    const [tat, at] = await client.hmget(key, 'tat', 'at');
    const hour = 3_600_000_000;
    await client.hset(key, { tat: String(Number(tat) + hour), at: String(Number(at) + hour) });
    // The first one would be due in an hour.
    for (let slots = 0; slots < 20; slots += 1) await gate.take(US, NEVER);
    expect(Number(await client.hget(key, 'skew'))).toBeGreaterThan(0.9 * hour);
  });

  test('Regions do not share their slots', async () => {
    // The next slot of the same Region comes in a quarter of an hour.
    const gate = openGate({ perSecond: 0.001 });
    await gate.take(US, NEVER);
    await gate.take(EU, NEVER);
  });
});

describe('waiting', () => {
  test('an aborted taker gets its reason, and its slot goes to the next in line', async () => {
    const gate = openGate({ perSecond: 1 });
    await gate.take(US, NEVER);
    const before = await scriptsRun();
    const gaveUp = new AbortController();
    const first = gate.take(US, gaveUp.signal);
    const second = gate.take(US, NEVER);
    gaveUp.abort(new Error('stopping'));
    await expect(first).rejects.toThrow('stopping');
    await second;
    expect(await scriptsRun()).toBe(before + 1);
  });

  test('an aborted signal takes nothing', async () => {
    const gate = openGate();
    await expect(gate.take(US, AbortSignal.abort(new Error('gone')))).rejects.toThrow('gone');
  });

  test('closing sends everybody who waits away', async () => {
    const gate = openGate({ perSecond: 1 });
    await gate.take(US, NEVER);
    const waiting = [1, 2, 3].map(async () => gate.take(US, NEVER));
    gate.close();
    for (const taker of waiting) await expect(taker).rejects.toBeInstanceOf(QueueUnavailableError);
    await expect(gate.take(US, NEVER)).rejects.toBeInstanceOf(QueueUnavailableError);
  });
});

describe('lanes', () => {
  const BULK: Turn = { lane: 'bulk' };

  test('a live call goes out ahead of bulk calls of any process that wait for their time', async () => {
    const prefix = freshPrefix();
    const [gate, other] = [openGate({ perSecond: 20, prefix }), openGate({ perSecond: 20, prefix })];
    const order: string[] = [];
    const take = async (of: SharedRateGate, turn: Turn): Promise<void> => {
      await of.take(US, NEVER, turn);
      order.push(turn.lane);
    };
    const bulk = [gate, other].flatMap((of) => Array.from({ length: 20 }, async () => take(of, BULK)));
    // Past the burst of two, each process has one slot reserved.
    await eventually(() => order.length >= 4);
    const before = order.length;
    await take(gate, { lane: 'live' });
    expect(order.length - before).toBeLessThanOrEqual(4);
    await Promise.all(bulk);
  });

  test('bulk calls pay back what live ones took ahead of time', async () => {
    const prefix = freshPrefix();
    const gate = openGate({ perSecond: 40, prefix });
    const client = connect();
    for (let calls = 0; calls < 30; calls += 1) await gate.take(US, NEVER, { lane: 'live' });
    const { due } = await readClock(client, prefix);
    await gate.take(US, NEVER, BULK);
    // Its slot came after all that the live calls had taken.
    const { now } = await readClock(client, prefix);
    expect(now).toBeGreaterThanOrEqual(due - 2_000);
  });

  test('a job’s own slot is used by its first call; the next one stands in line', async () => {
    const taken: number[] = [];
    const gate = openGate({ perSecond: 0.01, onTaken: (_, waitedMs) => void taken.push(waitedMs) });
    const slot = await gate.reserve(US, 'bulk', NEVER);
    await gate.take(US, NEVER, { lane: 'bulk', slot });
    expect(taken).toEqual([slot.waitedMs]);
    const second = gate.take(US, AbortSignal.timeout(300), { lane: 'bulk', slot });
    await expect(second).rejects.toThrow('timeout');
    expect(taken).toHaveLength(1);
  });

  test('a slot is good only soon after it was taken', async () => {
    const time = holdTime();
    const slot = await openGate().reserve(US, 'live', NEVER);
    await time.pass(250, Promise.resolve());
    expect(slot.claim()).toBe(false);
  });
});

describe('throttled calls', () => {
  const PASSED = { throttled: false, tookMs: 5 };
  const THROTTLED = { throttled: true, tookMs: 5 };

  function openRate(prefix: string): RegionRate {
    return new RegionRate(withRateScripts(connect()), {
      key: regionKey(prefix, US, 'rate'),
      ceiling: 50,
      burst: 5,
    });
  }

  test('show the quota: what passed between two of them, whoever heard it, and each call counts once', async () => {
    const prefix = freshPrefix();
    const rates = [openRate(prefix), openRate(prefix), openRate(prefix)];
    // The first begins the count, the second cuts: nothing has passed.
    await rates[0]!.throttled(0);
    await rates[1]!.throttled(0);
    const { pace: first } = await rates[0]!.read();
    expect(first).toMatchObject({ measured: false, cutTo: 0.7 });
    await delay(1_100);
    for (let calls = 0; calls < 30; calls += 1) rates[calls % 3]!.passed();
    await Promise.all(rates.map(async (rate) => rate.reserve(1)));
    // Of thirty that passed up to two are tolerated, however many processes hear of them.
    await rates[0]!.throttled(0);
    await rates[1]!.throttled(0);
    expect((await rates[2]!.read()).pace).toEqual(first);
    await Promise.all(rates.map(async (rate) => rate.throttled(0)));
    const { pace, perSecond } = await rates[1]!.read();
    expect(pace).toMatchObject({ measured: true, cutTo: 0.97 });
    expect(pace!.limit * ((pace!.cutAt - first!.cutAt) / 1_000)).toBeCloseTo(30, 3);
    expect(perSecond).toBeCloseTo(0.97 * pace!.limit, 0);
  });

  test('of a Redis that has lost its data are forgotten', async () => {
    const prefix = freshPrefix();
    const gate = openGate({ prefix });
    gate.told(US, PASSED);
    await gate.take(US, NEVER);
    await eventually(async () => {
      gate.told(US, THROTTLED);
      return (await gate.rate(US)).perSecond < 39;
    });
    await connect().flushall();
    await gate.take(US, NEVER);
    expect(await gate.rate(US)).toEqual({ perSecond: 40 * 0.995, limit: null });
  });
});

describe('Redis is away', () => {
  test('takers wait until it is back, or until they abort; the log says it once', async () => {
    const own = await startRedis();
    const log = recordingLog();
    const gate = openGate({ connection: { url: own.url }, log });
    await gate.take(US, NEVER);
    expect(log.lines).toEqual([]);
    await own.kill();

    // A slot that was reserved before is good for a moment.
    await eventually(async () =>
      gate.take(US, AbortSignal.timeout(700)).then(
        () => false,
        (error: unknown) => error instanceof Error && error.name === 'TimeoutError',
      ),
    );
    gate.told(US, { throttled: true, tookMs: 1 });
    await expect(gate.rate(US)).rejects.toBeInstanceOf(QueueUnavailableError);
    const waiting = Promise.all(Array.from({ length: 20 }, async () => gate.take(US, NEVER)));
    const back = await startRedis({ port: own.port });
    onTestFinished(async () => back.stop());
    await waiting;

    await eventually(() => log.lines.some(({ message }) => message === 'Redis is available again'));
    const errors = log.lines.filter(({ level }) => level === 'error').map(({ message }) => message);
    expect(new Set(errors).size).toBe(errors.length);
  });
});
