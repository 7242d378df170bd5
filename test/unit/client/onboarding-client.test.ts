import { describe, expect, test } from 'vitest';
import { OnboardingCallError, valueOrThrow } from '../../../src/client/answers.ts';
import { OnboardingClient } from '../../../src/client/onboarding-client.ts';
import { freePort } from '../../support/free-port.ts';
import { onboardingJson, startScriptedApi, type Scripted } from '../../support/scripted-api.ts';

const TOKEN = 'operator-0123456789';
const ID = 'onb_01kaqk3v6m8x2c5d7f9h1j3n5q';
const REQUEST = {
  account: '000000000101',
  region: 'eu-west-1',
  eventNamespace: 'tenant-42',
  eventName: 'orders',
};
const problem = (status: number, code: string): Scripted => ({
  status,
  body: { type: `urn:${code}`, title: code, status, code, detail: 'Because.', field: 'account' },
});

describe('what is sent', () => {
  test('every call names its path, method and token', async () => {
    const api = await startScriptedApi(({ url }) => ({
      body: url.includes('?') || url === '/v1/onboardings' ? { items: [], nextCursor: null } : {},
    }));
    const client = new OnboardingClient({ url: api.url, token: TOKEN });

    await client.enqueue(REQUEST);
    await client.tryEnqueue(REQUEST);
    await client.get(ID);
    await client.get(ID, { waitSeconds: 7 });
    await client.listPage({ status: 'failed', q: 'a&b' }, { limit: 3, cursor: 'c' });
    await client.attempts(ID);
    await client.replay(ID, { reason: 'again' });
    await client.tryReplay(ID, { reason: 'again' });
    await client.importCsv('account\n', { dryRun: true });
    await client.importCsv('account\n', { delimiter: 'tab', map: { account: 'a b' }, eventName: '{x}' });
    await client.importRejects('imp_1');
    await client.tryImportRejects('account\n', { defaults: { region: 'eu-west-1' } });
    await client.stats();
    await client.ready();
    await client.pauseRegion('eu-west-1', { reason: 'r' });
    await client.resumeRegion('eu-west-1', { reason: 'r' }, { dryRun: true });
    await client.listDeliveries({ status: 'failed' }, { limit: 3, cursor: 'c' });
    await client.replayDelivery('evt_1', { reason: 'r' });
    await client.drain('eu-west-1', { reason: 'r' }, { dryRun: true });
    await client.cancel(ID, { reason: 'r' });
    await client.failures({ region: 'eu-west-1' });
    await client.figures({ window: '24h' });
    await client.previewReplay({ filter: { status: 'failed' }, reason: 'r' });
    await client.createReplay({ filter: { status: 'failed' }, reason: 'r', ratePerSecond: 5 });
    await client.replayProgress('rpl_1');
    await client.cancelReplay('rpl_1', { reason: 'r' });
    await client.listReplays({ status: 'running' }, { limit: 3 });
    await client.audit({ actor: 'maria' }, { cursor: 'c' });
    await client.doctor();

    expect(api.received.map(({ method, url }) => `${method} ${url}`)).toEqual([
      'POST /v1/onboardings',
      'POST /v1/onboardings?dryRun=true',
      `GET /v1/onboardings/${ID}`,
      `GET /v1/onboardings/${ID}?wait=7`,
      'GET /v1/onboardings?status=failed&q=a%26b&limit=3&cursor=c',
      `GET /v1/onboardings/${ID}/attempts`,
      `POST /v1/onboardings/${ID}/replay`,
      `POST /v1/onboardings/${ID}/replay?dryRun=true`,
      'POST /v1/imports?dryRun=true',
      'POST /v1/imports?delimiter=tab&eventName=%7Bx%7D&map.account=a+b',
      'GET /v1/imports/imp_1/errors?format=csv',
      'POST /v1/imports?dryRun=true&default.region=eu-west-1&errors=csv',
      'GET /v1/stats',
      'GET /readyz',
      'POST /v1/regions/eu-west-1/pause',
      'POST /v1/regions/eu-west-1/resume?dryRun=true',
      'GET /v1/deliveries?status=failed&limit=3&cursor=c',
      'POST /v1/deliveries/evt_1/replay',
      'POST /v1/regions/eu-west-1/drain?dryRun=true',
      `POST /v1/onboardings/${ID}/cancel`,
      'GET /v1/failures?region=eu-west-1',
      'GET /v1/figures?window=24h',
      'POST /v1/replays?dryRun=true',
      'POST /v1/replays',
      'GET /v1/replays/rpl_1',
      'POST /v1/replays/rpl_1/cancel',
      'GET /v1/replays?status=running&limit=3',
      'GET /v1/audit?actor=maria&cursor=c',
      'GET /v1/doctor',
    ]);
    expect(new Set(api.received.map(({ headers }) => headers.authorization))).toEqual(
      new Set([`Bearer ${TOKEN}`]),
    );
    expect(JSON.parse(api.received[0]!.body)).toEqual(REQUEST);
    expect(api.received[8]!.headers['content-type']).toMatch(/^text\/csv/);
  });

  test('a base address with a path keeps it, with and without a slash at its end', async () => {
    const api = await startScriptedApi(() => ({ body: {} }));
    await new OnboardingClient({ url: `${api.url}/tools/onboard` }).stats();
    await new OnboardingClient({ url: `${api.url}/tools/onboard/` }).stats();
    expect(api.received.map(({ url }) => url)).toEqual([
      '/tools/onboard/v1/stats',
      '/tools/onboard/v1/stats',
    ]);
    expect(api.received[0]!.headers.authorization).toBeUndefined();
  });

  test('an id cannot become another path', async () => {
    const api = await startScriptedApi(() => ({ body: {} }));
    await new OnboardingClient({ url: api.url }).get('../stats?x=');
    expect(api.received[0]!.url).toBe('/v1/onboardings/..%2Fstats%3Fx%3D');
  });

  test('a CSV stream is sent as it comes', async () => {
    const api = await startScriptedApi(() => ({ status: 202, body: { rows: 2 } }));
    const parts = ['account,region\n', '000000000101,eu-west-1\n'];
    const stream = new ReadableStream<Uint8Array>({
      pull(controller) {
        const part = parts.shift();
        if (part === undefined) controller.close();
        else controller.enqueue(new TextEncoder().encode(part));
      },
    });
    const answer = await new OnboardingClient({ url: api.url }).importCsv(stream);
    expect(answer).toMatchObject({ ok: true, status: 202, value: { rows: 2 } });
    expect(api.received[0]).toMatchObject({ body: 'account,region\n000000000101,eu-west-1\n' });
    expect(api.received[0]!.headers['transfer-encoding']).toBe('chunked');
  });
});

