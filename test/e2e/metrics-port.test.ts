import { describe, expect, it, onTestFinished } from 'vitest';
import { startSandbox } from '../../src/sandbox/server.ts';
import { eventually } from '../support/eventually.ts';
import { parseExposition, type Exposition } from '../support/exposition.ts';
import { freePort } from '../support/free-port.ts';
import { createTestDatabase } from '../support/postgres.ts';
import { startRedis } from '../support/redis.ts';
import { startServiceProcess } from '../support/service-process.ts';

const SESSION_SECRET = 'login-secret-0123456789-0123456789';
const TEST_TOKEN = 'admin-0123456789abc';

async function scrape(port: number): Promise<Exposition> {
  const reply = await fetch(`http://127.0.0.1:${port}/metrics`);
  expect(reply.status).toBe(200);
  expect(reply.headers.get('content-type')).toBe('text/plain; version=0.0.4; charset=utf-8');
  return parseExposition(await reply.text());
}

const health = async (port: number, path: string): Promise<number | undefined> =>
  (await fetch(`http://127.0.0.1:${port}${path}`).catch(() => undefined))?.status;

describe('METRICS_PORT', () => {
  it('shows the figures and the health of a process without HTTP, to whoever asks', async () => {
    const redis = await startRedis();
    const database = await createTestDatabase();
    const sandbox = await startSandbox();
    onTestFinished(async () => {
      await sandbox.close();
      await redis.stop();
      await database.drop();
    });
    const port = await freePort();
    const env = {
      REDIS_URL: redis.url,
      DATABASE_URL: database.url,
      AWS_MODE: 'sandbox',
      AWS_ENDPOINT_URL_EVENTBRIDGE: sandbox.url,
    };
    const worker = await startServiceProcess({ ...env, METRICS_PORT: String(port) }, [
      '--run=provisioning,maintenance',
    ]);
    const http = await startServiceProcess(
      { ...env, API_TOKENS: `admin:${TEST_TOKEN}`, SESSION_SECRET, TEST_TOKEN },
      ['--run=http'],
    );
    await http.ready();
    await eventually(async () => (await health(port, '/readyz')) === 200, { withinMs: 90_000 });
    expect(await health(port, '/healthz')).toBe(200);
    expect(await health(port, '/v1/stats')).toBe(404);

    const accepted = await http.fetch('/v1/onboardings', {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({
        account: '000000000101',
        region: 'us-east-1',
        eventNamespace: 'metrics',
        eventName: 'orders',
      }),
    });
    const { id } = (await accepted.json()) as { id: string };
    expect(await (await http.fetch(`/v1/onboardings/${id}?wait=20`)).json()).toMatchObject({
      status: 'provisioned',
    });
    const round = { region: 'us-east-1', lane: 'live', end: 'provisioned', code: 'none' };
    const ofWorker = await scrape(port);
    expect(ofWorker.value('onboard_rounds_total', round)).toBe(1);
    expect(ofWorker.sum('onboard_intake_requests_total')).toBeUndefined();
    expect(ofWorker.value('onboard_part_up', { part: 'maintenance' })).toBe(1);
    expect(ofWorker.value('onboard_part_up', { part: 'http' })).toBeUndefined();
    expect(ofWorker.types.has('nodejs_eventloop_lag_p99_seconds')).toBe(true);
    const ofHttp = parseExposition(await (await http.fetch('/metrics')).text());
    expect(ofHttp.value('onboard_intake_requests_total', { via: 'single', result: 'accepted' })).toBe(1);
    expect(ofHttp.sum('onboard_rounds_total')).toBeUndefined();

    await redis.kill();
    // A worker without Redis cannot work; one that answers HTTP still can.
    await eventually(async () => (await health(port, '/readyz')) === 503);
    expect((await http.fetch('/readyz')).status).toBe(200);
    await eventually(async () => (await scrape(port)).value('onboard_redis_up') === 0);
    worker.signalGroup('SIGTERM');
    expect(await worker.ended).toBe(0);
  });
});
