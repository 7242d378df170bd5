import type { Browser } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { FrontDoor } from '../../src/api/http/front-door.ts';
import { openBrowser } from '../support/browser.ts';
import { visitWith } from '../support/console-page.ts';
import { MANY_LOGINS, cookieOf, logIn, openDoor } from '../support/console.ts';
import { idOf, request, startService, TOKENS, type RunningService } from '../support/running-service.ts';
import { openTcpProxy } from '../support/tcp-proxy.ts';

const FORM = { 'content-type': 'application/x-www-form-urlencoded' };

let service: RunningService;
let browser: Browser;
beforeAll(async () => {
  service = await startService({ env: MANY_LOGINS, stopWith: afterAll, workers: [] });
  browser = await openBrowser();
  afterAll(() => browser.close());
}, 60_000);

const tryLogin = (token: string, from: string, running = service) =>
  running.call({
    method: 'POST',
    url: '/login',
    token: null,
    headers: FORM,
    payload: new URLSearchParams({ token }).toString(),
    remoteAddress: from,
  });

const loginsOf = async (
  running: RunningService,
  action: 'login' | 'logout',
  actor = 'viewer-person',
): Promise<readonly unknown[]> => {
  const reply = await running.call({ url: `/v1/audit?action=${action}&actor=${actor}&limit=200` });
  return (JSON.parse(reply.body) as { items: unknown[] }).items;
};

const linesOf = (message: string, address: string): readonly unknown[] =>
  service.log.lines.filter((line) => line.message === message && line.fields['address'] === address);

describe('a login', () => {
  it('and its end stand in the audit; one that is refused stands in the log alone', async () => {
    const before = (await loginsOf(service, 'login')).length;
    expect((await tryLogin('wrong-token-0123456789', '10.1.0.1')).statusCode).toBe(401);
    const reply = await tryLogin(TOKENS.viewer, '10.1.0.1');
    expect(reply.statusCode).toBe(303);
    const [newest, ...others] = await loginsOf(service, 'login');
    expect(newest).toMatchObject({
      subject: 'console',
      reason: null,
      before: null,
      after: { role: 'viewer' },
    });
    expect(others).toHaveLength(before);
    const cookie = String(reply.headers['set-cookie']).split(';')[0] ?? '';
    const page = await service.call({ url: '/settings', token: null, headers: { cookie } });
    const csrf = /name="csrf" value="([^"]+)"/.exec(page.body)?.[1] ?? '';
    await service.call({
      method: 'POST',
      url: '/logout',
      token: null,
      headers: { ...FORM, cookie },
      payload: new URLSearchParams({ csrf }).toString(),
    });
    expect(await loginsOf(service, 'logout')).toMatchObject([{ before: { role: 'viewer' }, after: null }]);
    const refused = linesOf('console.login_refused', '10.1.0.1');
    expect(refused).toMatchObject([{ fields: { address: '10.1.0.1', why: 'wrongToken' } }]);
    expect(JSON.stringify(service.log.lines)).not.toContain('wrong-token-0123456789');
  });

  it('is guessed at twenty times a minute and address, and from elsewhere continues', async () => {
    for (let tries = 0; tries < 20; tries += 1)
      expect((await tryLogin(`wrong-token-number-${tries}`, '10.2.0.1')).statusCode).toBe(401);
    const reply = await tryLogin('wrong-token-number-20', '10.2.0.1');
    expect(reply.statusCode).toBe(429);
    expect(Number(reply.headers['retry-after'])).toBeGreaterThan(0);
    expect(reply.body).toContain('Too many invalid tokens from your address');
    expect((await tryLogin('wrong-token-number-21', '10.2.0.2')).statusCode).toBe(401);
    // Whoever has the right one is let in all the same.
    expect((await tryLogin(TOKENS.viewer, '10.2.0.1')).statusCode).toBe(303);
    expect(linesOf('console.login_refused', '10.2.0.1')).toHaveLength(20);
  });

  it('is given twenty times a minute and address, so that a loop of them cannot fill the audit', async () => {
    const before = (await loginsOf(service, 'login', 'operator-person')).length;
    const replies = [];
    for (let logins = 0; logins < 25; logins += 1) replies.push(await tryLogin(TOKENS.operator, '10.4.0.1'));
    expect(replies.map(({ statusCode }) => statusCode)).toEqual([
      ...Array<number>(20).fill(303),
      ...Array<number>(5).fill(429),
    ]);
    const held = replies.at(-1);
    expect(held?.headers['set-cookie']).toBeUndefined();
    expect(Number(held?.headers['retry-after'])).toBeGreaterThan(0);
    expect(held?.body).toContain('Too many logins from your address');
    expect(await loginsOf(service, 'login', 'operator-person')).toHaveLength(before + 20);
    expect(linesOf('console.too_many_logins', '10.4.0.1')).toHaveLength(1);
    expect((await tryLogin(TOKENS.operator, '10.4.0.2')).statusCode).toBe(303);
  });

  it('with a signup token is counted likewise, so that a loop of them cannot fill the log', async () => {
    for (let tries = 0; tries < 20; tries += 1)
      expect((await tryLogin(TOKENS.signup, '10.5.0.1')).statusCode).toBe(403);
    expect((await tryLogin(TOKENS.signup, '10.5.0.1')).statusCode).toBe(429);
    expect(linesOf('console.login_refused', '10.5.0.1')).toHaveLength(20);
  });
});

