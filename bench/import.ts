/**
 * A large import against the real thing: one service process, PostgreSQL, its own Redis. Sends a CSV that is made as
 * it goes, breaks it off, sends it again, and checks that every row is there once and that memory stays bounded.
 *
 *   npx tsx bench/import.ts [rows, default 1000000]
 *
 * Needs what `npm test` installs (PostgreSQL's server, redis-server), or a DATABASE_URL of an empty database. The Region
 * is paused, so that only the import is measured. Ends with exit code 1 when a check fails.
 */
import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { request, type ClientRequest } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { json } from 'node:stream/consumers';
import { setTimeout as delay } from 'node:timers/promises';
import { freePort } from '../test/support/free-port.ts';
import { startPostgresCluster } from '../test/support/postgres-cluster.ts';

const ROWS = Number(process.argv[2] ?? 1_000_000);
/** The first upload is broken off once about this share of the rows was sent. */
const ABORT_AT = 0.2;
/** Every such row has an account of 11 digits. */
const BAD_EVERY = 1_000;
const RSS_GROWTH_MAX_MB = 300;
const TOKEN = 'bench-0123456789abcdef';

interface Report {
  readonly rows: number;
  readonly accepted: number;
  readonly duplicates: number;
  readonly rejected: number;
  readonly errors: readonly { readonly row: number }[];
  readonly errorsTruncated: boolean;
}

/** Lines of the file, a few hundred to a chunk, up to a row. */
function* csv(until: number): Generator<string> {
  let chunk = 'account,region,eventNamespace,eventName,customerId,metadata.plan,notes\n';
  for (let row = 1; row <= until; row += 1) {
    const account = row % BAD_EVERY === 0 ? '00000000001' : String(row).padStart(12, '0');
    chunk += `${account},us-east-1,bench/c-${row},orders,c-${row},gold,some words that nobody reads\n`;
    if (row % 500 !== 0 && row !== until) continue;
    yield chunk;
    chunk = '';
  }
}

interface Service {
  readonly url: string;
  readonly pid: number;
  readonly child: ChildProcess;
}

async function startService(databaseUrl: string, dataDir: string): Promise<Service> {
  const port = await freePort();
  const child = spawn(process.execPath, ['--import', 'tsx', 'workers/main.ts'], {
    cwd: new URL('..', import.meta.url),
    stdio: ['ignore', 'ignore', 'inherit'],
    env: {
      ...process.env,
      PORT: String(port),
      DATA_DIR: dataDir,
      DATABASE_URL: databaseUrl,
      AWS_MODE: 'sandbox',
      API_TOKENS: `admin:bench:${TOKEN}`,
      SESSION_SECRET: `bench-${TOKEN.padEnd(32, '0')}`,
      LOG_LEVEL: 'error',
    },
  });
  const url = `http://127.0.0.1:${port}`;
  while ((await fetch(`${url}/readyz`).catch(() => undefined))?.status !== 200) {
    if (child.exitCode !== null) throw new Error('The service did not start.');
    await delay(100);
  }
  return { url, pid: child.pid ?? 0, child };
}

async function call<T>({ url }: Service, path: string, body?: object): Promise<T> {
  const reply = await fetch(`${url}${path}`, {
    headers: { authorization: `Bearer ${TOKEN}`, 'content-type': 'application/json' },
    ...(body === undefined ? {} : { method: 'POST', body: JSON.stringify(body) }),
  });
  if (!reply.ok) throw new Error(`${path} answered ${reply.status}: ${await reply.text()}`);
  return (await reply.json()) as T;
}

function upload({ url }: Service, rows: number): ClientRequest {
  const outgoing = request(`${url}/v1/imports`, {
    method: 'POST',
    headers: { authorization: `Bearer ${TOKEN}`, 'content-type': 'text/csv' },
  });
  Readable.from(csv(rows)).pipe(outgoing);
  return outgoing;
}

async function total(service: Service): Promise<number> {
  const { byStatus } = await call<{ byStatus: Record<string, number> }>(service, '/v1/stats');
  return Object.values(byStatus).reduce((sum, count) => sum + count, 0);
}

