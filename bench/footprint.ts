/** What one process costs: its start, its memory idle and under load, how long its event loop keeps others waiting. */
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { freePort } from '../test/support/free-port.ts';
import type { Bench } from './support/bench.ts';
import { peakRssMb, rssMb } from './support/process-figures.ts';
import { digits } from './support/report.ts';
import { median } from './support/statistics.ts';
import { startEmbedded, type WorkerProcess } from './support/worker-process.ts';

const IDLE_AFTER_MS = 5_000;
const BATCHES = 20;
const BATCH = 500;

export const footprint: Bench = async ({ rounds, scale, say }) => {
  say('footprint: the built service, embedded, from its exec to /readyz');
  const folder = await mkdtemp(join(tmpdir(), 'onboard-bench-data-'));
  try {
    const first = await started(folder);
    await first.service.stop();
    const starts: number[] = [];
    for (let round = 0; round < rounds - 1; round += 1) {
      const again = await started(folder);
      starts.push(again.ms);
      say(`  ready after ${digits(again.ms)} ms`);
      await again.service.stop();
    }
    const last = await started(folder);
    starts.push(last.ms);
    await delay(IDLE_AFTER_MS);
    const idle = await rssMb(last.service.pid);
    const underLoad = await load(last, folder, Math.max(1, Math.round(BATCHES * scale)));
    await last.service.stop();
    return [
      {
        name: 'footprint',
        title: 'Footprint: one process with every part, Redis and ledger embedded',
        how: `From exec to the first 200 of \`/readyz\`; the median of ${starts.length} starts with data there. Under load: ${underLoad.onboardings.toLocaleString('en')} onboardings in batches of ${BATCH}, of which the sandbox, in the same process, makes as many as a quota of 10,000/s allows.`,
        columns: ['', ''],
        rows: [
          ['first start, which makes the folder', `${digits(first.ms)} ms`],
          [
            'start with data there: median, least to most',
            `${digits(median(starts))} ms, ${digits(Math.min(...starts))} – ${digits(Math.max(...starts))} ms`,
          ],
          ['resident memory, idle', `${digits(idle)} MB`],
          ['resident memory under load, at most', `${digits(underLoad.peak)} MB`],
          [
            'event loop delay under load, p50 / p99',
            `${digits(underLoad.p50)} / ${digits(underLoad.p99)} ms`,
          ],
        ],
        goals: [{ what: 'start with data there', value: median(starts) / 1_000, unit: 's', atMost: 2 }],
      },
    ];
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
};

interface Started {
  readonly service: WorkerProcess;
  readonly url: string;
  readonly ms: number;
}

async function started(dataDir: string): Promise<Started> {
  const port = await freePort();
  const begun = performance.now();
  const service = startEmbedded({
    DATA_DIR: dataDir,
    PORT: String(port),
    QUOTA_PER_SECOND: '10000',
    LOG_LEVEL: 'warn',
  });
  const url = `http://127.0.0.1:${port}`;
  while ((await fetch(`${url}/readyz`).catch(() => undefined))?.status !== 200) {
    if (!service.isRunning()) throw new Error('The service did not start.');
    await delay(10);
  }
  return { service, url, ms: performance.now() - begun };
}

interface UnderLoad {
  readonly onboardings: number;
  readonly peak: number;
  readonly p50: number;
  readonly p99: number;
}

async function load({ service, url }: Started, dataDir: string, batches: number): Promise<UnderLoad> {
  const token = (await readFile(join(dataDir, 'admin-token'), 'utf8')).trim();
  const headers = { authorization: `Bearer ${token}`, 'content-type': 'application/json' };
  const call = async (path: string, body?: object): Promise<string> => {
    const init = body === undefined ? {} : { method: 'POST', body: JSON.stringify(body) };
    const reply = await fetch(`${url}${path}`, { headers, ...init });
    if (!reply.ok) throw new Error(`${path} was answered with ${reply.status}.`);
    return reply.text();
  };
  const done = new AbortController();
  const watching = peakRssMb(service.pid, done.signal);
  // Each scrape tells of the time since the last one.
  await call('/metrics');
  for (let batch = 0; batch < batches; batch += 1) {
    const first = batch * BATCH;
    const items = Array.from({ length: BATCH }, (_, index) => ({
      account: String(first + index).padStart(12, '0'),
      region: 'us-east-1',
      eventNamespace: `footprint/c-${Date.now()}-${first + index}`,
      eventName: 'orders',
      lane: 'bulk',
    }));
    await call('/v1/onboardings/batch', items);
  }
  const open = async (): Promise<number> => {
    const { byStatus } = JSON.parse(await call('/v1/stats')) as { byStatus: Record<string, number> };
    return (byStatus['accepted'] ?? 0) + (byStatus['queued'] ?? 0) + (byStatus['retrying'] ?? 0);
  };
  while ((await open()) > 0) await delay(200);
  const metrics = await call('/metrics');
  done.abort();
  const delayMs = (name: string): number =>
    Number(
      new RegExp(`^nodejs_eventloop_lag_${name}_seconds(?:\\{[^}]*\\})? (\\S+)`, 'm').exec(metrics)?.[1],
    ) * 1_000;
  return { onboardings: batches * BATCH, peak: await watching, p50: delayMs('p50'), p99: delayMs('p99') };
}
