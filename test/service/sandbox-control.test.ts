import {
  CreatePartnerEventSourceCommand,
  DeletePartnerEventSourceCommand,
  DescribePartnerEventSourceCommand,
  ListPartnerEventSourceAccountsCommand,
  type EventBridgeClient,
} from '@aws-sdk/client-eventbridge';
import { once } from 'node:events';
import { request as httpRequest, type IncomingMessage } from 'node:http';
import { json } from 'node:stream/consumers';
import { describe, expect, it } from 'vitest';
import { foreignPart } from '../../src/sandbox/control-route.ts';
import { control, sandboxForTest, sdkClient } from '../support/sandbox.ts';

const ACME = '123456789012';
const source = (lastSegment: string): string => `aws.partner/acme.example/tenant-1/${lastSegment}`;
const DAY_MS = 24 * 3_600_000;

/** `ok`, or the name of the SDK's error. */
const create = (client: EventBridgeClient, lastSegment: string): Promise<string> =>
  client.send(new CreatePartnerEventSourceCommand({ Name: source(lastSegment), Account: ACME })).then(
    () => 'ok',
    (error: unknown) => (error as Error).name,
  );

const state = async (client: EventBridgeClient, lastSegment: string): Promise<string> => {
  const list = new ListPartnerEventSourceAccountsCommand({ EventSourceName: source(lastSegment) });
  return client.send(list).then(
    ({ PartnerEventSourceAccounts }) => PartnerEventSourceAccounts![0]!.State!,
    (error: unknown) => (error as Error).name,
  );
};

describe('POST /__sandbox/mode', () => {
  it('breaks one Region for every operation until it is healed', async () => {
    const sandbox = await sandboxForTest();
    const [broken, sound] = [sdkClient(sandbox, 'us-east-1'), sdkClient(sandbox, 'eu-west-1')];
    await control(sandbox, 'mode', { region: 'us-east-1', error: 'OperationDisabledException' });
    expect(await create(broken, 'a')).toBe('OperationDisabledException');
    expect(await state(broken, 'a')).toBe('OperationDisabledException');
    expect(await create(sound, 'a')).toBe('ok');
    await control(sandbox, 'mode', { region: 'us-east-1', error: null });
    expect(await create(broken, 'a')).toBe('ok');
  });

  it('breaks and heals every Region when none is named', async () => {
    const sandbox = await sandboxForTest();
    const client = sdkClient(sandbox, 'ap-south-1');
    await control(sandbox, 'mode', { error: 'InternalException' });
    expect(await create(client, 'a')).toBe('InternalException');
    await control(sandbox, 'mode', { error: 'NeverHeardOfException', region: 'ap-south-1' });
    expect(await create(client, 'a')).toBe('NeverHeardOfException');
    await control(sandbox, 'mode', { error: null });
    expect(await create(client, 'a')).toBe('ok');
  });

  it.each([
    ['reset', 'TimeoutError'],
    ['html', 'SyntaxError'],
  ])('can break the wire itself: %s', async (error, name) => {
    const sandbox = await sandboxForTest();
    await control(sandbox, 'mode', { region: 'us-east-1', error });
    expect(await create(sdkClient(sandbox), 'a')).toBe(name);
  });

  it('spends no scripted fault while the Region is broken', async () => {
    const sandbox = await sandboxForTest();
    const client = sdkClient(sandbox);
    await control(sandbox, 'mode', { error: 'InternalException' });
    await create(client, 'cme-1');
    await control(sandbox, 'mode', { error: null });
    expect(await create(client, 'cme-1')).toBe('ConcurrentModificationException');
  });
});

describe('POST /__sandbox/quota', () => {
  it('throttles beyond the burst and lets calls through again as tokens come back', async () => {
    let nowMs = Date.now();
    const sandbox = await sandboxForTest({ now: () => nowMs });
    const client = sdkClient(sandbox);
    await control(sandbox, 'quota', { perSecond: 1, burst: 2 });
    expect([await create(client, 'a'), await create(client, 'b'), await create(client, 'c')]).toEqual([
      'ok',
      'ok',
      'ThrottlingException',
    ]);
    nowMs += 1000;
    expect(await create(client, 'c')).toBe('ok');
    await control(sandbox, 'quota', { perSecond: null });
    expect([await create(client, 'd'), await create(client, 'e')]).toEqual(['ok', 'ok']);
  });

  it('is kept per Region, and a Region can have its own', async () => {
    const nowMs = Date.now();
    const sandbox = await sandboxForTest({ now: () => nowMs });
    const [tight, wide] = [sdkClient(sandbox, 'us-east-1'), sdkClient(sandbox, 'eu-west-1')];
    await control(sandbox, 'quota', { perSecond: 1, burst: 1, region: 'us-east-1' });
    expect([await create(tight, 'a'), await create(tight, 'b')]).toEqual(['ok', 'ThrottlingException']);
    expect([await create(wide, 'a'), await create(wide, 'b')]).toEqual(['ok', 'ok']);
  });
});

