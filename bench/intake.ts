/** Single requests accepted per second, over HTTP, 50 at a time, against a bare route with one insert. */
import { Pool } from 'undici';
import type { Bench } from './support/bench.ts';
import { startBareRoute, startHttpService, type HttpProcess } from './support/http-service.ts';
import type { Ground, Place } from './support/place.ts';
import { cpuMs } from './support/process-figures.ts';
import {
  inRounds,
  ratio,
  standingRows,
  STANDING_COLUMNS,
  type Contestant,
  type Figures,
} from './support/rounds.ts';
import { BENCH_TOKEN } from './support/worker-process.ts';

const AT_A_TIME = 50;

export const intake: Bench = async ({ ground, rounds, scale, say }) => {
  const count = Math.round(16_000 * scale);
  say(`intake: single POSTs, ${AT_A_TIME} at a time`);
  const contestant = (name: string, start: (place: Place) => Promise<HttpProcess>): Contestant => ({
    name,
    measure: () => measured(ground, start, count),
  });
  const [ours, bare] = await inRounds(
    [
      contestant('this project', (place) => startHttpService(place, { run: 'http' })),
      contestant('a bare Fastify route with one insert', startBareRoute),
    ],
    rounds,
    say,
  );
  if (ours === undefined || bare === undefined) throw new Error('A contestant is missing.');
  return [
    {
      name: 'intake',
      title: `Intake: single POSTs over HTTP, ${AT_A_TIME} at a time`,
      how: `${count.toLocaleString('en')} onboardings, each its own request, to one process. Ours checks token and fields, commits the onboarding and adds the job before it answers; the bare route checks the body and inserts a row. Median of ${rounds} interleaved rounds.`,
      columns: STANDING_COLUMNS,
      rows: standingRows(ours, [bare]),
      goals: [{ what: 'against the bare route', value: ratio(ours, bare), unit: '×', atLeast: 0.8 }],
    },
  ];
};

async function measured(
  ground: Ground,
  start: (place: Place) => Promise<HttpProcess>,
  count: number,
): Promise<Figures> {
  const place = await ground.freshPlace();
  const service = await start(place);
  const pool = new Pool(service.url, { connections: AT_A_TIME, pipelining: 1 });
  try {
    const warm = Math.round(count / 4);
    await post(pool, 0, warm);
    const cpuBefore = await cpuMs(service.pid);
    const startedAt = performance.now();
    await post(pool, warm, count);
    const seconds = (performance.now() - startedAt) / 1_000;
    const done = count - warm;
    return { perSecond: done / seconds, cpuMsEach: ((await cpuMs(service.pid)) - cpuBefore) / done };
  } finally {
    await pool.destroy();
    await service.stop();
    await place.leave();
  }
}

/** As many loops as requests may be under way; each sends its next request when it has the answer to the last. */
async function post(pool: Pool, from: number, until: number): Promise<void> {
  let next = from;
  const loop = async (): Promise<void> => {
    while (next < until) {
      const n = (next += 1);
      const { statusCode, body } = await pool.request({
        method: 'POST',
        path: '/v1/onboardings',
        headers: { 'content-type': 'application/json', authorization: `Bearer ${BENCH_TOKEN}` },
        body: JSON.stringify({
          account: String(n).padStart(12, '0'),
          region: 'us-east-1',
          eventNamespace: `bench/c-${n}`,
          eventName: 'orders',
        }),
      });
      const text = await body.text();
      if (statusCode !== 202) throw new Error(`A POST was answered with ${statusCode}: ${text}`);
    }
  };
  await Promise.all(Array.from({ length: AT_A_TIME }, loop));
}
