import type { InjectOptions } from 'fastify';
import { afterAll, beforeAll, describe, expect, it, onTestFinished } from 'vitest';
import { createSideApp } from '../../src/api/http/server.ts';
import { openDoor } from '../support/console.ts';
import { exchange } from '../support/raw-http.ts';
import { registeredRoutes } from '../support/registered-routes.ts';
import { request, startService, TOKENS, type RunningService } from '../support/running-service.ts';

let service: RunningService;
beforeAll(async () => {
  service = await startService({ workers: [], stopWith: afterAll });
});

interface Seen {
  readonly status: number;
  readonly code: string | undefined;
  readonly retryAfter: number;
}

async function look(options: InjectOptions & { token?: string | null }, at = service): Promise<Seen> {
  const reply = await at.call({ url: '/v1/stats', ...options });
  const code = reply.statusCode < 400 ? undefined : (JSON.parse(reply.body) as { code: string }).code;
  return { status: reply.statusCode, code, retryAfter: Number(reply.headers['retry-after']) };
}

/** A page says in words what a problem document says by its code. */
async function lookAtPage(
  options: InjectOptions & { token?: string | null },
  at: RunningService,
): Promise<Seen> {
  const reply = await at.call(options);
  return { status: reply.statusCode, code: undefined, retryAfter: Number(reply.headers['retry-after']) };
}

async function loginCookie(at: RunningService): Promise<string> {
  const reply = await at.call({
    method: 'POST',
    url: '/login',
    token: null,
    headers: { 'content-type': 'application/x-www-form-urlencoded' },
    payload: `token=${TOKENS.viewer}`,
  });
  return String(reply.headers['set-cookie']).split(';')[0] ?? '';
}

const postJson = async (payload: string | Buffer, headers: Record<string, string> = {}): Promise<Seen> =>
  look({
    method: 'POST',
    url: '/v1/onboardings',
    payload,
    headers: { 'content-type': 'application/json', ...headers },
  });

describe('wrong tokens', () => {
  const wrong = { token: 'wrong-token-0123456789' };

  it('are held to 20 a minute and address, and a right one is taken all the same', async () => {
    const from = { remoteAddress: '192.0.2.1' };
    for (let n = 0; n < 20; n += 1) expect((await look({ ...wrong, ...from })).status).toBe(401);
    const held = await look({ ...wrong, ...from });
    expect(held).toMatchObject({ status: 429, code: 'too_many_requests' });
    expect(held.retryAfter).toBeGreaterThanOrEqual(1);
    expect(held.retryAfter).toBeLessThanOrEqual(60);
    await look({ ...wrong, ...from });
    expect((await look(from)).status).toBe(200);
    expect((await look({ ...wrong, remoteAddress: '192.0.2.2' })).status).toBe(401);
    const lines = service.log.lines.filter(({ message }) => message === 'http.wrong_tokens');
    expect(lines).toMatchObject([{ level: 'warn', fields: { address: '192.0.2.1' } }]);
  });

  it('count for a whole IPv6 network, and requests without a token do not count', async () => {
    for (let n = 0; n < 25; n += 1)
      expect((await look({ token: null, remoteAddress: '2001:db8:0:7::1' })).status).toBe(401);
    for (let n = 0; n < 20; n += 1) await look({ ...wrong, remoteAddress: `2001:db8:0:7::${n}` });
    expect((await look({ ...wrong, remoteAddress: '2001:db8:0:7::99' })).status).toBe(429);
    expect((await look({ ...wrong, remoteAddress: '2001:db8:0:8::1' })).status).toBe(401);
  });

  it('cannot be sent under other names: X-Forwarded-For is not believed by default', async () => {
    const from = (n: number): InjectOptions => ({
      remoteAddress: '192.0.2.3',
      headers: { 'x-forwarded-for': `198.51.100.${n}` },
    });
    for (let n = 0; n < 20; n += 1) await look({ ...wrong, ...from(n) });
    expect((await look({ ...wrong, ...from(99) })).status).toBe(429);
  });
});

