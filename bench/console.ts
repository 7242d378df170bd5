/** What every page of the console costs over a large ledger: the time of an answer, and the weight of a first load. */
import type { Bench } from './support/bench.ts';
import { fillLedger } from './support/fill-ledger.ts';
import { startHttpService } from './support/http-service.ts';
import { query, settleDatabase, type Place } from './support/place.ts';
import { digits } from './support/report.ts';
import { median, percentile } from './support/statistics.ts';
import { BENCH_TOKEN } from './support/worker-process.ts';

const ROWS = 1_000_000;
const RUNS = 25;
const MEDIAN_MAX_MS = 200;
const WEIGHT_MAX_KB = 150;

/** A webhook delivery for about every tenth onboarding, and an entry of the audit for about every fifth. */
const AROUND = [
  `insert into onboarding.deliveries (id, type, onboarding_id, number, destination, data, status, attempts, began_at,
     created_at, updated_at, delivered_at)
   select 'evt_' || substr(id, 5), 'onboarding.' || status, id, 1, 'webhook', '{}', 'delivered', 1, completed_at,
     completed_at, completed_at, completed_at
   from onboarding.onboardings where status in ('provisioned', 'failed') and substr(id, 30) < '3'`,
  `insert into onboarding.audit (at, actor, action, subject, reason, before, after)
   select updated_at, 'ann', 'replay', id, 'quota was raised', '{"status": "failed"}', '{"status": "queued"}'
   from onboarding.onboardings where substr(id, 30) < '6'`,
];

/** With what an address is of, for the report. Pages that do not exist are left out. */
const pagesOf = (id: string, delivery: string): readonly (readonly [path: string, shown: string])[] =>
  [
    '/',
    '/onboardings',
    '/onboardings?status=failed',
    '/onboardings?q=silver',
    '/onboardings?q=c-77777',
    `/onboardings/${id}`,
    `/onboardings/${id}/replay`,
    '/failures',
    '/replays',
    '/deliveries',
    '/deliveries?status=failed',
    `/deliveries/${delivery}`,
    '/audit',
    '/audit?action=login',
    '/regions',
    '/regions/us-east-1/drain',
    '/settings',
  ].map((path) => [path, path.replace(id, ':id').replace(delivery, ':id')]);

interface Measured {
  readonly shown: string;
  readonly medianMs: number;
  readonly slowestMs: number;
  readonly kilobytes: number;
}

export const consolePages: Bench = async ({ ground, scale, say }) => {
  const rows = Math.round(ROWS * scale);
  say(`console: pages over ${rows.toLocaleString('en')} onboardings`);
  const place = await ground.freshPlace();
  try {
    await fillLedger(place.databaseUrl, rows);
    for (const statement of AROUND) await query(place.databaseUrl, statement);
    await settleDatabase(place.databaseUrl);
    const measured = await measureAll(place);
    const slowest = Math.max(...measured.map(({ medianMs }) => medianMs));
    const heaviest = Math.max(...measured.map(({ kilobytes }) => kilobytes));
    return [
      {
        name: 'console',
        title: `The console over ${rows.toLocaleString('en')} onboardings`,
        how: `One process of \`--run=http\`, ${RUNS} answers of each page one after the other, as a logged-in user gets them. The weight is what a browser that has nothing yet is sent: the page as it is, scripts and styles compressed.`,
        columns: ['page', 'median', 'slowest', 'first load'],
        rows: measured.map(({ shown, medianMs, slowestMs, kilobytes }) => [
          `\`${shown}\``,
          `${digits(medianMs)} ms`,
          `${digits(slowestMs)} ms`,
          `${digits(kilobytes)} kB`,
        ]),
        goals: [
          { what: 'the slowest page, median', value: slowest, unit: 'ms', atMost: MEDIAN_MAX_MS },
          { what: 'the heaviest first load', value: heaviest, unit: 'kB', atMost: WEIGHT_MAX_KB },
        ],
      },
    ];
  } finally {
    await place.leave();
  }
};

async function measureAll(place: Place): Promise<readonly Measured[]> {
  // The ledger was filled for a sandbox, and the pages are the same.
  const env = { AWS_MODE: 'sandbox', REGIONS: 'us-east-1,eu-west-1,eu-central-1,ap-south-1' };
  const service = await startHttpService(place, { run: 'http', env });
  try {
    const cookie = await logIn(service.url);
    const id = await newest(place, `onboardings where status = 'failed'`);
    const measured: Measured[] = [];
    for (const [path, shown] of pagesOf(id, await newest(place, 'deliveries'))) {
      const one = await measure(service.url, { path, cookie });
      if (one !== undefined) measured.push({ ...one, shown });
    }
    return measured;
  } finally {
    await service.stop();
  }
}

async function newest({ databaseUrl }: Place, from: string): Promise<string> {
  const { rows } = await query<{ id: string }>(
    databaseUrl,
    `select id from onboarding.${from} order by id desc limit 1`,
  );
  return rows[0]?.id ?? 'none';
}

async function logIn(url: string): Promise<string> {
  const body = new URLSearchParams({ token: BENCH_TOKEN });
  const reply = await fetch(`${url}/login`, { method: 'POST', redirect: 'manual', body });
  if (reply.status !== 303) throw new Error(`The login was answered with ${reply.status}.`);
  return reply.headers.get('set-cookie')?.split(';')[0] ?? '';
}

/** Undefined: there is no such page. */
async function measure(
  url: string,
  { path, cookie }: { path: string; cookie: string },
): Promise<Omit<Measured, 'shown'> | undefined> {
  const times: number[] = [];
  let page = '';
  for (let run = 0; run < RUNS; run += 1) {
    const began = performance.now();
    const reply = await fetch(url + path, { headers: { cookie } });
    page = await reply.text();
    times.push(performance.now() - began);
    if (reply.status === 404) return undefined;
    if (reply.status !== 200) throw new Error(`${path} was answered with ${reply.status}.`);
  }
  const bytes = Buffer.byteLength(page) + (await weightOfAssets(url, page));
  return { medianMs: median(times), slowestMs: percentile(times, 1), kilobytes: bytes / 1_000 };
}

/** What the page loads with it, as it comes over the wire. */
async function weightOfAssets(url: string, page: string): Promise<number> {
  const paths = new Set([...page.matchAll(/"(\/assets\/[^"]+)"/g)].map(([, path = '']) => path));
  const sizes = await Promise.all(
    [...paths].map(async (path) => {
      const reply = await fetch(url + path, { method: 'HEAD', headers: { 'accept-encoding': 'br' } });
      return Number(reply.headers.get('content-length'));
    }),
  );
  return sizes.reduce((sum, size) => sum + size, 0);
}