describe('POST /__sandbox/latency', () => {
  it('holds every answer back', async () => {
    const sandbox = await sandboxForTest({ random: () => 1 });
    await control(sandbox, 'latency', { ms: 60, jitterMs: 40 });
    const startedAt = performance.now();
    expect(await create(sdkClient(sandbox), 'a')).toBe('ok');
    // A timer may fire a millisecond early.
    expect(performance.now() - startedAt).toBeGreaterThanOrEqual(98);
  });

  it('does not delay closing', async () => {
    const sandbox = await sandboxForTest();
    await control(sandbox, 'latency', { ms: 600_000 });
    const cut = create(sdkClient(sandbox), 'a');
    await new Promise<void>((resolve) => setImmediate(resolve));
    await sandbox.close();
    expect(['TimeoutError', 'Error']).toContain(await cut);
  });
});

describe("a source's life", () => {
  it('ends when the clock passes its expiry, and the name is free again', async () => {
    const sandbox = await sandboxForTest();
    const client = sdkClient(sandbox);
    await create(client, 'a');
    await control(sandbox, 'clock', { advanceMs: 6 * DAY_MS });
    expect(await state(client, 'a')).toBe('PENDING');
    await control(sandbox, 'clock', { advanceMs: DAY_MS });
    expect(await state(client, 'a')).toBe('ResourceNotFoundException');
    expect(sandbox.books.sources()).toEqual([]);
    expect(await create(client, 'a')).toBe('ok');
  });

  it('is told by a clock that continues from a set instant', async () => {
    const sandbox = await sandboxForTest({ now: () => 1_000 });
    const reply = await control(sandbox, 'clock', { nowMs: Date.parse('2030-01-01T00:00:00Z') });
    expect(reply.body['bookClock']).toBe('2030-01-01T00:00:00.000Z');
  });

  it('goes accepted, detached, accepted, deleted, created again with the old bus', async () => {
    const sandbox = await sandboxForTest();
    const client = sdkClient(sandbox);
    const ref = { region: 'us-east-1', name: source('a') };
    await create(client, 'a');
    await control(sandbox, 'accept', ref);
    await control(sandbox, 'clock', { advanceMs: 300 * DAY_MS });
    expect(await state(client, 'a')).toBe('ACTIVE');
    await control(sandbox, 'detach', ref);
    expect(await state(client, 'a')).toBe('PENDING');
    await control(sandbox, 'accept', ref);
    await client.send(new DeletePartnerEventSourceCommand({ Name: source('a'), Account: ACME }));
    expect(await state(client, 'a')).toBe('DELETED');
    const describe = new DescribePartnerEventSourceCommand({ Name: source('a') });
    await expect(client.send(describe)).rejects.toMatchObject({ name: 'ResourceNotFoundException' });
    expect(await create(client, 'a')).toBe('ok');
    expect(sandbox.books.sources()).toMatchObject([{ state: 'PENDING', oldBus: true }]);
  });

  it('cannot be accepted twice', async () => {
    const sandbox = await sandboxForTest();
    const ref = { region: 'us-east-1', name: source('a') };
    await create(sdkClient(sandbox), 'a');
    await control(sandbox, 'accept', ref);
    const again = await control(sandbox, 'accept', ref);
    expect(again).toEqual({
      status: 400,
      body: { field: 'name', error: 'The source is ACTIVE and not PENDING.' },
    });
    expect(sandbox.books.sources()).toMatchObject([{ state: 'ACTIVE' }]);
  });

  it('can be cut short', async () => {
    const sandbox = await sandboxForTest();
    const client = sdkClient(sandbox);
    await create(client, 'a');
    expect(await control(sandbox, 'expire', { region: 'us-east-1', name: source('a') })).toEqual({
      status: 200,
      body: { source: null },
    });
    expect(await state(client, 'a')).toBe('ResourceNotFoundException');
  });
});

