import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { RateGateOptions, SharedRateGate } from '../../src/queue/rate/rate-gate.ts';
import { freshPrefix, US } from '../support/queue-fixtures.ts';
import { eventually } from '../support/eventually.ts';
import { endless, NEVER, openRateGate } from '../support/rate-gates.ts';
import { startRedis, type TestRedis } from '../support/redis.ts';

let redis: TestRedis;
beforeAll(async () => {
  redis = await startRedis();
});
afterAll(async () => redis.stop());

const openGate = (options: Partial<RateGateOptions> = {}): SharedRateGate =>
  openRateGate({ connection: { url: redis.url }, ...options });

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

describe('the rate gate, by the clock', () => {
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

  test('throttled calls cut the rate of all clients, a burst of them once', async () => {
    const prefix = freshPrefix();
    const gates = [1, 2, 3].map(() => openGate({ prefix, perSecond: 300 }));
    await Promise.all(gates.map(async (gate) => gate.take(US, NEVER)));
    for (let calls = 0; calls < 10; calls += 1)
      for (const gate of gates) gate.told(US, { throttled: true, tookMs: 5 });
    await eventually(async () => (await gates[0]!.rate(US)).perSecond < 250);
    const instants = await saturate({ perSecond: 300, prefix, takers: 25 }, 2_000);
    // Seven tenths of 298.5, and what it grows back in the first two seconds.
    expect(instants.length).toBeGreaterThan(0.9 * 0.7 * 600);
    expect(instants.length).toBeLessThan(0.85 * 600 + 30);
    for (const gate of gates) expect((await gate.rate(US)).limit).toBeNull();
  });
});
