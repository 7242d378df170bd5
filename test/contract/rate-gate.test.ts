import fc from 'fast-check';
import { Redis } from 'ioredis';
import { setMaxListeners } from 'node:events';
import { setTimeout as delay } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, onTestFinished, test } from 'vitest';
import { QueueUnavailableError } from '../../src/domain/unavailable.ts';
import { createRateGate, type RateGateOptions } from '../../src/queue/rate-gate.ts';
import { CUT_RATE, TAKE_SLOT } from '../../src/queue/rate-script.ts';
import { EU, freshPrefix, US } from '../support/queue-fixtures.ts';
import { eventually } from '../support/eventually.ts';
import { recordingLog } from '../support/recording-log.ts';
import { startRedis, type TestRedis } from '../support/redis.ts';

let redis: TestRedis;
beforeAll(async () => {
  redis = await startRedis();
});
afterAll(async () => redis.stop());

const NEVER = endless(new AbortController().signal);

/** In the service every job has a signal of its own; here many takers listen to one. */
function endless(signal: AbortSignal): AbortSignal {
  setMaxListeners(0, signal);
  return signal;
}

function openGate(options: Partial<RateGateOptions> = {}): ReturnType<typeof createRateGate> {
  const gate = createRateGate({
    connection: { url: redis.url },
    prefix: freshPrefix(),
    perSecond: 40,
    log: recordingLog(),
    ...options,
  });
  onTestFinished(() => gate.close());
  return gate;
}

/** Takes slots with many takers over three clients for a while; the instants at which they were let through. */
async function saturate(
  options: { perSecond: number; prefix: string; takers: number },
  forMs: number,
): Promise<readonly number[]> {
  const gates = [1, 2, 3].map(() => openGate(options));
  await Promise.all(gates.map(async (gate) => gate.take(US, NEVER)));
  const stop = endless(AbortSignal.timeout(forMs));
  const instants: number[] = [];
  const takers = gates.flatMap((gate) =>
    Array.from({ length: options.takers }, async () => {
      while (!stop.aborted) {
        const passed = await gate.take(US, stop).then(
          () => true,
          () => false,
        );
        if (passed) instants.push(performance.now());
      }
    }),
  );
  await Promise.all(takers);
  return instants.sort((a, b) => a - b);
}

function mostWithin(instants: readonly number[], windowMs: number): number {
  let from = 0;
  return instants.reduce((most, instant, index) => {
    while ((instants[from] ?? instant) < instant - windowMs) from += 1;
    return Math.max(most, index - from + 1);
  }, 0);
}

describe('pacing', () => {
  test.each([
    { perSecond: 40, burst: 4 },
    { perSecond: 300, burst: 30 },
  ])('three clients share $perSecond/s: never more, hardly less', async ({ perSecond, burst }) => {
    const forMs = 4_000;
    const instants = await saturate({ perSecond, prefix: freshPrefix(), takers: 25 }, forMs);
    // A busy machine lets timers run late, which moves calls together by as much.
    const lateMs = 100;
    expect(mostWithin(instants, 1_000)).toBeLessThanOrEqual(perSecond * (1 + lateMs / 1_000) + burst);
    expect(instants.length).toBeGreaterThanOrEqual(0.95 * perSecond * (forMs / 1_000));
    expect(instants.length).toBeLessThanOrEqual(perSecond * (forMs / 1_000) + burst);
  });

  test('whatever the pauses between takers, no stretch of slots is denser than the rate and one burst', async () => {
    const client = new Redis(redis.url);
    onTestFinished(() => client.disconnect());
    const pauses = fc.array(fc.integer({ min: 0, max: 30 }), { minLength: 5, maxLength: 40 });
    const settings = fc.record({
      perSecond: fc.integer({ min: 50, max: 2_000 }),
      burst: fc.integer({ min: 1, max: 20 }),
      pauses,
    });
    await fc.assert(
      fc.asyncProperty(settings, async ({ perSecond, burst, pauses: pausesMs }) => {
        const key = freshPrefix();
        const intervalUs = 1_000_000 / perSecond;
        const slots: number[] = [];
        for (const pauseMs of pausesMs) {
          if (pauseMs > 20) await delay(pauseMs);
          const replies = await client
            .multi()
            .time()
            .eval(TAKE_SLOT, 1, key, 30_000_000, intervalUs, burst)
            .exec();
          const [seconds, micros] = replies?.[0]?.[1] as [string, string];
          slots.push(Number(seconds) * 1_000_000 + Number(micros) + Number(replies?.[1]?.[1]));
        }
        slots.forEach((last, to) => {
          slots.slice(0, to).forEach((first, from) => {
            // TIME is read twice, a few microseconds apart.
            const allowed = (last - first + 2_000) / intervalUs + burst;
            expect(to - from + 1).toBeLessThanOrEqual(allowed + 1e-6);
          });
        });
      }),
      { numRuns: 25 },
    );
  });

  test('Regions do not share their slots', async () => {
    const gate = openGate({ perSecond: 1 });
    await gate.take(US, NEVER);
    const startedAt = performance.now();
    await gate.take(EU, NEVER);
    expect(performance.now() - startedAt).toBeLessThan(500);
  });
});

