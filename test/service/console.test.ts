import type { Browser, Locator } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { FrontDoor } from '../../src/api/http/front-door.ts';
import { openBrowser } from '../support/browser.ts';
import { createLook, visitWith } from '../support/console-page.ts';
import { MANY_LOGINS, cookieOf, logIn, openDoor } from '../support/console.ts';
import { idOf, request, startService, TOKENS, type RunningService } from '../support/running-service.ts';

let service: RunningService;
let door: FrontDoor;
let browser: Browser;
let base: string;
let failed: string;
let replayed: string;

/** As many as a partner may have, one with the longest name. */
const REGIONS = [
  'us-east-1',
  'eu-west-1',
  'us-west-2',
  'eu-central-1',
  'ap-southeast-2',
  'ap-northeast-1',
] as const;

beforeAll(async () => {
  service = await startService({ env: { ...MANY_LOGINS, REGIONS: REGIONS.join() }, stopWith: afterAll });
  door = await openDoor(service);
  base = door.url;
  browser = await openBrowser();
  afterAll(async () => {
    await browser.close();
    await door.close(0);
  });
  const [one] = await Promise.all([
    service.post(request('limit', { customerId: 'c-77' })),
    service.post(request('orders')),
  ]);
  failed = idOf(one);
  await service.until(failed, 'failed');
  await service.until(idOf(await service.post(request('other'))), 'failed');
  await service.until(idOf(await service.post(request('invalid'))), 'failed');
  const started = await service.call({
    method: 'POST',
    url: '/v1/replays',
    payload: { filter: { errorCode: 'AccountConflict' }, reason: 'the other account gave the name up' },
  });
  replayed = idOf(started);
}, 60_000);

const visit = (options?: Parameters<Browser['newContext']>[0]) => visitWith(browser, options);

const form = (fields: Record<string, string>) => new URLSearchParams(fields).toString();
const FORM = { 'content-type': 'application/x-www-form-urlencoded' };

describe('logging in', () => {
  it('leads to where one wanted to go, and a wrong token says so', async () => {
    const { page } = await visit();
    await page.goto(`${base}/onboardings/${failed}`);
    expect(new URL(page.url()).pathname).toBe('/login');
    await page.fill('#token', 'wrong-token-0123456789');
    await page.press('#token', 'Enter');
    await page.getByRole('alert').getByText('The token is not in API_TOKENS.').waitFor();
    await page.fill('#token', TOKENS.viewer);
    await page.press('#token', 'Enter');
    await page.waitForURL(`${base}/onboardings/${failed}`);
  });

  it('ends everywhere when one logs out', async () => {
    const { page, context } = await visit();
    await logIn(page, base);
    const cookie = await cookieOf(context);
    expect((await service.call({ url: '/settings', token: null, headers: { cookie } })).statusCode).toBe(200);
    await page.getByRole('button', { name: 'Log out' }).click();
    await page.waitForURL(`${base}/login`);
    const copy = await service.call({ url: '/settings', token: null, headers: { cookie } });
    expect(copy.statusCode).toBe(303);
  });

  it.each([
    '//evil.example',
    '/\\evil.example',
    'https://evil.example',
    '/\t/evil.example',
    'javascript:alert(1)',
  ])('sends nobody on to %s', async (next) => {
    const reply = await service.call({
      method: 'POST',
      url: '/login',
      token: null,
      headers: FORM,
      payload: form({ token: TOKENS.viewer, next }),
    });
    expect([reply.statusCode, reply.headers.location]).toEqual([303, '/']);
  });

  it('is refused to a signup token, which is told why', async () => {
    const reply = await service.call({
      method: 'POST',
      url: '/login',
      token: null,
      headers: FORM,
      payload: form({ token: TOKENS.signup }),
    });
    expect(reply.statusCode).toBe(403);
    expect(reply.body).toContain('The role signup can only submit');
    expect(reply.headers['set-cookie']).toBeUndefined();
  });
});

