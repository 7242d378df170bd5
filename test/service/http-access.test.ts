import { text } from 'node:stream/consumers';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { registeredRoutes } from '../support/registered-routes.ts';
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
const VIEWERS: readonly Who[] = ['viewer', 'operator', 'admin'];

/** Every route of ours with the roles that may call it; all others get 403, and nobody without a token gets further than 401. */
const ROUTES: Readonly<Record<string, readonly Who[] | 'open'>> = {
  'POST /v1/onboardings': ['signup', 'operator', 'admin'],
  'POST /v1/onboardings/batch': ['signup', 'operator', 'admin'],
  'GET /v1/onboardings/:id': EVERYBODY,
  'GET /v1/onboardings': VIEWERS,
  'GET /v1/onboardings/:id/attempts': VIEWERS,
  'POST /v1/deliveries/send-now': ['operator', 'admin'],
  'POST /v1/deliveries/test': ['operator', 'admin'],
  'POST /v1/onboardings/:id/retry': ['signup', 'operator', 'admin'],
  'POST /v1/onboardings/:id/check': ['signup', 'operator', 'admin'],
  'POST /v1/onboardings/:id/replay': ['operator', 'admin'],
  'POST /v1/onboardings/:id/cancel': ['operator', 'admin'],
  'POST /v1/replays': ['operator', 'admin'],
  'GET /v1/replays': VIEWERS,
  'GET /v1/replays/:id': VIEWERS,
  'POST /v1/replays/:id/cancel': ['operator', 'admin'],
  'GET /v1/deliveries': VIEWERS,
  'POST /v1/deliveries/:id/replay': ['operator', 'admin'],
  'POST /v1/imports': ['operator', 'admin'],
  'GET /v1/imports/:id': VIEWERS,
  'GET /v1/imports/:id/errors': VIEWERS,
  'POST /v1/regions/:region/pause': ['operator', 'admin'],
  'POST /v1/regions/:region/resume': ['operator', 'admin'],
  'POST /v1/regions/:region/drain': ['operator', 'admin'],
  'POST /v1/regions/:region/losses': ['operator', 'admin'],
  'GET /v1/audit': VIEWERS,
  'GET /v1/events': VIEWERS,
  'GET /v1/doctor': ['operator', 'admin'],
  'GET /v1/stats': VIEWERS,
  'GET /v1/failures': VIEWERS,
  'GET /v1/figures': VIEWERS,
  'GET /metrics': VIEWERS,
  'GET /healthz': 'open',
  'GET /readyz': 'open',
  'GET /openapi.json': 'open',
  'GET /docs': 'open',
  'GET /assets/:file': 'open',
  'GET /login': 'open',
  'POST /login': 'open',
};

/** Pages for people, likewise; nobody without a token or a login gets further than the way to log in. */
const PAGES: Readonly<Record<string, readonly Who[]>> = {
  'GET /': VIEWERS,
  'POST /logout': VIEWERS,
  'POST /theme': VIEWERS,
  'GET /live': VIEWERS,
  'GET /onboardings': VIEWERS,
  'GET /onboardings/:id': VIEWERS,
  'POST /onboardings/:id/check': ['operator', 'admin'],
  'GET /onboardings/:id/replay': ['operator', 'admin'],
  'POST /onboardings/:id/replay': ['operator', 'admin'],
  'GET /onboardings/:id/cancel': ['operator', 'admin'],
  'POST /onboardings/:id/cancel': ['operator', 'admin'],
  'GET /onboardings/replay': ['operator', 'admin'],
  'POST /onboardings/replay': ['operator', 'admin'],
  'GET /onboardings/cancel': ['operator', 'admin'],
  'POST /onboardings/cancel': ['operator', 'admin'],
  'GET /deliveries': VIEWERS,
  'GET /deliveries/:id': VIEWERS,
  'GET /deliveries/:id/replay': ['operator', 'admin'],
  'POST /deliveries/:id/replay': ['operator', 'admin'],
  'GET /deliveries/send-now': ['operator', 'admin'],
  'POST /deliveries/send-now': ['operator', 'admin'],
  'GET /deliveries/test': ['operator', 'admin'],
  'POST /deliveries/test': ['operator', 'admin'],
  'GET /runbooks': VIEWERS,
  'GET /runbooks/:name': VIEWERS,
  'GET /audit': VIEWERS,
  'GET /regions': VIEWERS,
  ...Object.fromEntries(
    ['pause', 'drain', 'resume', 'confirm-losses', 'dismiss-losses'].flatMap((action) => [
      [`GET /regions/:region/${action}`, ['operator', 'admin'] as const],
      [`POST /regions/:region/${action}`, ['operator', 'admin'] as const],
    ]),
  ),
  'GET /failures': VIEWERS,
  'GET /replays': VIEWERS,
  'GET /replays/:id': VIEWERS,
  'GET /replays/:id/cancel': ['operator', 'admin'],
  'POST /replays/:id/cancel': ['operator', 'admin'],
  'GET /settings': VIEWERS,
  'GET /imports': VIEWERS,
  'GET /imports/:id': VIEWERS,
  'GET /imports/:id/rejects': VIEWERS,
  'POST /imports': ['operator', 'admin'],
  'POST /imports/check': ['operator', 'admin'],
};

