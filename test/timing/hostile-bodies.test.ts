import { mkdtemp, rm } from 'node:fs/promises';
import { Agent, request as httpRequest } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { beforeAll, describe, expect, it } from 'vitest';
import { eventually } from '../support/eventually.ts';
import { freePort } from '../support/free-port.ts';
import { spawnService } from '../support/spawn-service.ts';

const BYTES = 16 * 1_048_576;
const AT_ONCE = 20;
/** Idle machines answer within 0.1 s, overloaded ones within 3 s; before bodies were bounded it took 30 s and more. */
const LATEST_MS = 10_000;
const TOKEN = 'signup-0123456789ab';

const agent = new Agent({ keepAlive: true });
let url: string;

beforeAll(async () => {
  const dataDir = await mkdtemp(join(tmpdir(), 'onboard-test-'));
  const service = spawnService({
    PORT: String(await freePort()),
    DATA_DIR: dataDir,
    API_TOKENS: `signup:${TOKEN}`,
    SESSION_SECRET: 'login-secret-0123456789-0123456789',
  });
  ({ url } = service);
  await eventually(
    async () => {
      if (!service.isRunning()) throw new Error(`The service ended:\n${service.output()}`);
      return (await call('/readyz')).status === 200;
    },
    { withinMs: 90_000 },
  );
  return async () => {
    agent.destroy();
    process.kill(service.pid, 'SIGTERM');
    await service.ended;
    await rm(dataDir, { recursive: true, force: true });
  };
}, 120_000);

interface Reply {
  readonly status: number;
  readonly code: string | undefined;
}

/** Status 0: there was no answer. */
async function call(path: string, body?: Buffer): Promise<Reply> {
  const method = body === undefined ? 'GET' : 'POST';
  const headers = { authorization: `Bearer ${TOKEN}`, 'content-type': 'application/json' };
  return new Promise((resolve) => {
    const sent = httpRequest(`${url}${path}`, { agent, method, headers }, (response) => {
      let text = '';
      response.on('data', (chunk: Buffer) => (text += chunk.toString()));
      response.on('close', () =>
        resolve({ status: response.statusCode ?? 0, code: /"code":"(\w+)"/.exec(text)?.[1] }),
      );
    });
    sent.on('error', () => resolve({ status: 0, code: undefined }));
    sent.end(body);
  });
}

/** Sends the body that many times at once, and asks for `/healthz` until all are answered. */
async function flood(body: Buffer): Promise<{ replies: readonly Reply[]; slowestMs: number }> {
  const flooding = { over: false };
  const replies = Promise.all(
    Array.from({ length: AT_ONCE }, () => call('/v1/onboardings/batch?dryRun=true', body)),
  ).finally(() => (flooding.over = true));
  let slowestMs = 0;
  while (!flooding.over) {
    const startedAt = performance.now();
    expect((await call('/healthz')).status).toBe(200);
    slowestMs = Math.max(slowestMs, performance.now() - startedAt);
  }
  return { replies: await replies, slowestMs };
}

const fullBatch = (): string => {
  const pairs = Array.from({ length: 49 }, (_, key) => [`key-${key}`, 'x'.repeat(150)]);
  const metadata = Object.fromEntries(pairs) as Record<string, string>;
  const item = { account: '000000000101', region: 'us-east-1', eventName: 'orders', metadata };
  return JSON.stringify(Array.from({ length: 1_000 }, (_, n) => ({ ...item, eventNamespace: `flood/${n}` })));
};

const badSegments = (): string => {
  const segments = Array.from({ length: 2_500_000 }, (_, n) => `!${n.toString(36)}`).join('/');
  return JSON.stringify([{ eventNamespace: segments.slice(0, BYTES - 100), eventName: 'x' }]);
};

describe(`/healthz is quick while ${AT_ONCE} batches come at once`, () => {
  it.each([
    ['nested lists', () => '['.repeat(BYTES / 2) + ']'.repeat(BYTES / 2), 413, 'json_too_complex'],
    ['empty objects', () => `[${'{},'.repeat(BYTES / 3 - 2)}{}]`, 413, 'json_too_complex'],
    ['a name of millions of bad segments', badSegments, 200, 'invalid_request'],
    ['a thousand items with all the metadata that is allowed', fullBatch, 200, undefined],
  ])('of %s', async (_what, text, status, code) => {
    const { replies, slowestMs } = await flood(Buffer.from(text()));
    expect(slowestMs).toBeLessThan(LATEST_MS);
    const workedOn = replies.filter((reply) => reply.status !== 429 && reply.status !== 0);
    expect(workedOn.length).toBeGreaterThan(0);
    expect(workedOn).toEqual(Array(workedOn.length).fill({ status, code }));
    expect(replies.filter((reply) => reply.status === 429).length).toBeGreaterThan(0);
  });
});