describe('a login', () => {
  it('counts for pages and the raw queues, never for the API', async () => {
    const { page, context } = await visit();
    await logIn(page, base, 'admin');
    const headers = { cookie: await cookieOf(context) };
    expect((await service.call({ url: '/queues', token: null, headers })).statusCode).toBe(200);
    expect(
      (await service.call({ method: 'PUT', url: '/queues/api/queues/x/pause', token: null, headers }))
        .statusCode,
    ).toBe(405);
    for (const url of ['/v1/onboardings', '/v1/stats', '/metrics', '/v1/events'])
      expect((await service.call({ url, token: null, headers })).statusCode, url).toBe(401);
  });

  it('says which address to configure where a proxy has changed the host', async () => {
    const { page, context } = await visit();
    await logIn(page, base);
    const cookie = await cookieOf(context);
    const send = (headers: Record<string, string>) =>
      service.call({
        method: 'POST',
        url: `/onboardings/${failed}/replay`,
        token: null,
        headers: { ...FORM, cookie, ...headers },
        payload: form({ reason: 'x' }),
      });
    const origin = 'https://onboard.example';
    const rewritten = await send({ origin, 'sec-fetch-site': 'same-origin', host: 'internal:3000' });
    expect(rewritten.statusCode).toBe(403);
    for (const said of ['PUBLIC_URL', origin, 'internal:3000']) expect(rewritten.body).toContain(said);
    const foreign = await send({ origin: 'https://evil.example', 'sec-fetch-site': 'cross-site' });
    expect(foreign.statusCode).toBe(403);
    expect(foreign.body).not.toContain('PUBLIC_URL');
  });

  it('asks no other host for anything on the page of the raw queues', async () => {
    const { page } = await visit();
    const asked: string[] = [];
    page.on('request', (request) => asked.push(new URL(request.url()).origin));
    await logIn(page, base, 'admin');
    await page.goto(`${base}/queues`, { waitUntil: 'networkidle' });
    expect([...new Set(asked)]).toEqual([base]);
    expect(await page.content()).not.toContain('fonts.');
  });

  it.each(['light', 'dark'] as const)(
    'has the colors of the console in the raw queues, %s',
    async (colorScheme) => {
      const { page } = await visit({ colorScheme });
      const background = (): Promise<string> =>
        page.evaluate('getComputedStyle(document.body).backgroundColor');
      await logIn(page, base, 'admin');
      const ours = await page.evaluate('getComputedStyle(document.documentElement).backgroundColor');
      await page.goto(`${base}/queues`);
      await expect.poll(background).toBe(ours);
    },
  );

  it('acts only with what its pages carry, and from our own origin', async () => {
    const { page, context } = await visit();
    await logIn(page, base);
    const cookie = await cookieOf(context);
    await page.goto(`${base}/onboardings/${failed}/replay`);
    const csrf = await page.locator('#page-action input[name=csrf]').inputValue();
    const post = async (fields: Record<string, string>, headers: Record<string, string>) =>
      (
        await service.call({
          method: 'POST',
          url: `/onboardings/${failed}/replay`,
          token: null,
          headers: { ...FORM, cookie, ...headers },
          payload: form(fields),
        })
      ).statusCode;
    expect(await post({ reason: 'x' }, {})).toBe(403);
    expect(await post({ reason: 'x', csrf: `${csrf}x` }, {})).toBe(403);
    expect(await post({ reason: 'x', csrf }, { origin: 'https://evil.example' })).toBe(403);
    expect(await post({ reason: 'x', csrf }, { origin: 'null' })).toBe(403);
    expect(await post({ reason: 'x', csrf }, { 'sec-fetch-site': 'cross-site' })).toBe(403);
    expect((await service.onboarding(failed)).replays).toBe(0);
    // The same with everything as it should be gets as far as the form's own check.
    expect(await post({ reason: '', csrf }, {})).toBe(400);
  });
});

describe('a viewer', () => {
  it('sees no action, and the server refuses it', async () => {
    const { page } = await visit();
    await logIn(page, base, 'viewer');
    await page.goto(`${base}/onboardings/${failed}`);
    expect(await page.locator('a[href$="/replay"]').count()).toBe(0);
    const answer = await page.goto(`${base}/onboardings/${failed}/replay`);
    expect(answer?.status()).toBe(403);
    await page.getByRole('heading', { name: 'Not permitted' }).waitFor();
  });
});

