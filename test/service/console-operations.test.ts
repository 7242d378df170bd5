import type { Browser, Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it, onTestFinished } from 'vitest';
import type { FrontDoor } from '../../src/api/http/front-door.ts';
import { openBrowser } from '../support/browser.ts';
import { MANY_LOGINS, logIn, openDoor } from '../support/console.ts';
import { eventually } from '../support/eventually.ts';
import { idOf, request, startService, type RunningService } from '../support/running-service.ts';
import { control } from '../support/sandbox.ts';
import { openTcpProxy } from '../support/tcp-proxy.ts';

let service: RunningService;
let door: FrontDoor;
let browser: Browser;

beforeAll(async () => {
  // One round, three calls: whatever fails three times has failed, and works when it is replayed.
  service = await startService({ env: { ...MANY_LOGINS, ATTEMPTS_MAX: '1' }, stopWith: afterAll });
  door = await openDoor(service);
  browser = await openBrowser();
  afterAll(async () => {
    await browser.close();
    await door.close(0);
  });
}, 60_000);

async function visit(options: Parameters<Browser['newContext']>[0] = {}): Promise<Page> {
  const context = await browser.newContext(options);
  const page = await context.newPage();
  const troubles: string[] = [];
  page.on('pageerror', (error) => troubles.push(error.message));
  page.on('console', (message) => {
    if (message.type() === 'error' && /Content Security Policy|Uncaught/.test(message.text()))
      troubles.push(message.text());
  });
  onTestFinished(async () => {
    await context.close();
    expect(troubles).toEqual([]);
  });
  return page;
}

/** Hands in so many of each and waits until they have ended. */
async function onboard(names: Readonly<Record<string, number>>, region = 'us-east-1'): Promise<string[]> {
  const payload = Object.entries(names).flatMap(([name, size]) =>
    Array.from({ length: size }, () => request(name, { region })),
  );
  const { body } = await service.call({ method: 'POST', url: '/v1/onboardings/batch', payload });
  const ids = (JSON.parse(body) as { items: { onboarding: { id: string } }[] }).items.map(
    ({ onboarding }) => onboarding.id,
  );
  await Promise.all(ids.map((id) => service.until(id, 'provisioned', 'failed')));
  return ids;
}

const statusesOf = async (ids: readonly string[]): Promise<readonly string[]> =>
  (await Promise.all(ids.map((id) => service.onboarding(id)))).map(({ status }) => status);

/** Errors that a round ends with and a replay gets past, however many calls a busy machine has made in the round. */
const PASSING = { ConcurrentModificationException: 4, InternalException: 3, ServiceUnavailable: 2 };

describe('from the overview of a service with failures of many kinds', () => {
  it('in at most 10 clicks all that a replay helps are replayed, and the rest is understood', async () => {
    const passing: string[] = [];
    for (const [error, count] of Object.entries(PASSING)) {
      await control(service.sandbox, 'mode', { region: 'us-east-1', error });
      passing.push(...(await onboard({ orders: count })));
    }
    await control(service.sandbox, 'mode', { region: 'us-east-1', error: null });
    const lasting = await onboard({ limit: 3, other: 2, invalid: 1 });
    await onboard({ orders: 3 });
    expect(new Set(await statusesOf([...passing, ...lasting]))).toEqual(new Set(['failed']));
    const page = await visit({ viewport: { width: 1280, height: 900 } });
    await logIn(page, door.url);
    await page.goto(door.url);
    const clicks = await countClicks(page);

    await page.getByText('15 failures from 6 causes').waitFor();
    await page.getByText('9 ready to replay').waitFor();
    await page.getByRole('link', { name: 'View failures' }).click();
    await page.getByRole('link', { name: 'Replay 9 onboardings…' }).click();
    const dialog = page.locator('dialog[open]');
    await dialog.getByRole('heading', { name: 'Replay 9 failed onboardings?' }).waitFor();
    await dialog.getByText('InternalException', { exact: true }).waitFor();
    await dialog.getByLabel('Reason').fill('AWS has recovered');
    await dialog.getByRole('button', { name: 'Replay 9' }).click();
    await page.waitForURL(/\/replays\/rpl_/);
    await page.locator('#head .badge', { hasText: 'completed' }).waitFor({ timeout: 30_000 });
    await page.getByText('9 of 9 finished').waitFor();
    expect(await statusesOf(passing)).not.toContain('failed');

    await page.getByRole('link', { name: 'Failures' }).click();
    await page.getByText('6 from 3 causes').waitFor();
    for (const code of ['LimitExceededException', 'AccountConflict', 'ValidationException']) {
      const group = page.locator('.group', { hasText: code });
      await group.locator('summary').first().click();
      expect(await group.locator('.todo li').first().isVisible()).toBe(true);
      await group.getByText('Runbook').waitFor();
    }
    expect(await clicks()).toBeLessThanOrEqual(10);
    expect(await clicks()).toBeGreaterThan(5);
    expect(new Set(await statusesOf(passing))).toEqual(new Set(['provisioned']));
    expect(new Set(await statusesOf(lasting))).toEqual(new Set(['failed']));
  }, 60_000);
});