describe.each(['true', '203.0.113.0/24,2001:db8:ffff::1'])('wrong tokens with TRUST_PROXY=%s', (trust) => {
  let proxied: RunningService;
  beforeAll(async () => {
    proxied = await startService({ workers: [], env: { TRUST_PROXY: trust }, stopWith: afterAll });
  });

  const send = async (proxy: string, forwarded: string): Promise<number> => {
    const headers = { 'x-forwarded-for': forwarded };
    return (await look({ token: 'wrong-token-0123456789', remoteAddress: proxy, headers }, proxied)).status;
  };
  /** The statuses of 20 wrong tokens, and that of one more. */
  const send21 = async (proxy: string, forwarded: (n: number) => string): Promise<[Set<number>, number]> => {
    const first = new Set<number>();
    for (let n = 1; n <= 20; n += 1) first.add(await send(proxy, forwarded(n)));
    return [first, await send(proxy, forwarded(21))];
  };
  const HELD = [new Set([401]), 429];

  it('count for the caller whom the proxy saw, not whom he claims to be', async () => {
    expect(await send21('203.0.113.1', (n) => `10.1.1.${n}, 198.51.100.1`)).toEqual(HELD);
    expect(await send('203.0.113.1', '198.51.100.1, 198.51.100.2')).toBe(401);
  });

  it.each([
    ['203.0.113.11', 'a port', (n: number) => `198.51.100.11:${10_000 + n}`],
    [
      '203.0.113.12',
      'either form of IPv4',
      (n: number) => ['198.51.100.12', '[::ffff:c633:640c]:1'][n % 2] ?? '',
    ],
    ['203.0.113.13', 'a zone and a port', (n: number) => `[2001:db8:0:13::1%eth${n}]:${n}`],
    ['203.0.113.14', 'an address of its own in one IPv6 network', (n: number) => `2001:db8:0:14::${n}`],
  ])('through %s count once for a caller who is written with %s', async (proxy, _what, entry) => {
    expect(await send21(proxy, (n) => `10.1.1.${n},${entry(n)}`)).toEqual(HELD);
    expect(await send(proxy, '198.51.100.99')).toBe(401);
  });

  it.each([
    ['203.0.113.21', 'no address', (n: number) => `10.1.1.${n}, unknown-${n}`],
    ['203.0.113.22', 'an address that is none', (n: number) => `10.1.1.${n}, 198.51.100.1:port-${n}`],
    ['203.0.113.23', 'empty entries', (n: number) => ' ,'.repeat(n)],
    ['2001:db8:ffff::1', 'nothing', () => ''],
  ])('count for the proxy %s itself where it writes %s', async (proxy, _what, entry) => {
    expect(await send21(proxy, entry)).toEqual(HELD);
    expect(await send(proxy, '198.51.100.98')).toBe(401);
  });
});

it('of several X-Forwarded-For headers the last one counts', async () => {
  const proxied = await startService({ workers: [], env: { TRUST_PROXY: 'true' } });
  const door = await openDoor(proxied);
  onTestFinished(() => door.close(0));
  const statuses: (number | undefined)[] = [];
  for (let n = 1; n <= 21; n += 1) {
    const head = [
      'GET /v1/stats HTTP/1.1',
      'host: localhost',
      'authorization: Bearer wrong-token-0123456789',
      `x-forwarded-for: 10.0.0.${n}`,
      `x-forwarded-for: 198.51.100.1:${n}`,
      'connection: close',
    ];
    statuses.push((await exchange(door.url, Buffer.from(`${head.join('\r\n')}\r\n\r\n`)))?.status);
  }
  expect(statuses).toEqual([...Array<number>(20).fill(401), 429]);
});

