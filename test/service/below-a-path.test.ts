import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import type { Browser } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { OnboardingClient } from '../../src/client/onboarding-client.ts';
import { openBrowser } from '../support/browser.ts';
import { visitWith } from '../support/console-page.ts';
import { MANY_LOGINS, logIn, openDoor } from '../support/console.ts';
import { PROXIES, startNginx, type Nginx } from '../support/nginx.ts';
import { idOf, request, startService, TOKENS, type RunningService } from '../support/running-service.ts';

const BASE = '/onboard';

let service: RunningService;
let nginx: Nginx;
let browser: Browser;
let failed: string;

beforeAll(async () => {
  const env = { ...MANY_LOGINS, PUBLIC_URL: `https://127.0.0.1${BASE}/` };
  service = await startService({ env, stopWith: afterAll });
  const door = await openDoor(service);
  nginx = await startNginx(door.url);
  browser = await openBrowser();
  afterAll(async () => {
    await browser.close();
    await nginx.stop();
    await door.close(0);
  });
  failed = idOf(await service.post(request('limit')));
  await service.until(failed, 'failed');
  await service.call({
    method: 'POST',
    url: '/v1/replays',
    payload: { filter: { errorCode: 'LimitExceededException' }, reason: 'for its page' },
  });
  await service.until(failed, 'failed');
}, 60_000);

/** Every page that links lead to, one of each kind, and what of its addresses is not below the path. */
async function crawl(root: string): Promise<{ seen: Set<string>; astray: string[] }> {
  const { origin } = new URL(root);
  const kindOf = (url: URL): string => url.pathname.replaceAll(/\b(onb|rpl|dlv|imp)_[0-9a-z]{26}/g, ':id');
  const waiting = ['', 'docs', 'login', 'runbooks'].map((place) => new URL(root + place));
  const seen = new Set<string>();
  const astray: string[] = [];
  for (let url = waiting.shift(); url !== undefined; url = waiting.shift()) {
    if (seen.has(kindOf(url))) continue;
    seen.add(kindOf(url));
    const headers = { authorization: `Bearer ${TOKENS.admin}` };
    const reply = await fetch(url, { headers, redirect: 'manual' });
    const text = await reply.text();
    const location = reply.headers.get('location');
    if (location !== null && !new URL(location, url).pathname.startsWith(`${BASE}/`)) astray.push(location);
    if (reply.status >= 400) astray.push(`${reply.status} ${url.pathname}`);
    if (reply.headers.get('content-type')?.startsWith('text/html') !== true) continue;
    const base = /<base href="([^"]*)"/.exec(text)?.[1] ?? url;
    for (const [, name = '', value = ''] of text.matchAll(/ ([\w-]+)="([^"]*)"/g)) {
      const isLink = /^(href|src|action|formaction)$/i.test(name);
      // A hidden field says where to go next; that is sent back below the path.
      if (!isLink && (name === 'value' || !value.startsWith('/'))) continue;
      const led = new URL(value.replaceAll('&amp;', '&'), new URL(base, url));
      if (led.origin !== origin) continue;
      if (!led.pathname.startsWith(`${BASE}/`)) astray.push(`${url.pathname}: ${name}=${value}`);
      else if (name === 'href' || name === 'src') waiting.push(led);
    }
  }
  return { seen, astray };
}