/** Counts what somebody clicks, over all pages from now on. */
async function countClicks(page: Page): Promise<() => Promise<number>> {
  let count = 0;
  await page.exposeFunction('clicked', () => {
    count += 1;
  });
  const listen = (): void =>
    document.addEventListener(
      'click',
      ({ isTrusted }) => {
        if (isTrusted) (window as unknown as { clicked(): void }).clicked();
      },
      true,
    );
  await page.addInitScript(listen);
  await page.evaluate(listen);
  return () => Promise.resolve(count);
}

describe('the overview', () => {
  it('follows what happens, and nothing moves by it', async () => {
    const page = await visit({ viewport: { width: 1280, height: 900 } });
    await logIn(page, door.url);
    await page.goto(door.url);
    await page.locator('#live[data-state=on]').waitFor();
    await page.locator('#throughput svg').waitFor();
    await page.evaluate(() => {
      const seen = { moved: 0 };
      new PerformanceObserver((list) => {
        for (const entry of list.getEntries()) seen.moved += (entry as unknown as { value: number }).value;
      }).observe({ type: 'layout-shift' });
      Object.assign(window, { seen });
    });
    const figure = page.locator('.tile', { hasText: 'Provisioned, last hour' }).locator('b');
    const before = Number(await figure.textContent());
    await onboard({ orders: 2 });
    await expect.poll(async () => Number(await figure.textContent()), { timeout: 20_000 }).toBe(before + 2);
    await expect
      .poll(async () => page.locator('#throughput g title').allTextContents(), { timeout: 20_000 })
      .toContainEqual(
        expect.stringMatching(/ to \d\d:\d\d UTC · [1-9]\d* provisioned · \d+ retried · \d+ failed$/),
      );
    const moved = await page.evaluate(() => (window as unknown as { seen: { moved: number } }).seen.moved);
    expect(moved).toBeLessThan(0.01);
  });

  it('says which Region is held, by whom and why', async () => {
    const reason = { method: 'POST', payload: { reason: 'quota talk with AWS' } } as const;
    await service.call({ ...reason, url: '/v1/regions/eu-west-1/pause' });
    const overview = async (): Promise<string> => (await service.call({ url: '/' })).body;
    await expect
      .poll(overview, { timeout: 10_000 })
      .toMatch(/eu-west-1: paused by admin-person[^]*“quota talk with AWS”/);
    await service.call({ ...reason, url: '/v1/regions/eu-west-1/resume' });
    await expect.poll(overview, { timeout: 10_000 }).not.toContain('paused by');
  });

  it('shows its figures, and the failures what is to be done, without a script; one replay works too', async () => {
    const [id] = await onboard({ 'internal-3': 1 }, 'eu-west-1');
    const page = await visit({ javaScriptEnabled: false });
    await logIn(page, door.url);
    await page.goto(`${door.url}/?window=24h`);
    expect(await page.locator('.tile b').allTextContents()).toHaveLength(5);
    await page.locator('#throughput svg').waitFor();
    await page.locator('#failing').getByRole('link', { name: 'AWS had an internal fault' }).click();
    const group = page.locator('.group', { hasText: 'InternalException' });
    expect(await group.locator('.todo').isVisible()).toBe(true);
    await page.getByRole('link', { name: /^Replay 1 onboarding…/ }).click();
    await page.getByLabel('Maximum per second').fill('5');
    await page.getByLabel('Reason').fill('without a script');
    await page.getByRole('button', { name: 'Replay 1' }).click();
    await page.waitForURL(/\/replays\/rpl_/);
    await page.getByText('Replay started').waitFor();
    await page.getByText('5 queued per second').waitFor();
    await service.until(id ?? '', 'provisioned');
  });
});