it('a proxy that another one names with its port is known: the caller before it counts', async () => {
  const proxied = await startService({ workers: [], env: { TRUST_PROXY: '203.0.113.0/24' } });
  const from = (caller: string, n: number): InjectOptions => ({
    remoteAddress: '203.0.113.1',
    headers: { 'x-forwarded-for': `10.0.0.1, ${caller}:${n}, 203.0.113.2:${n}` },
  });
  const wrong = { token: 'wrong-token-0123456789' };
  for (let n = 0; n < 20; n += 1) await look({ ...wrong, ...from('198.51.100.1', n) }, proxied);
  expect((await look({ ...wrong, ...from('198.51.100.1', 20) }, proxied)).status).toBe(429);
  expect((await look({ ...wrong, ...from('198.51.100.2', 20) }, proxied)).status).toBe(401);
  const lines = proxied.log.lines.filter(({ message }) => message === 'http.wrong_tokens');
  expect(lines).toMatchObject([{ fields: { address: '198.51.100.1' } }]);
});

describe('HTTP_RATE_PER_SECOND', () => {
  it('holds each token to its rate, and counts refused calls too', async () => {
    const held = await startService({ workers: [], env: { HTTP_RATE_PER_SECOND: '5' } });
    const burst = async (token: string): Promise<Seen[]> =>
      Promise.all(Array.from({ length: 15 }, () => look({ token }, held)));
    // A window may end in the middle of a burst, so twice the rate may pass, and never all.
    const admin = await burst(TOKENS.admin);
    const passed = admin.filter(({ status }) => status === 200).length;
    expect(passed).toBeGreaterThanOrEqual(5);
    expect(passed).toBeLessThanOrEqual(10);
    const refused = admin.filter(({ status }) => status !== 200);
    expect(new Set(refused.map(({ code }) => code))).toEqual(new Set(['too_many_requests']));
    expect(refused.every(({ retryAfter }) => retryAfter === 1)).toBe(true);
    expect((await look({ token: TOKENS.viewer }, held)).status).toBe(200);
    expect((await burst(TOKENS.signup)).map(({ status }) => status)).toEqual(
      expect.arrayContaining([403, 429]),
    );
    expect((await look({ url: '/readyz', token: null }, held)).status).toBe(200);
  });

  it('counts logins too, together with what else is done with the token', async () => {
    const held = await startService({ workers: [], env: { HTTP_RATE_PER_SECOND: '5' } });
    const login = (n: number): Promise<Seen> =>
      lookAtPage(
        {
          method: 'POST',
          url: '/login',
          token: null,
          headers: { 'content-type': 'application/x-www-form-urlencoded' },
          payload: `token=${TOKENS.viewer}`,
          remoteAddress: `192.0.2.${n}`,
        },
        held,
      );
    const logins = await Promise.all(Array.from({ length: 15 }, (_, n) => login(n)));
    const passed = logins.filter(({ status }) => status === 303).length;
    expect(passed).toBeGreaterThanOrEqual(5);
    expect(passed).toBeLessThanOrEqual(10);
    const refused = logins.filter(({ status }) => status !== 303);
    expect(refused.every(({ status, retryAfter }) => status === 429 && retryAfter === 1)).toBe(true);
  });

  it('counts a login page that a login asks for', async () => {
    const held = await startService({ workers: [], env: { HTTP_RATE_PER_SECOND: '5' } });
    const cookie = await loginCookie(held);
    const page = { url: '/login', token: null, headers: { cookie } };
    const seen = await Promise.all(Array.from({ length: 15 }, () => lookAtPage(page, held)));
    const statuses = seen.map(({ status }) => status);
    expect(statuses).toEqual(expect.arrayContaining([303, 429]));
    expect(statuses.filter((status) => status === 303).length).toBeLessThanOrEqual(10);
  });

  it('is off by default', async () => {
    const all = await Promise.all(Array.from({ length: 300 }, () => look({ url: '/v1/onboardings/none' })));
    expect(new Set(all.map(({ status }) => status))).toEqual(new Set([404]));
  });
});