describe('the list', () => {
  it('is searched, opened and left by keyboard alone', async () => {
    const { page } = await visit();
    await logIn(page, base);
    await page.keyboard.press('/');
    await page.keyboard.type('c-77');
    await page.waitForURL(/q=c-77/);
    await page.waitForFunction(() => document.querySelectorAll('[data-rows] tr').length === 1);
    await page.keyboard.press('Escape');
    await page.keyboard.press('?');
    await page.getByRole('heading', { name: 'Keyboard' }).waitFor();
    await page.keyboard.press('Escape');
    await page.keyboard.press('j');
    await page.keyboard.press('Enter');
    await page.waitForURL(`${base}/onboardings/${failed}`);
  });

  it('shows a new row without being loaded again', async () => {
    const { page } = await visit();
    await logIn(page, base);
    await page.locator('#live[data-state=on]').waitFor();
    await page.evaluate(() => document.body.setAttribute('data-same-page', ''));
    const id = idOf(await service.post(request('arrives')));
    await page.locator(`#${id}`).getByText('provisioned').waitFor({ timeout: 20_000 });
    expect(await page.locator('body[data-same-page]').count()).toBe(1);
  });

  it('shows whatever was handed in as text', async () => {
    const probe = '"><img src=x onerror=alert(1)><script>alert(2)</script>';
    const id = idOf(
      await service.post(
        request('xss.denied', { customerId: probe, metadata: { [probe]: probe }, lane: 'live' }),
      ),
    );
    const { page } = await visit();
    await logIn(page, base);
    page.on('dialog', () => expect.unreachable());
    for (const path of [
      `/onboardings?q=${encodeURIComponent(probe)}`,
      `/onboardings?status=${encodeURIComponent(probe)}&from=${encodeURIComponent(probe)}`,
      `/onboardings/${id}`,
      `/login?next=${encodeURIComponent(probe)}`,
    ]) {
      await page.goto(base + path);
      expect(await page.locator('main img, main script').count(), path).toBe(0);
    }
    await page.goto(`${base}/onboardings/${id}`);
    expect(await page.getByText(probe).count()).toBeGreaterThanOrEqual(2);
  });
});

describe('a replay', () => {
  it('shows what it would do, takes a reason, and is followed live', async () => {
    const id = idOf(await service.post(request('limit')));
    await service.until(id, 'failed');
    const { page } = await visit();
    await logIn(page, base);
    await page.goto(`${base}/onboardings/${id}`);
    await page.getByRole('link', { name: 'Replay onboarding' }).click();
    const dialog = page.locator('dialog[open]');
    await dialog.getByText('It gets a full retry budget').waitFor();
    await dialog.getByLabel('Reason').fill('quota was raised');
    await dialog.getByRole('button', { name: 'Replay' }).click();
    await page.getByText('Queued again with a full retry budget').waitFor();
    await page.locator('#timeline').getByText('operator-person replayed it').waitFor({ timeout: 20_000 });
    expect((await service.onboarding(id)).replays).toBe(1);
  });

  it('and reading work without a script', async () => {
    const id = idOf(await service.post(request('limit')));
    await service.until(id, 'failed');
    const { page } = await visit({ javaScriptEnabled: false });
    await logIn(page, base);
    await page.goto(`${base}/onboardings?status=failed`);
    await page.locator(`#${id} a`).click();
    await page.getByRole('link', { name: 'Replay onboarding' }).click();
    await page.getByLabel('Reason').fill('without a script');
    await page.getByRole('button', { name: 'Replay' }).click();
    await page.waitForURL(`${base}/onboardings/${id}`);
    await page.getByText('Queued again with a full retry budget').waitFor();
    expect((await service.onboarding(id)).replays).toBe(1);
  });
});

describe('the advice on a failure', () => {
  it('has its text filled in with what is known, and leads to its runbook in the console', async () => {
    const { page } = await visit();
    await logIn(page, base, 'viewer');
    await page.goto(`${base}/failures?open=LimitExceededException`);
    const group = page.locator('#group-quota-LimitExceededException');
    await group.getByText('onboard pause us-east-1 --reason').waitFor();
    await group.getByText('Show request text').click();
    const text = await group.locator('.command pre').innerText();
    expect(text).toContain('Partner name: aws.partner/acme.example\n');
    expect(text).toContain('Region(s): us-east-1\n');
    expect(text).toMatch(/above since 2\d{3}-\S+Z\.\nRequest id of an example: [0-9a-f-]{36}\n/);
    expect(text).toMatch(/\n?\S* ?\d+ customers? (is|are) waiting/);
    await group.getByRole('link', { name: 'Runbook' }).click();
    await page.waitForURL(`${base}/runbooks/quota-reached`);
    await page.getByRole('heading', { name: 'The quota of partner event sources is reached' }).waitFor();
  });

  it.each(['nothing', '..%2F..%2Fpackage', 'README.md'])('has no runbook %s', async (name) => {
    const { page } = await visit();
    await logIn(page, base, 'viewer');
    expect((await page.goto(`${base}/runbooks/${name}`))?.status()).toBe(404);
  });

  it('leads to no page that is not there, from any runbook', async () => {
    const { page } = await visit();
    await logIn(page, base, 'viewer');
    await page.goto(`${base}/runbooks`);
    const links = page.locator('.runbook a[href^="/runbooks/"]');
    const paths = new Set(await links.evaluateAll((all) => all.map((one) => one.getAttribute('href') ?? '')));
    expect(paths.size).toBeGreaterThan(25);
    const headers = { cookie: await cookieOf(page.context()) };
    for (const url of paths)
      expect((await service.call({ url, token: null, headers })).statusCode, url).toBe(200);
  });
});