/** Breaks an upload off at a share of its rows; gives back how many were taken. */
async function abortedUpload(service: Service): Promise<number> {
  const outgoing = upload(service, ROWS);
  outgoing.on('error', () => undefined);
  while ((await total(service)) < ROWS * ABORT_AT) await delay(500);
  outgoing.destroy();
  let before = -1;
  for (let now = await total(service); now !== before; now = await total(service)) {
    before = now;
    await delay(1_000);
  }
  return before;
}

async function wholeUpload(service: Service): Promise<{ report: Report; seconds: number }> {
  const startedAt = performance.now();
  const [reply] = (await once(upload(service, ROWS), 'response')) as [Readable & { statusCode: number }];
  const report = (await json(reply)) as Report;
  if (reply.statusCode !== 202) throw new Error(`The import answered ${JSON.stringify(report)}`);
  return { report, seconds: (performance.now() - startedAt) / 1_000 };
}

/** Resident memory of the service process alone, in MB. */
async function rssMb(pid: number): Promise<number> {
  const status = await readFile(`/proc/${pid}/status`, 'utf8');
  return Number(/^VmRSS:\s+(\d+)/m.exec(status)?.[1]) / 1_024;
}

async function watchRss(pid: number, signal: AbortSignal): Promise<number> {
  let peak = 0;
  while (!signal.aborted) {
    peak = Math.max(peak, await rssMb(pid).catch(() => 0));
    await delay(200);
  }
  return peak;
}

function check(what: string, isTrue: boolean): void {
  console.log(`${isTrue ? 'ok  ' : 'FAIL'}  ${what}`);
  if (!isTrue) process.exitCode = 1;
}

async function measure(service: Service): Promise<void> {
  await call(service, '/v1/regions/us-east-1/pause', { reason: 'only the import is measured' });
  // The queue follows a pause within a second; until then a job or two might run.
  await delay(2_000);
  const idle = await rssMb(service.pid);
  const done = new AbortController();
  const watching = watchRss(service.pid, done.signal);
  const taken = await abortedUpload(service);
  console.log(`broken off after ${taken} rows were taken`);
  const { report, seconds } = await wholeUpload(service);
  done.abort();
  const peak = await watching;
  const { errors, errorsTruncated, ...counts } = report;
  const bad = Math.floor(ROWS / BAD_EVERY);
  console.log(counts);
  console.log(
    `${Math.round(ROWS / seconds)} rows/s (${seconds.toFixed(1)} s for ${ROWS}); RSS ${idle.toFixed(0)} MB idle, ${peak.toFixed(0)} MB at its peak`,
  );
  check('every row is counted once', report.accepted + report.duplicates + report.rejected === ROWS);
  check('what the broken upload left is a duplicate now', report.duplicates === taken);
  check('every bad row is rejected', report.rejected === bad);
  check(
    'and told by its number',
    errors.every(({ row }, index) => row === (index + 1) * BAD_EVERY) && errorsTruncated === bad > 1_000,
  );
  check('every good row is there once', (await total(service)) === ROWS - bad);
  const { regions } = await call<{ regions: { waiting: number; delayed: number }[] }>(service, '/v1/stats');
  const jobs = regions.reduce((sum, { waiting, delayed }) => sum + waiting + delayed, 0);
  check(`and has one job (${jobs} jobs)`, jobs === ROWS - bad);
  check(`memory grew by at most ${RSS_GROWTH_MAX_MB} MB`, peak - idle <= RSS_GROWTH_MAX_MB);
}

const given = process.env['DATABASE_URL'];
const cluster = given === undefined ? await startPostgresCluster() : undefined;
const dataDir = await mkdtemp(join(tmpdir(), 'onboard-bench-'));
const service = await startService(given ?? cluster?.url ?? '', dataDir);
try {
  await measure(service);
} finally {
  service.child.kill('SIGTERM');
  await once(service.child, 'exit');
  await cluster?.stop();
  await rm(dataDir, { recursive: true, force: true });
}
