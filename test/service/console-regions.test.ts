import type { Browser } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { FrontDoor } from '../../src/api/http/front-door.ts';
import { openBrowser } from '../support/browser.ts';
import { createLook, visitWith } from '../support/console-page.ts';
import { MANY_LOGINS, logIn, openDoor } from '../support/console.ts';
import { untilHeld } from '../support/region-queues.ts';
import { idOf, request, startService, type RunningService } from '../support/running-service.ts';

let service: RunningService;
let door: FrontDoor;
let browser: Browser;
let base: string;

/** A reason as somebody mean would give it. */
const PROBE = '"><img src=x onerror=alert(1)><script>alert(2)</script>';

beforeAll(async () => {
  service = await startService({ env: MANY_LOGINS, stopWith: afterAll });
  door = await openDoor(service);
  base = door.url;
  browser = await openBrowser();
  afterAll(async () => {
    await browser.close();
    await door.close(0);
  });
}, 60_000);

const act = async (region: string, action: 'pause' | 'drain' | 'resume', reason = 'tests'): Promise<void> => {
  const reply = await service.call({
    method: 'POST',
    url: `/v1/regions/${region}/${action}`,
    payload: { reason },
  });
  expect(reply.statusCode).toBe(200);
};

describe('the Regions', () => {
  it('are paused and resumed with a reason, by a page that counts what waits', async () => {
    const { page } = await visitWith(browser);
    await logIn(page, base);
    await page.goto(`${base}/regions`);
    const card = page.locator('#us-east-1');
    await card.getByText('running', { exact: true }).waitFor();
    await card.getByRole('link', { name: 'Pause us-east-1' }).click();
    const dialog = page.locator('dialog[open]');
    await dialog.getByText('0 onboardings wait in the queue').waitFor();
    await dialog.getByLabel('Reason').fill('AWS health event');
    await dialog.getByRole('button', { name: 'Pause us-east-1' }).click();
    await card.getByText('paused', { exact: true }).waitFor();
    await card.getByText('AWS health event').waitFor();
    await card.getByText('operator-person').waitFor();
    // A job that comes before the workers have heard of the pause is put aside, and then waits for later.
    await untilHeld(service.redis.url, 'us-east-1');
    const id = idOf(await service.post(request('orders')));
    await page.waitForFunction(
      () => document.querySelector('#us-east-1 .figures dd')?.textContent === '1',
      undefined,
      { timeout: 20_000 },
    );
    await card.getByRole('link', { name: 'Resume us-east-1' }).click();
    await dialog.getByText('1 onboarding waits in the queue').waitFor();
    await dialog.getByLabel('Reason').fill('it is over');
    await dialog.getByRole('button', { name: 'Resume us-east-1' }).click();
    await page.getByText('Resumed: waiting onboardings continue.').waitFor();
    await service.until(id, 'provisioned');
  });

  it('show what somebody else does to them without being loaded again, and as text', async () => {
    const { page } = await visitWith(browser);
    await logIn(page, base);
    await page.goto(`${base}/regions`);
    await page.locator('#live[data-state=on]').waitFor();
    await page.evaluate(() => document.body.setAttribute('data-same-page', ''));
    await act('eu-west-1', 'drain', PROBE);
    const card = page.locator('#eu-west-1');
    await card.getByText('drained', { exact: true }).waitFor({ timeout: 20_000 });
    await card.getByText(PROBE).waitFor();
    expect(await page.locator('main img, main script').count()).toBe(0);
    expect(await page.locator('body[data-same-page]').count()).toBe(1);
    await act('eu-west-1', 'resume');
    await card.getByText('running', { exact: true }).waitFor({ timeout: 20_000 });
  });

  it('are drained without a script, and a second time there is nothing to do', async () => {
    const { page } = await visitWith(browser, { javaScriptEnabled: false });
    await logIn(page, base);
    await page.goto(`${base}/regions`);
    await page.getByRole('link', { name: 'Drain eu-west-1' }).click();
    await page.getByRole('button', { name: 'Drain eu-west-1' }).click();
    await page.getByLabel('Reason').fill('Redis moves');
    await page.getByRole('button', { name: 'Drain eu-west-1' }).click();
    await page.getByText('Draining: queued onboardings finish').waitFor();
    await page.goto(`${base}/regions/eu-west-1/drain`);
    await page.getByRole('heading', { name: 'Nothing to do' }).waitFor();
    await act('eu-west-1', 'resume');
  });

  it('show a viewer no action, and the server refuses it', async () => {
    const { page } = await visitWith(browser);
    await logIn(page, base, 'viewer');
    await page.goto(`${base}/regions`);
    await page.locator('#us-east-1').waitFor();
    expect(await page.locator('main a[href*="/pause"], main form').count()).toBe(0);
    expect((await page.goto(`${base}/regions/us-east-1/pause`))?.status()).toBe(403);
  });

  it('look right in both themes while they are held', async () => {
    const look = await createLook();
    await act('us-east-1', 'pause', 'a long reason of so many words that it has to be broken somewhere');
    const { page } = await visitWith(browser);
    await logIn(page, base);
    await page.goto(`${base}/regions`);
    await look(page, 'regions-held');
    await act('us-east-1', 'resume');
  });
});
