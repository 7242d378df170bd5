import type { InjectOptions } from 'fastify';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
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

  it.each([
    ['true', '203.0.113.1'],
    ['203.0.113.0/24,2001:db8::1', '203.0.113.77'],
  ])(
    'count for the caller whom the proxy saw, not whom he claims to be: TRUST_PROXY=%s',
    async (trust, proxy) => {
      const proxied = await startService({ workers: [], env: { TRUST_PROXY: trust } });
      const from = (claimed: string, seen: string): InjectOptions => ({
        remoteAddress: proxy,
        headers: { 'x-forwarded-for': `${claimed}, ${seen}` },
      });
      for (let n = 0; n < 20; n += 1)
        await look({ ...wrong, ...from(`10.1.1.${n}`, '198.51.100.1') }, proxied);
      expect((await look({ ...wrong, ...from('10.1.1.99', '198.51.100.1') }, proxied)).status).toBe(429);
      expect((await look({ ...wrong, ...from('198.51.100.1', '198.51.100.2') }, proxied)).status).toBe(401);
    },
  );
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

  it('may be nested as deep as its bytes allow: it is refused as any other wrong value', async () => {
    const deep = '['.repeat(500_000) + ']'.repeat(500_000);
    expect(await postJson(deep)).toMatchObject({ status: 400, code: 'invalid_request' });
    const inside = JSON.stringify(request('deep')).replace('{', `{"metadata":{"a":${deep}},`);
    expect(await postJson(inside)).toMatchObject({ status: 400, code: 'invalid_request' });
    const reason = {
      method: 'POST',
      url: '/v1/onboardings/none/replay',
      headers: { 'content-type': 'application/json' },
    };
    expect(await look({ ...reason, payload: `{"reason":${deep}}` })).toMatchObject({
      status: 400,
    });
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