describe('looking in', () => {
  it('shows books and calls over HTTP, filtered', async () => {
    const sandbox = await sandboxForTest();
    await create(sdkClient(sandbox, 'us-east-1'), 'cme-1');
    await create(sdkClient(sandbox, 'us-east-1'), 'cme-1');
    await create(sdkClient(sandbox, 'eu-west-1'), 'b');
    const get = async (path: string): Promise<unknown> =>
      (await fetch(`${sandbox.url}/__sandbox${path}`)).json();
    expect(await get(`/books?region=us-east-1&name=${source('cme-1')}`)).toMatchObject({
      sources: [{ region: 'us-east-1', name: source('cme-1'), account: ACME, state: 'PENDING' }],
    });
    expect(await get('/books?region=eu-west-1')).toMatchObject({ sources: [{ name: source('b') }] });
    expect(await get(`/calls?name=${source('cme-1')}&region=us-east-1`)).toMatchObject({
      creates: 2,
      counts: [
        { answer: 'ConcurrentModificationException', count: 1, applied: 0 },
        { answer: 'ok', count: 1, applied: 1 },
      ],
      recent: [{ applied: false }, { applied: true }],
    });
    expect(await get('')).toMatchObject({ settings: { modes: {}, quotas: {}, latency: { ms: 0 } } });
  });

  it('remembers the newest thousand calls and counts all of them', async () => {
    const sandbox = await sandboxForTest();
    const client = sdkClient(sandbox);
    for (let index = 0; index < 1010; index += 1) await create(client, `n${index}`);
    const { recent, counts } = sandbox.books.calls();
    expect([recent.length, recent[0]?.name, recent.at(-1)?.name]).toEqual([
      1000,
      source('n10'),
      source('n1009'),
    ]);
    expect(counts).toMatchObject([{ count: 1010, applied: 1010 }]);
  });

  it('forgets everything on reset', async () => {
    const sandbox = await sandboxForTest();
    const client = sdkClient(sandbox);
    await create(client, 'cme-1');
    await control(sandbox, 'mode', { error: 'InternalException' });
    await control(sandbox, 'reset');
    expect(await create(client, 'cme-1')).toBe('ConcurrentModificationException');
    expect(sandbox.books.calls().counts).toMatchObject([{ count: 1 }]);
  });
});

describe('settings that cannot be taken', () => {
  it.each<[path: string, body: unknown, field: string]>([
    ['mode', {}, 'error'],
    ['mode', { error: 5 }, 'error'],
    ['mode', { error: 'Not a name' }, 'error'],
    ['mode', { error: 'InternalException', region: 'mars' }, 'region'],
    ['mode', { error: null, Region: 'us-east-1' }, 'Region'],
    ['quota', {}, 'perSecond'],
    ['quota', { perSecond: 0 }, 'perSecond'],
    ['quota', { perSecond: '5' }, 'perSecond'],
    ['quota', { perSecond: 5, burst: 0 }, 'burst'],
    ['latency', { ms: -1 }, 'ms'],
    ['latency', {}, 'ms'],
    ['clock', {}, 'advanceMs'],
    ['clock', { nowMs: 1e300 }, 'nowMs'],
    ['clock', { skewMs: null }, 'skewMs'],
    ['accept', { name: source('a') }, 'region'],
    ['accept', { region: 'us-east-1', name: 'a' }, 'name'],
    ['accept', { region: 'us-east-1', name: source('missing') }, 'name'],
    ['detach', { region: 'us-east-1', name: source('missing') }, 'name'],
    ['expire', { region: 'us-east-1', name: source('missing') }, 'name'],
    ['reset', { everything: true }, 'everything'],
    ['mode', '[1]', 'body'],
    ['mode', 'nonsense', 'body'],
    ['mode', '{"__proto__": 1, "error": null}', '__proto__'],
  ])('%s %j is refused and names %s', async (path, body, field) => {
    const reply = await control(await sandboxForTest(), path, body);
    expect(reply).toEqual({ status: 400, body: { field, error: expect.stringMatching(/.{10,}/) as string } });
  });

  it('moves no clock when one of two is wrong', async () => {
    const sandbox = await sandboxForTest({ now: () => 0 });
    await control(sandbox, 'clock', { advanceMs: 5, skewMs: 'x' });
    const settings: unknown = await (await fetch(`${sandbox.url}/__sandbox`)).json();
    expect(settings).toMatchObject({ bookClock: '1970-01-01T00:00:00.000Z' });
  });

  it('tells the endpoints and the methods there are', async () => {
    const { url } = await sandboxForTest();
    const missing = await fetch(`${url}/__sandbox/nope`);
    expect([missing.status, await missing.text()]).toEqual([
      404,
      expect.stringContaining('POST /__sandbox/mode'),
    ]);
    expect((await fetch(`${url}/__sandbox/mode`)).status).toBe(405);
    expect((await fetch(`${url}/__sandbox/books`, { method: 'POST' })).status).toBe(405);
  });
});

