/** How long a live signup takes from POST to provisioned while bulk jobs wait under the same quota, and without them. */
import { setTimeout as delay } from 'node:timers/promises';
import { countAwsCalls, sharesOf } from './support/aws-calls.ts';
import type { Bench } from './support/bench.ts';
import { startFleet } from './support/fleet.ts';
import { callService, startHttpService } from './support/http-service.ts';
import { fillOurs, REGION } from './support/ours.ts';
import { digits } from './support/report.ts';
import { percentile } from './support/statistics.ts';

const PER_SECOND = 50;
const WORKERS = 3;
const AWS_MS = 30;
const WARM = 30;
/** A customer signs up every so often, give or take as much. */
const EVERY_MS = 150;

export const live: Bench = async ({ ground, scale, say }) => {
  const bulk = Math.round(100_000 * scale);
  const signups = Math.max(100, Math.round(500 * scale));
  say(`live: ${signups} signups, alone and while ${bulk} bulk jobs wait for ${PER_SECOND}/s`);
  const aws = { latencyMs: AWS_MS, quota: { perSecond: PER_SECOND, burst: PER_SECOND } };
  const run = async (waiting: number): Promise<{ waits: readonly number[]; used: number }> => {
    const place = await ground.freshPlace(aws);
    try {
      if (waiting > 0) await fillOurs(place, waiting);
      const http = await startHttpService(place, { run: 'http,maintenance' });
      const fleet = await startFleet(place, { workers: WORKERS, quotaPerSecond: PER_SECOND });
      try {
        await signUp(http.url, { prefix: 'warm', count: WARM });
        const from = await countAwsCalls(place.awsUrl);
        const waits = await signUp(http.url, { prefix: 'live', count: signups });
        return { waits, used: sharesOf(from, await countAwsCalls(place.awsUrl), PER_SECOND).used };
      } finally {
        await Promise.all([http.stop(), fleet.stop()]);
      }
    } finally {
      await place.leave();
    }
  };
  const alone = await run(0);
  const among = await run(bulk);
  const p99 = (waits: readonly number[]): number => percentile(waits, 0.99);
  const row = (name: string, { waits, used }: typeof alone): string[] => [
    name,
    digits(percentile(waits, 0.5)),
    digits(p99(waits)),
    digits(Math.max(...waits)),
    `${digits(used * 100)} %`,
  ];
  const rows = [row('alone', alone), row(`among ${bulk.toLocaleString('en')} bulk jobs`, among)];
  for (const cells of rows) say(`  ${cells.join(', ')}`);
  return [
    {
      name: 'live',
      title: 'Live signups while bulk jobs wait under the quota',
      how: `${signups} signups, one every ${EVERY_MS} ms or so, from POST to provisioned as the caller sees it, who waits for it with \`?wait=\`; quota ${PER_SECOND}/s, AWS answers after ${AWS_MS} ms, ${WORKERS} worker processes and one for HTTP.`,
      columns: ['', 'p50, ms', 'p99, ms', 'longest, ms', 'quota used'],
      rows,
      goals: [
        { what: 'p99 against alone', value: p99(among.waits) / p99(alone.waits), unit: '×', atMost: 2 },
      ],
    },
  ];
};

/** At random moments, whether or not the ones before have ended. */
async function signUp(
  url: string,
  { prefix, count }: { prefix: string; count: number },
): Promise<readonly number[]> {
  const running: Promise<number>[] = [];
  for (let n = 1; n <= count; n += 1) {
    running.push(signUpOne(url, `${prefix}-${n}`, n));
    await delay(Math.random() * 2 * EVERY_MS);
  }
  return Promise.all(running);
}

async function signUpOne(url: string, eventName: string, n: number): Promise<number> {
  const startedAt = performance.now();
  const { id } = await callService<{ id: string }>(url, '/v1/onboardings', {
    account: String(n).padStart(12, '0'),
    region: REGION,
    eventNamespace: 'signups',
    eventName,
  });
  const { status } = await callService<{ status: string }>(url, `/v1/onboardings/${id}?wait=30`);
  if (status !== 'provisioned') throw new Error(`${eventName} is ${status} after 30 seconds.`);
  return performance.now() - startedAt;
}