describe('a body', () => {
  it('over 1 MB is refused, announced or not', async () => {
    const big = Buffer.alloc(1_048_577, ' ');
    expect(await postJson(big)).toMatchObject({ status: 413, code: 'body_too_large' });
    expect(await postJson(big, { 'transfer-encoding': 'chunked' })).toMatchObject({ status: 413 });
  });

  it.each(['gzip', 'br', 'x-unheard-of', 'identity, gzip'])('is not unpacked: %s', async (encoding) => {
    expect(await postJson('{}', { 'content-encoding': encoding })).toMatchObject({
      status: 415,
      code: 'unsupported_media_type',
    });
  });

  it.each([
    ['nested lists', '['.repeat(500_000) + ']'.repeat(500_000)],
    ['nested lists that nothing closes', '['.repeat(1_000_000)],
    ['nested objects', '{"a":'.repeat(150_000) + '1' + '}'.repeat(150_000)],
    ['empty lists', `[${Array(300_000).fill('[]').join(',')}]`],
    ['empty objects', `[${Array(300_000).fill('{}').join(',')}]`],
    ['numbers', `[${Array(500_000).fill('0').join(',')}]`],
    ['one member again and again', `{${Array(170_000).fill('"a":0').join(',')}}`],
    ['members', `{${Array.from({ length: 110_000 }, (_, n) => `"${n.toString(36)}":0`).join(',')}}`],
  ])('is refused before it is parsed, wherever it stands: a megabyte of %s', async (_what, hostile) => {
    const refused = { status: 413, code: 'json_too_complex' };
    expect(await postJson(hostile)).toMatchObject(refused);
    for (const field of ['account', 'sourceName', 'lane', 'metadata', 'callbackUrl', 'nothing-of-ours'])
      expect(await postJson(`{"${field}":${hostile}}`.slice(0, 1_048_576)), field).toMatchObject(refused);
  });

  it('of a kind that no route takes is not read: text, or JSON where there are forms', async () => {
    const refused = { status: 415, code: 'unsupported_media_type' };
    expect(await postJson('{}', { 'content-type': 'text/plain' })).toMatchObject(refused);
    const login = await service.call({
      method: 'POST',
      url: '/login',
      token: null,
      payload: '{"token":"admin-0123456789abc"}',
      headers: { 'content-type': 'application/json' },
    });
    expect(login.statusCode).toBe(415);
    expect(login.headers['set-cookie']).toBeUndefined();
  });
});

it('a body is not read on the port of the figures, which takes none', async () => {
  const side = await createSideApp({
    log: service.log,
    observability: {
      readiness: () => Promise.reject(new Error('not asked')),
      scrape: () => Promise.reject(new Error('not asked')),
    },
  });
  onTestFinished(() => side.close());
  for (const type of ['application/json', 'text/plain']) {
    const headers = { 'content-type': type };
    const call = { method: 'POST', url: '/metrics', payload: '['.repeat(100), headers } as const;
    expect((await side.inject(call)).statusCode, type).toBe(404);
  }
});

describe('every call that takes JSON', () => {
  const calls = (): readonly { method: string; url: string }[] =>
    registeredRoutes(service.app)
      .filter(({ method, path }) => !['GET', 'HEAD', 'OPTIONS'].includes(method) && path.startsWith('/v1/'))
      .filter(({ path }) => path !== '/v1/imports')
      .map(({ method, path }) => ({ method, url: path.replace(':region', 'us-east-1').replace(':id', 'x') }));

  it('has a bound on depth and on values', async () => {
    expect(calls().length).toBeGreaterThan(8);
    const headers = { 'content-type': 'application/json' };
    for (const call of calls()) {
      for (const payload of ['['.repeat(100_000), `[${Array(200_000).fill('0').join(',')}]`])
        expect(await look({ ...call, payload, headers }), call.url).toMatchObject({
          status: 413,
          code: 'json_too_complex',
        });
    }
  });
});