/** Who may call a route, and with what answer those are refused who may look but not change. */
function rightsOf(
  method: string,
  path: string,
): { may: readonly Who[] | 'open'; readOnly: boolean; isPage?: true } | undefined {
  const reads = method === 'GET' || method === 'HEAD';
  if (path.startsWith('/queues')) return { may: VIEWERS, readOnly: !reads };
  if (path.startsWith('/docs/') && reads) return { may: 'open', readOnly: false };
  const page = PAGES[`${reads ? 'GET' : method} ${path}`];
  if (page !== undefined) return { may: page, readOnly: false, isPage: true };
  const may = ROUTES[`${reads ? 'GET' : method} ${path}`];
  return may === undefined ? undefined : { may, readOnly: false };
}

/** Wrong tokens are held to 20 a minute and address, so each comes from an address of its own. */
let callers = 0;
const newAddress = (): string => {
  callers += 1;
  return `10.0.${Math.floor(callers / 250)}.${callers % 250}`;
};

describe('every registered route', () => {
  it('is in the table', () => {
    const all = registeredRoutes(service.app).map(({ method, path }) => `${method} ${path}`);
    expect(all).toEqual(expect.arrayContaining([...Object.keys(ROUTES), ...Object.keys(PAGES)]));
    expect(all.filter((route) => route.includes('/queues')).length).toBeGreaterThan(40);
    const [unknown] = all.filter((route) => {
      const [method = '', path = ''] = route.split(' ');
      return rightsOf(method, path) === undefined;
    });
    expect(unknown).toBeUndefined();
  });

  it.each(EVERYBODY)('lets the role %s do what the table says, and nothing else', async (who) => {
    for (const { method, path } of registeredRoutes(service.app)) {
      const { may, readOnly } = rightsOf(method, path)!;
      const reply = await callRoute({ method, path, token: TOKENS[who] });
      const allowed = may === 'open' || may.includes(who);
      expect(reply, `${method} ${path}`).toEqual(
        allowed ? (readOnly ? REFUSED.write : expect.objectContaining({ refused: false })) : REFUSED.role,
      );
    }
  });

  it.each([
    ['no token', null],
    ['a wrong token', 'wrong-token-0123456789'],
    ['an empty token', ''],
    ['part of a token', TOKENS.admin.slice(0, -1)],
    ['more than a token', `${TOKENS.admin}x`],
  ])('is closed to %s', async (_what, token) => {
    for (const { method, path } of registeredRoutes(service.app)) {
      const reply = await callRoute({ method, path, token });
      expect(reply, `${method} ${path}`).toEqual(expectedOf(rightsOf(method, path)!, token));
    }
  });
});

/** What a stranger is answered. A page sends whoever shows no token at all to where one logs in. */
function expectedOf(
  { may, isPage }: NonNullable<ReturnType<typeof rightsOf>>,
  token: string | null,
): unknown {
  if (may === 'open') return expect.objectContaining({ refused: false });
  return isPage === true && (token ?? '') === '' ? REFUSED.visitor : REFUSED.caller;
}

const REFUSED = {
  visitor: { refused: true, status: 303, code: 'login' },
  caller: { refused: true, status: 401, code: 'unauthenticated' },
  role: { refused: true, status: 403, code: 'forbidden' },
  write: { refused: true, status: 405, code: 'method_not_allowed' },
};