describe('a logout', () => {
  it('that is sent many times at once stands in the audit once', async () => {
    const cookie =
      String((await tryLogin(TOKENS.admin, '10.6.0.1')).headers['set-cookie']).split(';')[0] ?? '';
    const page = await service.call({ url: '/settings', token: null, headers: { cookie } });
    const csrf = /name="csrf" value="([^"]+)"/.exec(page.body)?.[1] ?? '';
    const logOut = () =>
      service.call({
        method: 'POST',
        url: '/logout',
        token: null,
        headers: { ...FORM, cookie },
        payload: new URLSearchParams({ csrf }).toString(),
      });
    const replies = await Promise.all(Array.from({ length: 20 }, logOut));
    expect(new Set(replies.map(({ statusCode }) => statusCode))).toEqual(new Set([303]));
    expect(await loginsOf(service, 'logout', 'admin-person')).toHaveLength(1);
  });
});

describe('an outage', () => {
  it('of Redis and of the ledger is said on an open page, which is fresh again by itself', async () => {
    const proxy = await openTcpProxy();
    const running = await startService({ redis: 'private', databaseThrough: (url) => proxy.through(url) });
    const door: FrontDoor = await openDoor(running);
    const { page, context } = await visitWith(browser);
    await logIn(page, door.url);
    await page.locator('#live[data-state=on]').waitFor();
    proxy.cut();
    await page.getByText('The ledger is not responding.').waitFor({ timeout: 20_000 });
    await page
      .getByText(/Data as of [0-9:]{8} UTC/)
      .first()
      .waitFor({ timeout: 20_000 });
    const refused = await tryLogin(TOKENS.viewer, '10.3.0.1', running);
    expect(refused.statusCode).toBe(503);
    expect(refused.headers['set-cookie']).toBeUndefined();
    expect(refused.body).toContain('logins are recorded there');
    proxy.heal();
    await page.locator('html:not(.is-stale)').waitFor({ timeout: 30_000 });
    await page.getByText('The ledger is not responding.').waitFor({ state: 'hidden', timeout: 20_000 });
    const id = idOf(await running.post(request('orders')));
    await page.locator(`#${id}`).waitFor({ timeout: 20_000 });
    await running.redis.kill();
    await page.getByText('Redis is not responding.').waitFor({ timeout: 20_000 });
    await page.goto(`${door.url}/regions`);
    await page.locator('#us-east-1').getByText('circuit unknown').waitFor();
    expect(await cookieOf(context)).toContain('onboard-login=');
    await door.close(0);
  }, 120_000);
});
