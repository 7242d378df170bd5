/**
 * A large replay against the real thing: the built service as two processes (http; everything else), PostgreSQL, Redis,
 * and the sandbox over the wire. Makes failed onboardings by SQL, shows them by a dry run, replays them, and measures
 * what live signups feel meanwhile.
 *
 *   npm run build && npx tsx bench/replay.ts [onboardings, default 100000] [--run-them]
 *
 * The replayed Region is paused, so that the replay is measured and not the Region's quota; signups go to the other one.
 * With `--run-them` both are one Region, and the replayed jobs run at its quota beside the signups.
 *
 * Needs what `npm test` installs (PostgreSQL's server, redis-server). Ends with exit code 1 when a bound is not kept.
 */
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { loadavg, tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import pg from 'pg';
import { startSandbox } from '../src/sandbox/server.ts';
import { givenWhole } from '../test/support/given-number.ts';
import { failedRows } from '../test/support/failed-rows.ts';
import { freePort } from '../test/support/free-port.ts';
import { startPostgresCluster } from '../test/support/postgres-cluster.ts';
import { startRedis } from '../test/support/redis.ts';
import { spawnService, type SpawnedService } from '../test/support/spawn-service.ts';

const COUNT = givenWhole('The count', process.argv[2] ?? '100000');
const RUN_THEM = process.argv.includes('--run-them');
const REPLAYED_REGION = RUN_THEM ? 'us-east-1' : 'eu-west-1';
const SIGNUP_REGION = 'us-east-1';
const SIGNUPS_PER_SECOND = 20;
const IDLE_SECONDS = 20;
const QUEUED_WITHIN_S = 60;
const RSS_GROWTH_MAX_MB = 100;
const SLOWER_AT_MOST = 2;
const TOKEN = 'bench-0123456789abcdef';

interface Replay {
  readonly id: string;
  readonly matched: number;
  readonly queued: number;
  readonly skipped: number;
}

interface Api {
  call<T>(path: string, body?: object): Promise<T>;
}

function apiAt(url: string): Api {
  return {
    async call<T>(path: string, body?: object): Promise<T> {
      const reply = await fetch(`${url}${path}`, {
        headers: { authorization: `Bearer ${TOKEN}`, 'content-type': 'application/json' },
        ...(body === undefined ? {} : { method: 'POST', body: JSON.stringify(body) }),
      });
      if (!reply.ok) throw new Error(`${path} answered ${reply.status}: ${await reply.text()}`);
      return (await reply.json()) as T;
    },
  };
}

async function ready({ url, isRunning, output }: SpawnedService): Promise<void> {
  while ((await fetch(`${url}/readyz`).catch(() => undefined))?.status !== 200) {
    if (!isRunning()) throw new Error(`A process did not start:\n${output()}`);
    await delay(100);
  }
}

/** Resident memory of a process, in MB. */
async function rssMb(pid: number): Promise<number> {
  const status = await readFile(`/proc/${pid}/status`, 'utf8');
  return Number(/^VmRSS:\s+(\d+)/m.exec(status)?.[1]) / 1_024;
}

const rssOf = async (pids: readonly number[]): Promise<number> =>
  (await Promise.all(pids.map(rssMb))).reduce((sum, mb) => sum + mb, 0);

async function watchRss(pids: readonly number[], signal: AbortSignal): Promise<number> {
  let peak = 0;
  while (!signal.aborted) {
    peak = Math.max(peak, await rssOf(pids));
    await delay(100);
  }
  return peak;
}

let signups = 0;

/** Milliseconds from the request to the answer that says provisioned. */
async function signup(api: Api): Promise<number> {
  signups += 1;
  const account = String(signups).padStart(12, '0');
  const startedAt = performance.now();
  const { id } = await api.call<{ id: string }>('/v1/onboardings', {
    account,
    region: SIGNUP_REGION,
    eventNamespace: `signups/n${signups}`,
    eventName: 'orders',
  });
  const { status } = await api.call<{ status: string }>(`/v1/onboardings/${id}?wait=20`);
  if (status !== 'provisioned') throw new Error(`A signup is ${status} after 20 s.`);
  return performance.now() - startedAt;
}

/** Signups at a steady pace, whatever the answers take, until the signal. */
async function signUpUntil(
  api: Api,
  signal: AbortSignal,
): Promise<{ p50: number; p99: number; count: number }> {
  const under: Promise<number>[] = [];
  const startedAt = performance.now();
  while (!signal.aborted) {
    under.push(signup(api));
    await delay(startedAt + (under.length * 1_000) / SIGNUPS_PER_SECOND - performance.now());
  }
  const took = (await Promise.all(under)).sort((a, b) => a - b);
  const at = (share: number): number =>
    took[Math.min(took.length - 1, Math.floor(took.length * share))] ?? NaN;
  return { p50: at(0.5), p99: at(0.99), count: took.length };
}

function check(what: string, isTrue: boolean): void {
  console.log(`${isTrue ? 'ok  ' : 'FAIL'}  ${what}`);
  if (!isTrue) process.exitCode = 1;
}

const said = ({ p50, p99, count }: { p50: number; p99: number; count: number }): string =>
  `p50 ${p50.toFixed(0)} ms, p99 ${p99.toFixed(0)} ms of ${count}`;

async function measure(api: Api, pids: readonly number[]): Promise<void> {
  if (!RUN_THEM) await api.call(`/v1/regions/${REPLAYED_REGION}/pause`, { reason: 'the replay is measured' });
  await signUpUntil(api, AbortSignal.timeout(5_000));
  const idle = await signUpUntil(api, AbortSignal.timeout(IDLE_SECONDS * 1_000));
  console.log(`signups while nothing else happens: ${said(idle)}`);

  const asked = { filter: { errorCode: 'LimitExceededException' }, reason: 'to measure it' };
  const before = await rssOf(pids);
  const done = new AbortController();
  const watching = watchRss(pids, done.signal);
  const startedAt = performance.now();
  const { matched } = await api.call<{ matched: number }>('/v1/replays?dryRun=true', asked);
  console.log(`dry run: ${((performance.now() - startedAt) / 1_000).toFixed(2)} s for ${matched}`);
  check('it counts all of them', matched === COUNT);

  const queueing = signUpUntil(api, done.signal);
  const beganAt = performance.now();
  let replay = await api.call<Replay>('/v1/replays', asked);
  console.log(`made: ${((performance.now() - beganAt) / 1_000).toFixed(2)} s`);
  while (replay.queued < COUNT) {
    await delay(200);
    replay = await api.call<Replay>(`/v1/replays/${replay.id}`);
  }
  const seconds = (performance.now() - beganAt) / 1_000;
  done.abort();
  const [peak, during] = await Promise.all([watching, queueing]);
  console.log(`all queued: ${seconds.toFixed(1)} s, ${Math.round(COUNT / seconds)}/s`);
  console.log(`RSS of both processes: ${before.toFixed(0)} MB before, ${peak.toFixed(0)} MB at the peak`);
  console.log(`signups meanwhile: ${said(during)}`);
  console.log(`load average ${loadavg()[0]?.toFixed(1)}`);
  check(`queued within ${QUEUED_WITHIN_S} s`, seconds <= QUEUED_WITHIN_S);
  check(`memory grew by at most ${RSS_GROWTH_MAX_MB} MB`, peak - before <= RSS_GROWTH_MAX_MB);
  check(`p50 within ${SLOWER_AT_MOST} times`, during.p50 <= idle.p50 * SLOWER_AT_MOST);
  check(`p99 within ${SLOWER_AT_MOST} times`, during.p99 <= idle.p99 * SLOWER_AT_MOST);
}

const cluster = await startPostgresCluster();
const redis = await startRedis();
const sandbox = await startSandbox();
const folder = await mkdtemp(join(tmpdir(), 'onboard-bench-'));
const spawned: SpawnedService[] = [];
try {
  const start = async (run: string): Promise<SpawnedService> => {
    const env = {
      PORT: String(await freePort()),
      METRICS_PORT: String(await freePort()),
      DATA_DIR: join(folder, run),
      DATABASE_URL: cluster.url,
      REDIS_URL: redis.url,
      AWS_MODE: 'sandbox',
      AWS_ENDPOINT_URL_EVENTBRIDGE: sandbox.url,
      REGIONS: 'us-east-1,eu-west-1',
      API_TOKENS: `admin:bench:${TOKEN}`,
      SESSION_SECRET: 'bench-login-0123456789-0123456789',
      HTTP_RATE_PER_SECOND: '0',
      LOG_LEVEL: 'error',
    };
    const service = spawnService(env, [`--run=${run}`]);
    spawned.push(service);
    await ready({ ...service, url: `http://127.0.0.1:${env.METRICS_PORT}` });
    return service;
  };
  const http = await start('http');
  const worker = await start('provisioning,webhooks,maintenance');
  const client = new pg.Client(cluster.url);
  await client.connect();
  await client.query(
    failedRows({ count: COUNT, errorCode: 'LimitExceededException', region: REPLAYED_REGION }),
  );
  await client.query('analyze onboarding.onboardings');
  await client.end();
  await measure(apiAt(http.url), [http.pid, worker.pid]);
} finally {
  for (const { pid } of spawned) process.kill(pid, 'SIGTERM');
  await Promise.all(spawned.map(({ ended }) => ended));
  await sandbox.close();
  await redis.stop();
  await cluster.stop();
  await rm(folder, { recursive: true, force: true });
}