/** Who logs out is sent to the same place, with the cookie taken away. */
const isLogout = ({ path }: { path: string }, cookies: unknown): boolean =>
  path === '/logout' && cookies !== undefined;

/** Answers to HEAD have no body: their status alone tells. */
async function callRoute(call: {
  method: string;
  path: string;
  token: string | null;
}): Promise<{ refused: boolean; status: number; code: string | undefined }> {
  const reply = await service.call({
    method: call.method,
    url: call.path.replace(':id', call.path.includes('imports') ? 'imp_none' : id),
    token: call.token,
    remoteAddress: newAddress(),
    // A stream of events has no end: its head is the answer.
    payloadAsStream: true,
  });
  const status = reply.statusCode;
  if (
    status === 303 &&
    reply.headers.location?.startsWith('/login') === true &&
    !isLogout(call, reply.headers['set-cookie'])
  )
    return { refused: true, status, code: 'login' };
  const refused = [401, 403, 405, 429].includes(status);
  if (!refused) {
    if (['/v1/events', '/live'].includes(call.path)) reply.stream().destroy();
    return { refused, status, code: undefined };
  }
  if (status === 401) expect(reply.headers['www-authenticate']).toBeTruthy();
  const known = Object.values(REFUSED).find((refusal) => refusal.status === status)?.code;
  const isPage = String(reply.headers['content-type']).startsWith('text/html');
  const body = await text(reply.stream());
  // A page names the code too.
  if (isPage && call.method !== 'HEAD') expect(body).toContain(`<code>${known}</code>`);
  const code = call.method === 'HEAD' || isPage ? known : (JSON.parse(body) as { code: string }).code;
  return { refused, status, code };
}

describe('a token', () => {
  it.each(['/healthz', '/readyz', '/openapi.json', '/docs', '/docs/static/swagger-ui.css'])(
    '%s is open',
    async (path) => {
      expect((await service.call({ url: path, token: null })).statusCode).toBe(200);
    },
  );

  it.each([
    `/v1/stats?token=${TOKENS.admin}`,
    `/v1/stats?access_token=${TOKENS.admin}`,
    `/v1/stats?authorization=Bearer%20${TOKENS.admin}`,
  ])('is taken from the header alone: %s', async (url) => {
    const headers = { cookie: `token=${TOKENS.admin}`, 'x-api-key': TOKENS.admin };
    expect((await service.call({ url, token: null, headers })).statusCode).toBe(401);
  });

  it('is judged before the body is read', async () => {
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
      remoteAddress: newAddress(),
    });
    expect(refused.headers['www-authenticate']).toContain('Basic');
  });

  it('are told apart when the token is unknown and when there is none', async () => {
    const detailWith = async (token: string | null): Promise<unknown> => {
      const reply = await service.call({ url: '/v1/stats', token, remoteAddress: newAddress() });
      expect(reply.statusCode).toBe(401);
      return (JSON.parse(reply.body) as { detail: unknown }).detail;
    };
    expect(await detailWith(null)).toMatch(/^Send Authorization: Bearer/);
    expect(await detailWith('unknown-0123456789')).toMatch(/not one of API_TOKENS/);
  });

  it.each([
    ['PUT', '/queues/api/queues/onboarding-us-east-1-live/pause'],
    ['PUT', '/queues/api/queues/onboarding-us-east-1-live/retry/failed'],
    ['POST', '/queues/api/queues/onboarding-us-east-1-live/add'],
    ['DELETE', '/queues/anything'],
    ['PUT', '/%71ueues/api/queues/onboarding-us-east-1-live/pause'],
  ] as const)('are read-only for everyone: %s %s', async (method, path) => {
    const reply = await service.call({ method, url: path, token: TOKENS.admin });
    expect(reply.statusCode).toBe(405);
    expect(JSON.parse(reply.body)).toMatchObject({ code: 'method_not_allowed' });
  });

  it('show the failed job with its code', async () => {
    const reply = await service.call({
      url: '/queues/api/queues?activeQueue=onboarding-us-east-1-live&status=failed',
    });
    expect(reply.statusCode).toBe(200);
    expect(reply.body).toContain('LimitExceededException');
  });
});