describe('every page', () => {
  const paths = (): readonly [name: string, path: string][] => [
    ['overview', '/'],
    ['onboardings', '/onboardings'],
    ['nothing-found', '/onboardings?q=nothing-is-called-this'],
    ['onboarding', `/onboardings/${failed}`],
    ['replay', `/onboardings/${failed}/replay`],
    ['cancel', `/onboardings/${failed}/cancel`],
    ['replay-ticked', `/onboardings/replay?id=${failed}`],
    ['cancel-ticked', `/onboardings/cancel?id=${failed}`],
    ['deliveries', '/deliveries'],
    ['audit', '/audit'],
    ['regions', '/regions'],
    ['region-pause', '/regions/us-east-1/pause'],
    ['failures', '/failures?open=LimitExceededException'],
    ['no-failures', '/failures?region=eu-west-1'],
    ['failures-replay', '/onboardings/replay?status=failed&errorCode=LimitExceededException+AccountConflict'],
    ['replays', '/replays'],
    ['replay-of-many', `/replays/${replayed}`],
    ['replay-of-many-cancel', `/replays/${replayed}/cancel`],
    ['imports', '/imports'],
    ['settings', '/settings'],
    ['runbooks', '/runbooks'],
    ['runbook', '/runbooks/quota-reached'],
    ['not-found', '/nowhere'],
  ];

  it('is free of serious faults of access in both themes, and its layout is sound from 360 to 1600 pixels', async () => {
    const look = await createLook();
    const { page } = await visit();
    await page.goto(`${base}/login`);
    await look(page, 'login');
    await logIn(page, base);
    for (const [name, path] of paths()) {
      await page.goto(base + path);
      await look(page, name);
    }
  });

  it.each([
    [1280, 320],
    [360, 400],
  ])('keeps title and buttons of a dialog in view in a window of %i x %i pixels', async (width, height) => {
    const { page } = await visit({ viewport: { width, height } });
    await logIn(page, base);
    const isWhole = async (what: Locator): Promise<void> => {
      await expect.poll(async () => what.evaluate(inView)).toBe(true);
    };
    const dialog = page.locator('dialog[open]');
    for (const open of [
      async () => {
        await page.goto(`${base}/onboardings/${failed}`);
        await page.getByRole('link', { name: 'Replay onboarding' }).click();
      },
      async () => page.keyboard.press('?'),
    ]) {
      await open();
      expect(await dialog.evaluate(({ scrollHeight, clientHeight }) => scrollHeight > clientHeight)).toBe(
        true,
      );
      for (const scrolled of [0, 10_000]) {
        await dialog.evaluate((element, top) => element.scrollTo(0, top), scrolled);
        await isWhole(dialog.getByRole('heading').first());
        await isWhole(dialog.getByRole('button').last());
      }
      await page.keyboard.press('Escape');
    }
  });

  it.each(['/', '/onboardings'])(
    'weighs less than 150 kB on its first load, and runs nothing inline: %s',
    async (path) => {
      const { page } = await visit();
      await logIn(page, base);
      const client = await page.context().newCDPSession(page);
      await client.send('Network.enable');
      await client.send('Network.clearBrowserCache');
      let bytes = 0;
      client.on('Network.loadingFinished', ({ encodedDataLength }) => (bytes += encodedDataLength));
      const served = await page.goto(base + path);
      await page.locator('#live[data-state=on]').waitFor();
      expect(bytes).toBeGreaterThan(10_000);
      expect(bytes).toBeLessThan(150_000);
      expect(await served?.text()).not.toMatch(/<style| style=| on[a-z]+="|javascript:/);
    },
  );
});

/** Runs in the page: whether the whole of an element is in the window, with nothing on top of its middle. */
function inView(element: Element): boolean {
  const { left, top, right, bottom } = element.getBoundingClientRect();
  const onTop = document.elementFromPoint((left + right) / 2, (top + bottom) / 2);
  return top >= 0 && bottom <= window.innerHeight && onTop !== null && element.contains(onTop);
}
