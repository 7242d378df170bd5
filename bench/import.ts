/**
 * A large import against the real thing: one service process, PostgreSQL, Redis. Sends a CSV that is made as it goes,
 * breaks it off, sends it again, and holds that every row is there once, has one job in the end, and that memory stays
 * bounded. The Region is paused, so that only the import is measured. Throws when a row is lost or doubled.
 */
import { once } from 'node:events';
import { request, type ClientRequest } from 'node:http';
import { Readable } from 'node:stream';
import { json } from 'node:stream/consumers';
import { setTimeout as delay } from 'node:timers/promises';
import type { Bench } from './support/bench.ts';
import { callService, startHttpService, type HttpProcess } from './support/http-service.ts';
import { cpuMs, peakRssMb, rssMb } from './support/process-figures.ts';
import { digits, type Report } from './support/report.ts';
import { BENCH_TOKEN } from './support/worker-process.ts';

const ROWS = 1_000_000;
/** The first upload is broken off once about this share of the rows was sent. */
const ABORT_AT = 0.05;
/** Every such row has an account of 11 digits. */
const BAD_EVERY = 1_000;
const QUEUED_WITHIN_MS = 600_000;

interface ImportReport {
  readonly rows: number;
  readonly accepted: number;
  readonly duplicates: number;
  readonly rejected: number;
  readonly errors: readonly { readonly row: number }[];
  readonly errorsTruncated: boolean;
}

export const importRows: Bench = async ({ ground, scale, say }) => {
  const rows = Math.round(ROWS * scale);
  say(`import: ${rows.toLocaleString('en')} rows of CSV`);
  const place = await ground.freshPlace();
  const service = await startHttpService(place, { run: 'all', env: { LOG_LEVEL: 'error' } });
  try {
    return [await measured(service, rows, say)];
  } finally {
    await service.stop();
    await place.leave();
  }
};

async function measured(service: HttpProcess, rows: number, say: (line: string) => void): Promise<Report> {
  await callService(service.url, '/v1/regions/us-east-1/pause', { reason: 'only the import is measured' });
  // The queue follows a pause within a second; until then a job or two might run.
  await delay(2_000);
  const idle = await rssMb(service.pid);
  const done = new AbortController();
  const watching = peakRssMb(service.pid, done.signal);
  const taken = await abortedUpload(service, rows);
  say(`  broken off after ${taken.toLocaleString('en')} rows were taken`);
  const cpuBefore = await cpuMs(service.pid);
  const { report, seconds } = await wholeUpload(service, rows);
  const cpuEach = ((await cpuMs(service.pid)) - cpuBefore) / rows;
  say(`  ${digits(rows / seconds)} rows/s`);
  const bad = Math.floor(rows / BAD_EVERY);
  hold('every row is counted once', report.accepted + report.duplicates + report.rejected === rows);
  hold('what the broken upload left is a duplicate', report.duplicates === taken);
  hold('every bad row is rejected', report.rejected === bad);
  hold(
    'and told by its number',
    report.errors.every(({ row }, index) => row === (index + 1) * BAD_EVERY) &&
      report.errorsTruncated === bad > 1_000,
  );
  hold('every good row is there once', (await total(service)) === rows - bad);
  const queued = await secondsUntilQueued(service, rows - bad);
  done.abort();
  const peak = await watching;
  return {
    name: 'import',
    title: `Import: ${rows.toLocaleString('en')} rows of CSV`,
    how: 'One process with every part, on PostgreSQL; the upload was broken off once before and is sent again from its first row. Every row is then there once, and has one job.',
    columns: ['', ''],
    rows: [
      ['rows per second', digits(rows / seconds)],
      [
        'of these new / there already / refused',
        `${report.accepted} / ${report.duplicates} / ${report.rejected}`,
      ],
      ['CPU ms of the service per row', digits(cpuEach)],
      ['last job in the queue after the answer', `${digits(queued)} s`],
      ['resident memory before, and the most it was', `${digits(idle)} MB, ${digits(peak)} MB`],
    ],
    goals: [
      { what: 'rows per second', value: rows / seconds, unit: '/s', atLeast: 15_000 },
      { what: 'peak memory', value: peak, unit: 'MB', atMost: 300 },
    ],
  };
}

/** Lines of the file, a few hundred to a chunk, up to a row. */
function* csv(until: number): Generator<string> {
  let chunk = 'account,region,eventNamespace,eventName,customerId,metadata.plan,notes\n';
  for (let row = 1; row <= until; row += 1) {
    const account = row % BAD_EVERY === 0 ? '00000000001' : String(row).padStart(12, '0');
    chunk += `${account},us-east-1,bench/c-${row},orders,c-${row},gold,some unread words\n`;
    if (row % 500 !== 0 && row !== until) continue;
    yield chunk;
    chunk = '';
  }
}

function upload({ url }: HttpProcess, rows: number): ClientRequest {
  const outgoing = request(`${url}/v1/imports`, {
    method: 'POST',
    headers: { authorization: `Bearer ${BENCH_TOKEN}`, 'content-type': 'text/csv' },
  });
  Readable.from(csv(rows)).pipe(outgoing);
  return outgoing;
}

async function total({ url }: HttpProcess): Promise<number> {
  const { byStatus } = await callService<{ byStatus: Record<string, number> }>(url, '/v1/stats');
  return Object.values(byStatus).reduce((sum, count) => sum + count, 0);
}

/** Breaks an upload off at a share of its rows; gives back how many were taken. */
async function abortedUpload(service: HttpProcess, rows: number): Promise<number> {
  const outgoing = upload(service, rows);
  outgoing.on('error', () => undefined);
  while ((await total(service)) < rows * ABORT_AT) await delay(100);
  outgoing.destroy();
  let before = -1;
  for (let now = await total(service); now !== before; now = await total(service)) {
    before = now;
    await delay(1_000);
  }
  return before;
}

async function wholeUpload(
  service: HttpProcess,
  rows: number,
): Promise<{ report: ImportReport; seconds: number }> {
  const startedAt = performance.now();
  const [reply] = (await once(upload(service, rows), 'response')) as [Readable & { statusCode: number }];
  const report = (await json(reply)) as ImportReport;
  if (reply.statusCode !== 202) throw new Error(`The import was answered with ${JSON.stringify(report)}`);
  return { report, seconds: (performance.now() - startedAt) / 1_000 };
}

async function secondsUntilQueued({ url }: HttpProcess, jobs: number): Promise<number> {
  const startedAt = performance.now();
  for (;;) {
    const { regions } = await callService<{ regions: { waiting: number; delayed: number }[] }>(
      url,
      '/v1/stats',
    );
    const there = regions.reduce((sum, { waiting, delayed }) => sum + waiting + delayed, 0);
    const elapsed = performance.now() - startedAt;
    if (there === jobs) return elapsed / 1_000;
    if (elapsed > QUEUED_WITHIN_MS) throw new Error(`${there} of ${jobs} rows have a job.`);
    await delay(100);
  }
}

function hold(what: string, isTrue: boolean): void {
  if (!isTrue) throw new Error(`This does not hold: ${what}.`);
}