describe('a replay of failures', () => {
  it('asks for a reason, and is not of what failed after it was previewed', async () => {
    await onboard({ limit: 1 });
    const page = await visit();
    await logIn(page, door.url);
    await page.goto(`${door.url}/onboardings/replay?errorCode=LimitExceededException`);
    const button = page.getByRole('button', { name: /^Replay \d/ });
    const asked = await button.textContent();
    const counted = Number(asked?.split(' ')[1]);
    await onboard({ limit: 2 });
    await page.locator('textarea').evaluate((field: HTMLTextAreaElement) => (field.required = false));
    await button.click();
    await page.getByText('Enter a reason').waitFor();
    expect(await button.textContent()).toBe(asked);
    await page.getByLabel('Reason').fill('quota was raised');
    await button.click();
    await page.waitForURL(/\/replays\/rpl_/);
    await page.getByText(`of ${counted} finished`).waitFor();
  });

  it('is followed until it has ended, and cancelled with a reason; what was not queued stays failed', async () => {
    await onboard({ other: 4 });
    const started = await service.call({
      method: 'POST',
      url: '/v1/replays',
      payload: { filter: { errorCode: 'AccountConflict' }, ratePerSecond: 1, reason: 'slowly' },
    });
    const page = await visit();
    await logIn(page, door.url);
    await page.goto(`${door.url}/replays/${idOf(started)}`);
    await page.locator('.figures a').waitFor({ timeout: 20_000 });
    await page.getByRole('link', { name: 'Cancel replay…' }).click();
    const dialog = page.locator('dialog[open]');
    await dialog.getByLabel('Reason').fill('it is no use');
    await dialog.getByRole('button', { name: 'Cancel replay' }).click();
    await page.locator('#head .badge', { hasText: 'cancelled' }).waitFor();
    await page.getByText('never queued').waitFor();
    expect(await page.getByRole('link', { name: 'Cancel replay…' }).count()).toBe(0);
  });

  it('is not offered to a viewer', async () => {
    const page = await visit();
    await logIn(page, door.url, 'viewer');
    await page.goto(`${door.url}/failures?open=LimitExceededException`);
    await page.locator('.group[open] .todo').waitFor();
    expect(await page.getByRole('link', { name: /Replay/ }).count()).toBe(1);
    const refused = await page.goto(`${door.url}/onboardings/replay?errorCode=LimitExceededException`);
    expect(refused?.status()).toBe(403);
  });
});

describe('when something is down', () => {
  it('the overview keeps what it knew last, and says as of when', async () => {
    const line = await openTcpProxy();
    const own = await startService({ redis: 'private', databaseThrough: (url) => line.through(url) });
    const { status } = await own.until(idOf(await own.post(request('limit'))), 'failed');
    expect(status).toBe('failed');
    const overview = async (): Promise<string> => (await own.call({ url: '/' })).body;
    for (const name of ['expired-99', 'expired-99', 'expired-99'])
      await own.post(request(name, { region: 'eu-west-1' }));
    const circuit = /eu-west-1: circuit open for [^<]*, ExpiredTokenException/;
    await expect.poll(overview, { timeout: 20_000 }).toMatch(circuit);
    expect(await overview()).toMatch(/Next probe in|The next probe is due|is probing now/);
    expect(await overview()).toContain('href="/runbooks/credentials"');
    expect(await overview()).toContain('1 failure from 1 cause');

    await own.redis.kill();
    const withoutRedis = await eventually(
      async () => {
        const body = await overview();
        return body.includes('Redis is not responding</b>') ? body : undefined;
      },
      { withinMs: 90_000 },
    );
    expect(withoutRedis).toMatch(/Circuits and queues are shown as of \d{4}-/);
    expect(withoutRedis).toContain('href="/runbooks/redis-down"');
    expect(withoutRedis).toContain('1 failure from 1 cause');
    expect(withoutRedis).toMatch(circuit);

    line.cut();
    const withoutLedger = await eventually(
      async () => {
        const reply = await own.call({ url: '/' });
        return reply.body.includes('Last known, read') ? reply : undefined;
      },
      { withinMs: 90_000 },
    );
    expect(withoutLedger.statusCode).toBe(200);
    expect(withoutLedger.body).toContain('1 failure from 1 cause');
    expect((await own.call({ url: '/failures' })).statusCode).toBe(503);
    line.heal();
    await eventually(async () => !(await overview()).includes('Last known, read'), { withinMs: 90_000 });
  }, 60_000);
});