describe('control endpoints and web pages', () => {
  /** As a browser sends it: fetch would not let a program choose these headers. */
  async function send(
    { port }: { port: number },
    { path = 'reset', method = 'POST', ...headers }: Record<string, string>,
  ): Promise<{ status: number; body: unknown }> {
    const sent = httpRequest({ host: '127.0.0.1', port, path: `/__sandbox/${path}`, method, headers });
    sent.end(method === 'POST' ? '{}' : undefined);
    const [response] = (await once(sent, 'response')) as [IncomingMessage];
    return { status: response.statusCode ?? 0, body: await json(response) };
  }

  it.each([
    'http://evil.example',
    'https://127.0.0.1',
    'http://127.0.0.1',
    'http://localhost:1',
    'http://127.0.0.1.evil.example',
    'null',
    '',
  ])('a page of another origin is refused, and changes nothing: "%s"', async (origin) => {
    const sandbox = await sandboxForTest();
    await create(sdkClient(sandbox), 'kept');
    for (const type of ['text/plain', 'application/x-www-form-urlencoded', 'application/json']) {
      const refused = await send(sandbox, { origin, 'content-type': type });
      expect(refused).toMatchObject({ status: 403, body: { field: 'origin' } });
    }
    expect(sandbox.books.sources()).toHaveLength(1);
  });

  it.each([
    'evil.example',
    'localhost.evil.example',
    '127.0.0.1.evil.example',
    '127.0.0.1@evil.example',
    'evil.example@127.0.0.1',
    '10.0.0.1',
    '0.0.0.0',
    '[::2]',
    'localhost evil.example',
  ])('a page whose name was made to lead here is refused, whatever it asks: %s', async (host) => {
    const sandbox = await sandboxForTest();
    await create(sdkClient(sandbox), 'kept');
    const named = `${host}:${sandbox.port}`;
    for (const headers of [{ host }, { host: named }, { host: named, origin: `http://${named}` }]) {
      expect(await send(sandbox, headers)).toMatchObject({ status: 403, body: { field: 'host' } });
      const look = await send(sandbox, { ...headers, method: 'GET', path: 'books' });
      expect(look).toMatchObject({ status: 403, body: { field: 'host' } });
    }
    expect(sandbox.books.sources()).toHaveLength(1);
  });

  it.each(['127.0.0.1', '127.9.9.9', 'localhost', 'LOCALHOST', '[::1]'])(
    'who calls it by %s is answered, and so is a page of its own',
    async (host) => {
      const sandbox = await sandboxForTest();
      const named = `${host}:${sandbox.port}`;
      for (const headers of [{ host }, { host: named }, { host: named, origin: `http://${named}` }])
        expect((await send(sandbox, headers)).status).toBe(200);
    },
  );

  it('one that listens everywhere is called by the address that the call came in at', async () => {
    const sandbox = await sandboxForTest({ host: '::' });
    expect((await send(sandbox, { host: `127.0.0.1:${sandbox.port}` })).status).toBe(200);
    expect((await send(sandbox, { host: `evil.example:${sandbox.port}` })).status).toBe(403);
    const seen = { headers: { host: '192.0.2.7:4010' }, socket: { localAddress: '::ffff:192.0.2.7' } };
    expect(foreignPart(seen, '::')).toBeUndefined();
    const other = { headers: { host: '192.0.2.8:4010' }, socket: { localAddress: '::ffff:192.0.2.7' } };
    expect(foreignPart(other, '::')).toMatchObject({ field: 'host' });
  });

  it('the host that it was told to listen on is its own', () => {
    const seen = { headers: { host: 'Sandbox.internal:4010' }, socket: { localAddress: '10.0.0.9' } };
    expect(foreignPart(seen, 'sandbox.internal')).toBeUndefined();
    const literal = { headers: { host: '[2001:db8::9]:4010' }, socket: { localAddress: '10.0.0.9' } };
    expect(foreignPart(literal, '2001:db8::9')).toBeUndefined();
  });
});