describe('a page of the raw queues', () => {
  const QUEUE = '/queues/api/queues?activeQueue=onboarding-us-east-1-live&status=prioritized';
  interface Board {
    readonly queues: readonly { name: string; jobs: readonly unknown[]; pagination: { pageCount: number } }[];
  }
  const jobsAt = async (query: string): Promise<readonly [status: number, jobs: number, pages: number]> => {
    const reply = await service.call({ url: `${QUEUE}&${query}` });
    const queues = reply.statusCode === 200 ? (JSON.parse(reply.body) as Board).queues : [];
    const queue = queues.find(({ name }) => name === 'onboarding-us-east-1-live');
    return [reply.statusCode, queue?.jobs.length ?? 0, queue?.pagination.pageCount ?? 0];
  };
  beforeAll(async () => {
    const payload = Array.from({ length: 150 }, () => request('queued'));
    await service.call({ method: 'POST', url: '/v1/onboardings/batch', payload });
  });

  it('holds at most 100 jobs, however many are asked for', async () => {
    for (const count of ['100', '101', '1e9', '0x100', '101.5', 'Infinity'])
      expect([count, ...(await jobsAt(`jobsPerPage=${count}`))]).toEqual([count, 200, 100, 2]);
    expect(await jobsAt('jobsPerPage=99')).toEqual([200, 99, 2]);
  });

  it('is empty where there is none, whatever its number', async () => {
    for (const page of ['3', '1000001', '1e20', '1e300', 'Infinity'])
      expect([page, ...(await jobsAt(`jobsPerPage=100&page=${page}`))]).toEqual([page, 200, 0, 2]);
    expect(service.log.lines.filter(({ message }) => message === 'http.failed')).toEqual([]);
  });

  it.each(['0', '-1', 'NaN', '1.5', 'ten'])('is refused where it cannot be counted: %s', async (count) => {
    expect((await jobsAt(`jobsPerPage=${count}`))[0]).toBe(400);
    expect((await jobsAt(`page=${count}`))[0]).toBe(400);
  });

  it('of a queue whose name cannot be decoded is refused, and Redis is not blamed', async () => {
    const reply = await service.call({ url: '/queues/api/queues?activeQueue=%25' });
    expect(reply.statusCode).toBe(400);
    expect(JSON.parse(reply.body)).toMatchObject({ code: 'invalid_request' });
    expect(service.log.lines.filter(({ message }) => message === 'http.failed')).toEqual([]);
  });
});

describe('every answer', () => {
  const SAFE = {
    'cache-control': 'no-store',
    'content-security-policy': expect.stringContaining("frame-ancestors 'none'") as string,
    'referrer-policy': 'no-referrer',
    'x-content-type-options': 'nosniff',
    'x-frame-options': 'DENY',
  };

  it.each([
    ['200', '/v1/stats', TOKENS.admin],
    ['openapi', '/openapi.json', null],
    ['401', '/v1/stats', null],
    ['403', '/v1/stats', TOKENS.signup],
    ['404', '/v1/onboardings/none', TOKENS.admin],
    ['no such address', '/nothing-here', null],
    ['broken address', '/%zz', null],
    ['long id', `/v1/onboardings/${'a'.repeat(300)}`, TOKENS.admin],
    ['raw queues', '/queues', TOKENS.admin],
    ['raw queues, 401', '/queues', null],
    ['their API', '/queues/api/queues', TOKENS.admin],
  ])('has safe headers and names no product: %s', async (_what, url, token) => {
    const { headers } = await service.call({ url, token });
    expect(headers).toMatchObject(SAFE);
    expect(headers).not.toHaveProperty('server');
    expect(headers).not.toHaveProperty('x-powered-by');
  });

  it('that is a page lets in its own scripts alone', async () => {
    const policy = String((await service.call({ url: '/queues' })).headers['content-security-policy']);
    expect(policy).toContain("script-src 'self';");
    expect(policy).toContain("default-src 'none'");
  });
});
