import { describe, expect, test } from 'vitest';
import { OnboardingClient } from '../../../src/client/onboarding-client.ts';
import { freePort } from '../../support/free-port.ts';
import { onboardingJson, startScriptedApi, type Scripted } from '../../support/scripted-api.ts';

const REQUEST = {
  account: '000000000101',
  region: 'eu-west-1',
  eventNamespace: 'tenant-42',
  eventName: 'orders',
};
const problem = (status: number, code: string, headers = {}): Scripted => ({
  status,
  headers,
  body: { type: `urn:${code}`, title: code, status, code, detail: 'Because.' },
});
const AT_ONCE = { 'retry-after': '0' };

/** Answers from a script, and keeps the first good answer of each key, as the service does. */
async function keyedApi(script: readonly (Scripted | undefined)[]) {
  const kept = new Map<unknown, Scripted>();
  let made = 0;
  return startScriptedApi(({ headers }, count) => {
    const key = headers['idempotency-key'];
    const refusal = script[count];
    if (refusal !== undefined && refusal.lost !== true) return refusal;
    if (!kept.has(key)) kept.set(key, { status: 202, body: onboardingJson({ id: `onb_${(made += 1)}` }) });
    return refusal ?? kept.get(key);
  });
}

const keysOf = (api: Awaited<ReturnType<typeof startScriptedApi>>) =>
  api.received.map(({ headers }) => headers['idempotency-key']);

describe('enqueue', () => {
  test('each call has a key of its own, or the caller’s', async () => {
    const api = await keyedApi([]);
    const client = new OnboardingClient({ url: api.url });
    await client.enqueue(REQUEST);
    await client.enqueue(REQUEST);
    await client.enqueue(REQUEST, { idempotencyKey: 'signup-c-1001' });
    const [first, second, third] = keysOf(api);
    expect(first).toMatch(/^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/);
    expect(second).not.toBe(first);
    expect(third).toBe('signup-c-1001');
  });

  test.each([
    ['its reply is lost', { lost: true }],
    ['the ledger is away', problem(503, 'ledger_unavailable', AT_ONCE)],
    ['it comes too often', problem(429, 'too_many_requests', AT_ONCE)],
    ['the first call is still at work', problem(409, 'idempotency_key_in_use', AT_ONCE)],
    ['a proxy finds no service', { status: 502, body: '<html>' }],
    ['a proxy waits in vain', { status: 504, body: '<html>' }],
    ['its body came too slowly', problem(408, 'request_timeout')],
  ] satisfies [string, Scripted][])('is repeated with its key when %s', async (_why, scripted) => {
    const api = await keyedApi([scripted]);
    const answer = await new OnboardingClient({ url: api.url }).enqueue(REQUEST);
    // The first one, also where a lost reply had made it already.
    expect(answer).toMatchObject({ ok: true, status: 202, value: { id: 'onb_1' } });
    expect(api.received).toHaveLength(2);
    expect(new Set(keysOf(api)).size).toBe(1);
    expect(new Set(api.received.map(({ body }) => body))).toEqual(new Set([JSON.stringify(REQUEST)]));
  });

  test.each([
    [400, 'invalid_request'],
    [401, 'unauthenticated'],
    [403, 'forbidden'],
    [409, 'source_name_taken'],
    [422, 'idempotency_key_reused'],
    [500, 'internal_error'],
  ])('is not repeated after %i %s', async (status, code) => {
    const api = await startScriptedApi(() => problem(status, code));
    const answer = await new OnboardingClient({ url: api.url }).enqueue(REQUEST);
    expect(answer).toMatchObject({ ok: false, error: { kind: 'problem', status, code } });
    expect(api.received).toHaveLength(1);
  });

  test('gives up within its time, with the last answer', async () => {
    const url = `http://127.0.0.1:${await freePort()}`;
    // By default it would try on for longer than the test may take.
    const answer = await new OnboardingClient({ url }).enqueue(REQUEST, { withinMs: 300 });
    expect(answer).toMatchObject({ ok: false, error: { kind: 'unreachable' } });
  });

  test('a service that never answers takes no longer either', async () => {
    const client = new OnboardingClient({
      url: 'http://localhost:1',
      fetch: (_input, init) =>
        new Promise((_resolve, reject) =>
          init?.signal?.addEventListener('abort', () => reject(init.signal?.reason as Error)),
        ),
    });
    const answer = await client.enqueue(REQUEST, { withinMs: 200 });
    expect(answer).toMatchObject({ error: { kind: 'unreachable', cause: { name: 'TimeoutError' } } });
  });

  test('a wait that would outlast its time is left to the caller', async () => {
    const api = await startScriptedApi(() => problem(503, 'not_ready', { 'retry-after': '60' }));
    const answer = await new OnboardingClient({ url: api.url }).enqueue(REQUEST);
    expect(answer).toMatchObject({ error: { code: 'not_ready', retryAfterSeconds: 60 } });
    expect(api.received).toHaveLength(1);
  });

  test('Retry-After is waited for, as seconds and as a date', async () => {
    for (const asDate of [false, true]) {
      // Dates have whole seconds.
      const until = Math.ceil(Date.now() / 1_000) * 1_000 + 1_000;
      const header = asDate ? new Date(until).toUTCString() : '1';
      const api = await keyedApi([problem(429, 'too_many_requests', { 'retry-after': header })]);
      const startedAt = performance.now();
      expect(await new OnboardingClient({ url: api.url }).enqueue(REQUEST)).toMatchObject({ ok: true });
      if (asDate) expect(Date.now()).toBeGreaterThanOrEqual(until);
      else expect(performance.now() - startedAt).toBeGreaterThan(900);
    }
  });

  test('a time of 0 means one try', async () => {
    const api = await startScriptedApi(() => problem(503, 'not_ready', AT_ONCE));
    await new OnboardingClient({ url: api.url }).enqueue(REQUEST, { withinMs: 0 });
    expect(api.received).toHaveLength(1);
  });

  test('an abort between two tries ends it', async () => {
    const stop = new AbortController();
    const reason = new Error('enough');
    const api = await startScriptedApi(() => {
      setTimeout(() => stop.abort(reason), 20);
      return problem(503, 'not_ready', { 'retry-after': '5' });
    });
    const answer = await new OnboardingClient({ url: api.url }).enqueue(REQUEST, { signal: stop.signal });
    expect(answer).toMatchObject({ ok: false, error: { kind: 'aborted', reason } });
  });

  test.each(['', ' c-1001', 'Müller', 'a\nb', 'x'.repeat(256)])(
    'the key %j is refused as the service would, without a call',
    async (idempotencyKey) => {
      const api = await keyedApi([]);
      const answer = await new OnboardingClient({ url: api.url }).enqueue(REQUEST, { idempotencyKey });
      expect(answer).toMatchObject({ error: { code: 'invalid_request', field: 'Idempotency-Key' } });
      expect(api.received).toEqual([]);
    },
  );
});