describe('waiting', () => {
  test('an aborted taker gets its reason, and its slot goes to the next in line', async () => {
    const gate = openGate({ perSecond: 1 });
    await gate.take(US, NEVER);
    const startedAt = performance.now();
    const gaveUp = new AbortController();
    const first = gate.take(US, gaveUp.signal);
    const second = gate.take(US, NEVER);
    gaveUp.abort(new Error('stopping'));
    await expect(first).rejects.toThrow('stopping');
    await second;
    expect(performance.now() - startedAt).toBeLessThan(1_500);
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

describe('slowing down', () => {
  test('all clients of a Region go at seven tenths of the rate', async () => {
    const prefix = freshPrefix();
    await openGateReady(prefix).then(async (gate) => gate.slowDown(US));
    const instants = await saturate({ perSecond: 300, prefix, takers: 25 }, 2_000);
    // 0.7 of the rate and, over two seconds, half of the growth of 1/30 a second.
    expect(instants.length).toBeGreaterThan(0.95 * 0.7 * 600);
    expect(instants.length).toBeLessThan(0.74 * 600 + 30);
  });

  test('a burst of throttled calls is one cut, cuts add up over time, and the rate grows back', async () => {
    const client = new Redis(redis.url);
    onTestFinished(() => client.disconnect());
    const key = freshPrefix();
    const cut = async (growUs: number, leastBetweenUs: number): Promise<unknown> =>
      client.eval(CUT_RATE, 1, key, growUs, 0.7, 0.05, leastBetweenUs);
    const slow = 1e15;
    expect(await cut(slow, 1_000_000)).toBe(700);
    expect(await cut(slow, 1_000_000)).toBe(700);
    expect(await cut(slow, 0)).toBe(490);
    for (let cuts = 0; cuts < 20; cuts += 1) await cut(slow, 0);
    expect(await cut(slow, 0)).toBe(50);

    await eventually(async () => (await cut(200_000, 1e12)) === 1_000);
  });

  async function openGateReady(prefix: string): Promise<ReturnType<typeof createRateGate>> {
    const gate = openGate({ prefix, perSecond: 300 });
    await gate.take(US, NEVER);
    return gate;
  }
});

describe('Redis is away', () => {
  test('takers wait until it is back, or until they abort; the log says it once', async () => {
    const own = await startRedis();
    const log = recordingLog();
    const gate = openGate({ connection: { url: own.url }, log });
    await gate.take(US, NEVER);
    expect(log.lines).toEqual([]);
    await own.kill();

    await expect(gate.take(US, AbortSignal.timeout(700))).rejects.toThrow('timeout');
    await gate.slowDown(US);
    const waiting = Promise.all(Array.from({ length: 20 }, async () => gate.take(US, NEVER)));
    const back = await startRedis({ port: own.port });
    onTestFinished(async () => back.stop());
    await waiting;

    await eventually(() => log.lines.some(({ message }) => message === 'Redis answers again'));
    const errors = log.lines.filter(({ level }) => level === 'error').map(({ message }) => message);
    expect(new Set(errors).size).toBe(errors.length);
  });
});