describe('what comes back', () => {
  test('new and known onboardings are told apart by the status', async () => {
    const api = await startScriptedApi((_request, count) => ({
      status: count === 0 ? 202 : 200,
      body: onboardingJson(),
    }));
    const client = new OnboardingClient({ url: api.url, token: TOKEN });
    expect(await client.enqueue(REQUEST)).toMatchObject({ ok: true, status: 202, value: { id: ID } });
    expect(await client.enqueue(REQUEST)).toMatchObject({ ok: true, status: 200 });
  });

  test('a problem is a value', async () => {
    const api = await startScriptedApi(() => problem(409, 'source_name_taken'));
    expect(await new OnboardingClient({ url: api.url }).enqueue(REQUEST)).toMatchObject({
      ok: false,
      error: {
        kind: 'problem',
        status: 409,
        code: 'source_name_taken',
        detail: 'Because.',
        field: 'account',
      },
    });
  });

  test.each([
    ['a page of HTML', { status: 502, body: '<html>Bad gateway</html>' }],
    ['a redirect to a login page', { status: 303, headers: { location: '/login' }, body: '' }],
    ['a 200 that is not JSON', { status: 200, body: '<html>Welcome to the hotel</html>' }],
    ['a JSON error of another service', { status: 500, body: { error: 'no' } }],
  ] satisfies [string, Scripted][])('%s is not taken for an answer', async (_what, scripted) => {
    const api = await startScriptedApi(() => scripted);
    expect(await new OnboardingClient({ url: api.url }).stats()).toMatchObject({
      ok: false,
      error: { kind: 'unreadable', status: scripted.status },
    });
  });

  test('an upload that is refused before it is read still tells why', async () => {
    const api = await startScriptedApi(() => ({ ...problem(401, 'unauthenticated'), early: true }));
    const endless = new ReadableStream<Uint8Array>({
      pull: (controller) => controller.enqueue(new Uint8Array(65_536)),
    });
    expect(await new OnboardingClient({ url: api.url }).importCsv(endless)).toMatchObject({
      ok: false,
      error: { status: 401, code: 'unauthenticated' },
    });
  });

  test('a service that does not answer is a value with its cause', async () => {
    const url = `http://127.0.0.1:${await freePort()}`;
    const answer = await new OnboardingClient({ url }).stats();
    expect(answer).toMatchObject({ ok: false, error: { kind: 'unreachable', url } });
    expect(String(!answer.ok && answer.error.kind === 'unreachable' && answer.error.cause)).toContain(
      'fetch failed',
    );
  });

  test('an abort is a value with the caller’s own reason', async () => {
    const api = await startScriptedApi(() => ({ body: {} }));
    const reason = new Error('changed my mind');
    const answer = await new OnboardingClient({ url: api.url }).stats({ signal: AbortSignal.abort(reason) });
    expect(answer).toMatchObject({ ok: false, error: { kind: 'aborted', reason } });
    expect(api.received).toEqual([]);
  });

  test.each(['onboard.example.com', 'ftp://onboard.example.com', '/v1', 'http://'])(
    'the address %s is refused at once',
    (url) => {
      expect(() => new OnboardingClient({ url })).toThrow(TypeError);
    },
  );

  test('a token that no header could carry is refused at once, and not shown', () => {
    const open = () => new OnboardingClient({ url: 'http://localhost:3000', token: 'secret-token\n' });
    expect(open).toThrow(TypeError);
    expect(open).not.toThrow(/secret/);
  });

  test('who would rather catch gets exceptions', async () => {
    const api = await startScriptedApi(() => problem(404, 'not_found'));
    const client = new OnboardingClient({ url: api.url });
    const answer = await client.get(ID);
    expect(() => valueOrThrow(answer)).toThrow(OnboardingCallError);
    expect(() => valueOrThrow(answer)).toThrow('not_found: Because.');
    const reason = new Error('enough');
    const aborted = await client.get(ID, { signal: AbortSignal.abort(reason) });
    expect(() => valueOrThrow(aborted)).toThrow(reason);
    expect(valueOrThrow({ ok: true, status: 200, value: 7 })).toBe(7);
  });

  test('a fetch of one’s own is used', async () => {
    const seen: string[] = [];
    const client = new OnboardingClient({
      url: 'https://onboard.example.com',
      fetch: (input) => {
        seen.push(input instanceof URL ? input.href : '');
        return Promise.resolve(Response.json({ status: 'ok', parts: {} }));
      },
    });
    expect(await client.ready()).toMatchObject({ ok: true, value: { status: 'ok' } });
    expect(seen).toEqual(['https://onboard.example.com/readyz']);
  });
});