describe.each(PROXIES)('behind a proxy that %s the path', (kind) => {
  it('links every page below it', async () => {
    const { seen, astray } = await crawl(`${nginx.of[kind].http}${BASE}/`);
    expect(astray).toEqual([]);
    const places = [
      'onboardings',
      'onboardings/:id',
      'onboardings/:id/replay',
      'failures',
      'replays',
      'replays/:id',
    ];
    for (const place of [
      ...places,
      'imports',
      'deliveries',
      'audit',
      'regions',
      'settings',
      'runbooks',
      'queues',
      'docs',
    ])
      expect(seen).toContain(`${BASE}/${place}`);
  });

  it('keeps a browser below it: login, live updates, an action, raw queues, API page, logout', async () => {
    const { context, page } = await visitWith(browser, { ignoreHTTPSErrors: true });
    const root = `${nginx.of[kind].https}${BASE}`;
    const asked: string[] = [];
    page.on('request', (call) => asked.push(call.url()));
    await page.goto(`${root}/onboardings/${failed}`);
    expect(page.url()).toBe(`${root}/login?next=%2Fonboardings%2F${failed}`);
    await logIn(page, root);
    expect(await context.cookies()).toEqual([
      expect.objectContaining({ name: '__Secure-onboard-login', path: BASE, secure: true }),
    ]);
    await page.locator('#live[data-state=on]').waitFor();
    const added = idOf(await service.post(request('orders')));
    await page.locator(`a[href="${BASE}/onboardings/${added}"]`).waitFor();
    await page.goto(`${root}/onboardings/${failed}`);
    await page.getByRole('link', { name: 'Replay onboarding' }).click();
    await page.locator('#dialog').getByLabel('Reason').fill('the quota was raised');
    await page.locator('#dialog button[type=submit]').click();
    await page.locator('.toast').getByText('Queued again').waitFor();
    expect(page.url()).toBe(`${root}/onboardings/${failed}`);
    await service.until(failed, 'failed');
    await page.goto(`${root}/imports`);
    const buffer = Buffer.from('account,region,eventNamespace,eventName\n000000000101,us-east-1,a/b,c\n');
    await page.setInputFiles('#file', { name: 'customers.csv', mimeType: 'text/csv', buffer });
    await page.getByRole('heading', { name: 'Dry run: nothing was written yet' }).waitFor();
    await page.getByRole('button', { name: 'dark' }).click();
    await page.waitForURL(`${root}/imports`);
    await page.goto(`${root}/queues`);
    await page.getByText('onboarding-us-east-1-live').first().waitFor();
    await page.goto(`${root}/docs`);
    await page.locator('.opblock').first().waitFor();
    await page.goto(root);
    await page.getByRole('button', { name: 'Log out' }).click();
    await page.waitForURL(`${root}/login`);
    expect(await context.cookies()).toEqual([expect.objectContaining({ name: 'onboard-theme', path: BASE })]);
    const outside = asked.filter((url) => {
      const { origin, pathname, protocol } = new URL(url);
      if (protocol === 'data:' || protocol === 'blob:') return false;
      return origin !== nginx.of[kind].https || !`${pathname}/`.startsWith(`${BASE}/`);
    });
    expect(outside).toEqual([]);
    expect(asked).toContain(`${root}/live`);
    expect(asked.map((url) => url.split('?')[0])).toContain(`${root}/imports/check`);
  }, 60_000);

  it('serves the client and the command line with its address', async () => {
    const url = `${nginx.of[kind].http}${BASE}`;
    const client = new OnboardingClient({ url, token: TOKENS.admin });
    expect(await client.get(failed)).toMatchObject({ ok: true, value: { id: failed } });
    const { stdout } = await promisify(execFile)('node', ['bin/onboard.mjs', 'show', failed, '--json'], {
      env: { ...process.env, ONBOARD_URL: `${url}/`, ONBOARD_TOKEN: TOKENS.admin },
    });
    expect(JSON.parse(stdout)).toMatchObject({ id: failed });
    const reply = await fetch(`${url}/v1/onboardings`, {
      method: 'POST',
      headers: { authorization: `Bearer ${TOKENS.admin}`, 'content-type': 'application/json' },
      body: JSON.stringify(request('orders')),
    });
    const { id } = (await reply.json()) as { id: string };
    expect(reply.headers.get('location')).toBe(`${BASE}/v1/onboardings/${id}`);
    const document = (await (await fetch(`${url}/openapi.json`)).json()) as { servers: unknown };
    expect(document.servers).toEqual([{ url: `https://127.0.0.1${BASE}` }]);
  });
});
