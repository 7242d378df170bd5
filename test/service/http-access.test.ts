import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { idOf, request, startService, TOKENS, type RunningService } from '../support/running-service.ts';

let service: RunningService;
let id: string;
beforeAll(async () => {
  service = await startService({ stopWith: afterAll });
  id = idOf(await service.post(request('limit')));
  await service.until(id, 'failed');
});

type Who = keyof typeof TOKENS;
const EVERYBODY: readonly Who[] = ['signup', 'viewer', 'operator', 'admin'];

/** Every route with the roles that may call it; all others get 403, and nobody without a token gets further than 401. */
const ROUTES: readonly [method: 'GET' | 'POST', path: string, may: readonly Who[]][] = [
  ['POST', '/v1/onboardings', ['signup', 'operator', 'admin']],
  ['GET', '/v1/onboardings/:id', EVERYBODY],
  ['GET', '/v1/onboardings', ['viewer', 'operator', 'admin']],
  ['GET', '/v1/onboardings/:id/attempts', ['viewer', 'operator', 'admin']],
  ['POST', '/v1/onboardings/:id/replay', ['operator', 'admin']],
  ['POST', '/v1/imports', ['operator', 'admin']],
  ['GET', '/v1/imports/:id', ['viewer', 'operator', 'admin']],
  ['GET', '/v1/imports/:id/errors', ['viewer', 'operator', 'admin']],
  ['POST', '/v1/regions/:region/pause', ['operator', 'admin']],
  ['POST', '/v1/regions/:region/resume', ['operator', 'admin']],
  ['GET', '/v1/stats', ['viewer', 'operator', 'admin']],
  ['GET', '/metrics', ['viewer', 'operator', 'admin']],
  ['GET', '/queues', ['viewer', 'operator', 'admin']],
  ['GET', '/queues/api/queues', ['viewer', 'operator', 'admin']],
];

const url = (path: string): string => path.replace(':id', path.includes('imports') ? 'imp_none' : id);

describe.each(ROUTES)('%s %s', (method, path, may) => {
  it.each(EVERYBODY)('role %s', async (who) => {
    const reply = await service.call({ method, url: url(path), token: TOKENS[who] });
    if (may.includes(who)) expect([401, 403]).not.toContain(reply.statusCode);
    else
      expect({ status: reply.statusCode, code: (JSON.parse(reply.body) as { code: string }).code }).toEqual({
        status: 403,
        code: 'forbidden',
      });
  });

  it.each([
    ['no token', null],
    ['a wrong token', 'wrong-token-0123456789'],
    ['an empty token', ''],
    ['part of a token', TOKENS.admin.slice(0, -1)],
  ])('%s', async (_what, token) => {
    const reply = await service.call({ method, url: url(path), token });
    expect(reply.statusCode).toBe(401);
    expect(JSON.parse(reply.body)).toMatchObject({ code: 'unauthenticated' });
    expect(reply.headers['www-authenticate']).toBeTruthy();
  });
});

describe('the table of routes', () => {
  it('names every route that the service has', () => {
    const known = new Set(ROUTES.map(([method, path]) => `${method} ${path}`));
    const documented = Object.entries(service.app.swagger().paths ?? {}).flatMap(([path, methods]) =>
      Object.keys(methods as object).map(
        (method) => `${method.toUpperCase()} ${path.replaceAll(/\{(\w+)\}/g, ':$1')}`,
      ),
    );
    const open = ['GET /healthz', 'GET /readyz'];
    expect(documented.filter((route) => !known.has(route) && !open.includes(route))).toEqual([]);
    expect(documented.length).toBeGreaterThanOrEqual(10);
  });

  it.each(['/healthz', '/readyz', '/openapi.json'])('%s is open', async (path) => {
    expect((await service.call({ url: path, token: null })).statusCode).toBe(200);
  });

  it('judges the token before it reads the body', async () => {
    const payload = Buffer.alloc(5_000_000, 'x');
    const headers = { 'content-type': 'application/json' };
    const reply = await service.call({
      method: 'POST',
      url: '/v1/onboardings',
      token: null,
      payload,
      headers,
    });
    expect(reply.statusCode).toBe(401);
  });
});

describe('the raw queues', () => {
  it('take the token as a browser sends it', async () => {
    const basic = (token: string): string => `Basic ${Buffer.from(`any:${token}`).toString('base64')}`;
    const page = await service.call({
      url: '/queues',
      token: null,
      headers: { authorization: basic(TOKENS.viewer) },
    });
    expect(page.statusCode).toBe(200);
    expect(page.body).toContain('onboard · sandbox');
    const refused = await service.call({
      url: '/queues',
      token: null,
      headers: { authorization: basic('nope-nope-nope-nope') },
    });
    expect(refused.headers['www-authenticate']).toContain('Basic');
  });

  it.each([
    ['PUT', '/queues/api/queues/onboarding-us-east-1/pause'],
    ['PUT', '/queues/api/queues/onboarding-us-east-1/retry/failed'],
    ['POST', '/queues/api/queues/onboarding-us-east-1/add'],
    ['DELETE', '/queues/anything'],
    ['PUT', '/%71ueues/api/queues/onboarding-us-east-1/pause'],
  ] as const)('are read-only for everyone: %s %s', async (method, path) => {
    const reply = await service.call({ method, url: path, token: TOKENS.admin });
    expect(reply.statusCode).toBe(405);
    expect(JSON.parse(reply.body)).toMatchObject({ code: 'method_not_allowed' });
  });

  it('show the failed job with its code', async () => {
    const reply = await service.call({
      url: '/queues/api/queues?activeQueue=onboarding-us-east-1&status=failed',
    });
    expect(reply.statusCode).toBe(200);
    expect(reply.body).toContain('LimitExceededException');
  });
});