describe('waitFor', () => {
  test('asks on until the onboarding has ended, through an outage of the ledger', async () => {
    const answers: Scripted[] = [
      { body: onboardingJson({ status: 'queued' }) },
      { ...problem(503, 'ledger_unavailable'), headers: { 'retry-after': '0' } },
      { body: onboardingJson({ status: 'retrying' }) },
      { body: onboardingJson({ status: 'provisioned' }) },
    ];
    const api = await startScriptedApi((_request, count) => answers[count]);
    expect(await new OnboardingClient({ url: api.url }).waitFor(ID)).toMatchObject({
      ok: true,
      value: { status: 'provisioned' },
    });
    expect(api.received).toHaveLength(4);
  });

  test.each(['failed', 'cancelled'])('%s is an end too', async (status) => {
    const api = await startScriptedApi(() => ({ body: onboardingJson({ status }) }));
    expect(await new OnboardingClient({ url: api.url }).waitFor(ID)).toMatchObject({ value: { status } });
  });

  test('an unknown id ends it with the problem', async () => {
    const api = await startScriptedApi(() => problem(404, 'not_found'));
    expect(await new OnboardingClient({ url: api.url }).waitFor(ID)).toMatchObject({
      error: { code: 'not_found' },
    });
  });

  test('a service that is being restarted does not end it', async () => {
    const answers: Scripted[] = [{ lost: true }, { status: 502, body: '<html>' }, { lost: true }];
    const api = await startScriptedApi(
      (_request, count) => answers[count] ?? { body: onboardingJson({ status: 'provisioned' }) },
    );
    expect(await new OnboardingClient({ url: api.url }).waitFor(ID)).toMatchObject({ ok: true });
    expect(api.received).toHaveLength(4);
  });

  test('a service that asks to wait for longer than an outage may last ends it', async () => {
    const api = await startScriptedApi(() => ({
      ...problem(429, 'too_many_requests'),
      headers: { 'retry-after': '60' },
    }));
    expect(await new OnboardingClient({ url: api.url }).waitFor(ID)).toMatchObject({
      error: { code: 'too_many_requests', retryAfterSeconds: 60 },
    });
  });

  test('an abort between two questions ends it', async () => {
    const stop = new AbortController();
    const reason = new Error('enough');
    const api = await startScriptedApi(() => {
      setTimeout(() => stop.abort(reason), 50);
      return { body: onboardingJson() };
    });
    const waiting = new OnboardingClient({ url: api.url }).waitFor(ID, { signal: stop.signal });
    expect(await waiting).toMatchObject({ ok: false, error: { kind: 'aborted', reason } });
  });
});

describe('list', () => {
  test('yields every page’s items', async () => {
    const api = await startScriptedApi(({ url }) => ({
      body: url.includes('cursor=next')
        ? { items: [onboardingJson({ id: 'onb_b' })], nextCursor: null }
        : { items: [onboardingJson({ id: 'onb_a' })], nextCursor: 'next' },
    }));
    const ids: string[] = [];
    for await (const answer of new OnboardingClient({ url: api.url }).list({ region: 'eu-west-1' }))
      ids.push(valueOrThrow(answer).id);
    expect(ids).toEqual(['onb_a', 'onb_b']);
    expect(api.received.every(({ url }) => url.includes('region=eu-west-1'))).toBe(true);
  });

  test('ends with the error that it met in its middle', async () => {
    const api = await startScriptedApi((_request, count) =>
      count === 0
        ? { body: { items: [onboardingJson()], nextCursor: 'x' } }
        : problem(503, 'ledger_unavailable'),
    );
    const answers: unknown[] = [];
    for await (const answer of new OnboardingClient({ url: api.url }).list()) answers.push(answer);
    expect(answers).toMatchObject([
      { ok: true, value: { id: ID } },
      { ok: false, error: { kind: 'problem', code: 'ledger_unavailable' } },
    ]);
  });
});
