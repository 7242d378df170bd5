import type { Browser } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { FrontDoor } from '../../src/api/http/front-door.ts';
import { openBrowser } from '../support/browser.ts';
import { createLook, visitWith } from '../support/console-page.ts';
import { MANY_LOGINS, logIn, openDoor } from '../support/console.ts';
import { eventually } from '../support/eventually.ts';
import { idOf, request, startService, TOKENS, type RunningService } from '../support/running-service.ts';
import { SECRET } from '../support/webhook-receiver.ts';

let service: RunningService;
let door: FrontDoor;
let browser: Browser;
let base: string;

const PROBE = '"><img src=x onerror=alert(1)><script>alert(2)</script>';
/** Another, whose failures are counted apart. */
const DEAF_TOO = 'http://127.0.0.1:10/hooks';
/** A callback that nobody listens at. */
const DEAF = 'http://127.0.0.1:9/hooks';

beforeAll(async () => {
  service = await startService({
    stopWith: afterAll,
    workers: ['provisioning', 'webhooks', 'maintenance'],
    env: {
      ...MANY_LOGINS,
      WEBHOOK_SECRET: SECRET,
      CALLBACK_ALLOW_HOSTS: '127.0.0.1',
      WEBHOOK_BACKOFF_BASE_MS: '50',
    },
  });
  door = await openDoor(service);
  base = door.url;
  browser = await openBrowser();
  afterAll(async () => {
    await browser.close();
    await door.close(0);
  });
}, 60_000);

/** Onboardings that have failed, newest last. */
async function failedOnes(count: number, more: Readonly<Record<string, unknown>> = {}): Promise<string[]> {
  const ids: string[] = [];
  for (let made = 0; made < count; made += 1) ids.push(idOf(await service.post(request('limit', more))));
  for (const id of ids) await service.until(id, 'failed');
  return ids;
}

async function deliveryOf(onboardingId: string): Promise<{ id: string; attempts: readonly unknown[] }> {
  return eventually(
    async () => {
      const reply = await service.call({ url: `/v1/deliveries?onboardingId=${onboardingId}` });
      const [delivery] = (JSON.parse(reply.body) as { items: { id: string; attempts: unknown[] }[] }).items;
      return delivery !== undefined && delivery.attempts.length > 0 ? delivery : undefined;
    },
    { withinMs: 90_000 },
  );
}

describe('ticking rows', () => {
  it('by keyboard and by shift and click leads to a replay of them as one', async () => {
    const ids = await failedOnes(3, { customerId: 'c-ticked' });
    const done = idOf(await service.post(request('orders', { customerId: 'c-ticked' })));
    await service.until(done, 'provisioned');
    const { page } = await visitWith(browser);
    await logIn(page, base);
    await page.goto(`${base}/onboardings?customerId=c-ticked`);
    const button = page.getByRole('button', { name: 'Replay selected' });
    expect(await button.isDisabled()).toBe(true);
    await page.keyboard.press('j');
    await page.keyboard.press('x');
    await page.getByRole('button', { name: 'Replay selected (1)' }).waitFor();
    await page.locator(`#${ids[0]} input[data-tick]`).click({ modifiers: ['Shift'] });
    await page.getByRole('button', { name: 'Replay selected (4)' }).click();
    await page.getByRole('heading', { name: 'Replay 3 failed onboardings?' }).waitFor();
    await page.getByText('LimitExceededException').waitFor();
    await page.getByText('1 skipped: not failed').waitFor();
    await page.getByLabel('Reason').fill('quota was raised');
    await page.getByLabel('Maximum per second').fill('100');
    await page.getByRole('button', { name: 'Replay 3' }).click();
    await page.waitForURL(/\/replays\/rpl_/);
    const replay = await service.call({ url: `/v1${new URL(page.url()).pathname}` });
    expect(JSON.parse(replay.body)).toMatchObject({
      matched: 3,
      ratePerSecond: 100,
      reason: 'quota was raised',
      actor: 'operator-person',
    });
    for (const id of ids) {
      await eventually(async () => (await service.onboarding(id)).replays === 1, { withinMs: 90_000 });
    }
    await page.goto(`${base}/onboardings/${ids[0]}`);
    await page.getByRole('link', { name: 'operator-person replayed it in a bulk replay' }).waitFor();
  });

  it('stays as it is when the rows are fetched again', async () => {
    const [id = ''] = await failedOnes(1, { customerId: 'c-stays' });
    const { page } = await visitWith(browser);
    await logIn(page, base);
    await page.goto(`${base}/onboardings?customerId=c-stays`);
    await page.locator('#live[data-state=on]').waitFor();
    await page.locator(`#${id} input[data-tick]`).click();
    const arrives = idOf(await service.post(request('orders', { customerId: 'c-stays' })));
    await page.locator(`#${arrives}`).getByText('provisioned').waitFor({ timeout: 20_000 });
    expect(await page.locator(`#${id} input[data-tick]`).isChecked()).toBe(true);
    await page.getByRole('button', { name: 'Cancel selected (1)' }).waitFor();
  });

  it('works without a script, and a cancel of many tells of each that it could not', async () => {
    const [first = '', second = ''] = await failedOnes(2, { customerId: 'c-cancel' });
    const done = idOf(await service.post(request('orders', { customerId: 'c-cancel' })));
    await service.until(done, 'provisioned');
    const { page } = await visitWith(browser, { javaScriptEnabled: false });
    await logIn(page, base);
    await page.goto(`${base}/onboardings?customerId=c-cancel`);
    for (const id of [first, second, done]) await page.locator(`#${id} input[data-tick]`).check();
    await page.getByRole('button', { name: 'Cancel selected' }).click();
    await page.getByRole('heading', { name: 'Cancel 2 onboardings?' }).waitFor();
    await page.getByText('The onboarding is provisioned.').waitFor();
    // Somebody is quicker.
    const quicker = {
      method: 'POST',
      url: `/v1/onboardings/${first}/cancel`,
      payload: { reason: 'mine' },
    } as const;
    expect((await service.call(quicker)).statusCode).toBe(202);
    await page.getByLabel('Reason').fill('customers left');
    await page.getByRole('button', { name: 'Cancel 2 onboardings' }).click();
    await page.getByRole('heading', { name: '1 of 2 cancelled' }).waitFor();
    await page.getByText('The onboarding is already cancelled.').waitFor();
    expect((await service.onboarding(second)).status).toBe('cancelled');
    expect((await service.onboarding(done)).status).toBe('provisioned');
  });

  it('is not needed to replay all that match, and what a filter cannot mean is said', async () => {
    await failedOnes(2, { customerId: 'c-all' });
    const { page } = await visitWith(browser);
    await logIn(page, base);
    await page.goto(`${base}/onboardings?customerId=c-all`);
    await page.getByRole('link', { name: 'Replay all matching failures' }).click();
    await page.getByRole('heading', { name: 'Replay 2 failed onboardings?' }).waitFor();
    await page.getByText('customerId: c-all').waitFor();
    await page.goto(`${base}/onboardings/replay?from=yesterday`);
    await page.getByRole('heading', { name: 'The filter is not valid' }).waitFor();
  });

  it('is nothing that a viewer sees, and the server refuses it', async () => {
    const [id = ''] = await failedOnes(1);
    const { page } = await visitWith(browser);
    await logIn(page, base, 'viewer');
    await page.locator(`#${id}`).waitFor();
    expect(await page.locator('input[type=checkbox], #selection').count()).toBe(0);
    for (const path of [
      `/onboardings/replay?id=${id}`,
      `/onboardings/cancel?id=${id}`,
      `/onboardings/${id}/cancel`,
    ])
      expect((await page.goto(base + path))?.status(), path).toBe(403);
  });
});

describe('a cancel', () => {
  it('says what it ends, takes a reason, and stands in the timeline with who and why', async () => {
    const [id = ''] = await failedOnes(1);
    const { page } = await visitWith(browser);
    await logIn(page, base);
    await page.goto(`${base}/onboardings/${id}`);
    await page.getByRole('link', { name: 'Cancel onboarding' }).click();
    const dialog = page.locator('dialog[open]');
    await dialog.getByText('permanently: it cannot be').waitFor();
    await dialog.getByLabel('Reason').fill('the customer left');
    await dialog.getByRole('button', { name: 'Cancel onboarding' }).click();
    await page.getByText('Cancelled permanently.').waitFor();
    await page.locator('#timeline').getByText('operator-person cancelled it').waitFor();
    await page.locator('#timeline').getByText('the customer left').waitFor();
    await page.goto(`${base}/onboardings/${id}/cancel`);
    await page.getByText('The onboarding is already cancelled.').waitFor();
  });
});

describe('deliveries', () => {
  it('are filtered, opened and sent again with a reason', async () => {
    const [id = ''] = await failedOnes(1, { callbackUrl: DEAF });
    const delivery = await deliveryOf(id);
    const { page } = await visitWith(browser);
    await logIn(page, base);
    await page.goto(`${base}/deliveries?onboardingId=${id}`);
    await page.locator(`#${delivery.id}`).getByText('onboarding.failed').click();
    await page.waitForURL(`${base}/deliveries/${delivery.id}`);
    await page.getByText('Attempt 1: ').waitFor();
    expect(await page.content()).not.toContain('/hooks');
    await page.getByRole('link', { name: 'Resend webhook' }).click();
    const dialog = page.locator('dialog[open]');
    await dialog.getByLabel('Reason').fill('the endpoint is back');
    await dialog.getByRole('button', { name: 'Resend webhook' }).click();
    await page.getByText('The webhook will be resent').waitFor();
    await page.locator('#calls').getByText('replay 1').first().waitFor({ timeout: 20_000 });
    await page.goto(`${base}/deliveries?onboardingId=${PROBE}&status=${PROBE}&cursor=nonsense`);
    expect(await page.locator('main img, main script').count()).toBe(0);
    await page.goto(`${base}/deliveries?status=delivered&type=region.circuitOpened`);
    await page.getByRole('heading', { name: 'Nothing matches' }).waitFor();
  });
});

describe('the endpoints', () => {
  it('are shown with what fails there, and all that waits is sent at once with a reason', async () => {
    const ids = await failedOnes(3, { callbackUrl: DEAF_TOO });
    for (const id of ids) await deliveryOf(id);
    const { page } = await visitWith(browser);
    await logIn(page, base);
    await page.goto(`${base}/deliveries`);
    const health = page.locator('#endpoints').getByText(new URL(DEAF_TOO).origin);
    await health.waitFor();
    expect(await page.locator('#endpoints').innerText()).toMatch(
      /failing since .*, \d+ failures in a row, no success/,
    );
    expect(await page.locator('#deliveries-head').innerText()).toMatch(/waiting\s+\d/);
    await (
      await createLook()
    )(page, 'deliveries-failing');
    await page.goto(`${base}/`);
    await page.locator('#concerns').getByText('Webhooks are late').waitFor();
    await page.getByRole('link', { name: 'View deliveries' }).click();
    await page.getByRole('link', { name: 'Send all now' }).click();
    const dialog = page.locator('dialog[open]');
    await dialog.getByText('become due now').waitFor();
    await dialog.getByLabel('Reason').fill('the receiver is back');
    await dialog.getByRole('button', { name: 'Send all now' }).click();
    await page.getByText('All waiting webhooks are sent now').waitFor();
  });
});

describe('a replay of a group of causes', () => {
  it('is one, named by its reason and codes, says what is paused, and is one entry of the audit', async () => {
    await failedOnes(2, { customerId: 'c-group' });
    const pause = {
      method: 'POST',
      url: '/v1/regions/us-east-1/pause',
      payload: { reason: 'tests' },
    } as const;
    await service.call(pause);
    const { page } = await visitWith(browser);
    await logIn(page, base);
    const filter = 'status=failed&customerId=c-group&errorCode=LimitExceededException+AccountConflict';
    await page.goto(`${base}/onboardings/replay?${filter}`);
    await page.getByText('us-east-1 is paused.').waitFor();
    await page.getByLabel('Reason').fill('both are fixed');
    await page.getByRole('button', { name: 'Replay 2' }).click();
    await page.waitForURL(/\/replays\/rpl_/);
    const title = 'both are fixed · LimitExceededException, AccountConflict';
    await page.getByRole('heading', { name: title }).waitFor();
    await page.locator('#progress').getByText('us-east-1 is paused.').waitFor();
    await page.locator('.figures').getByText('2', { exact: true }).first().waitFor();
    await service.call({ ...pause, url: '/v1/regions/us-east-1/resume' });
    await page.locator('#head').getByText('completed').waitFor({ timeout: 20_000 });
    expect(await page.getByText('is paused').count()).toBe(0);
    await page.goto(`${base}/audit?actor=operator-person`);
    const entry = page.locator('#audit-entries > li', { hasText: 'both are fixed' });
    expect(await entry.count()).toBe(1);
    await entry.getByRole('link', { name: 'View 2 replayed onboardings' }).click();
    await page.waitForURL(/replayId=rpl_/);
    await page.locator('#audit-entries > li').nth(1).waitFor();
    expect(await page.locator('#audit-entries').getByText('both are fixed').count()).toBe(2);
  });
});

describe('the audit', () => {
  it('shows who did what and why, what it changed, and leads there; all of it as text', async () => {
    const [id = ''] = await failedOnes(1);
    const replayed = await service.call({
      method: 'POST',
      url: `/v1/onboardings/${id}/replay`,
      token: TOKENS.operator,
      payload: { reason: PROBE },
    });
    expect(replayed.statusCode).toBe(202);
    const { page } = await visitWith(browser);
    await logIn(page, base, 'viewer');
    await page.goto(`${base}/audit?subject=${id}`);
    const entry = page.locator('#audit-entries > li').first();
    await entry.getByText(PROBE).waitFor();
    expect(await entry.locator('.changes').innerText()).toMatch(/status\s*failed\s*→\s*queued/);
    expect(await page.locator('main img, main script').count()).toBe(0);
    await entry.getByRole('link', { name: id }).click();
    await page.waitForURL(`${base}/onboardings/${id}`);
    await page.goto(`${base}/audit`);
    await page.getByLabel('Actor').fill('viewer-person');
    await page.locator('select[name=action]').selectOption('login');
    await page.getByRole('button', { name: 'Apply' }).click();
    await page.waitForURL(/actor=viewer-person&action=login/);
    await page.locator('#audit-entries > li').first().getByText('logged in').waitFor();
    await page.goto(`${base}/audit?from=yesterday&cursor=nonsense`);
    await page.getByText('Enter a UTC date and time').waitFor();
  });

  it('shows a new entry without being loaded again', async () => {
    const { page } = await visitWith(browser);
    await logIn(page, base, 'viewer');
    await page.goto(`${base}/audit`);
    await page.locator('#live[data-state=on]').waitFor();
    const reason = 'a pause while somebody watches';
    await service.call({ method: 'POST', url: '/v1/regions/eu-west-1/pause', payload: { reason } });
    await page.getByText(reason).waitFor({ timeout: 20_000 });
    await service.call({ method: 'POST', url: '/v1/regions/eu-west-1/resume', payload: { reason: 'over' } });
  });
});

describe('the raw queues', () => {
  it('lead from a job to the page where something can be done about it', async () => {
    const [id = ''] = await failedOnes(1);
    const url = '/queues/api/queues?activeQueue=onboarding-us-east-1-live&status=failed';
    // The queue hears of the end after the ledger.
    await eventually(async () => (await service.call({ url })).body.includes(`"href":"/onboardings/${id}"`));
    expect((await service.call({ url: '/queues' })).body).toContain('Console: pause and drain');
  });
});

describe('full pages', () => {
  it('are free of grave faults in both themes, at 1280 and 360 pixels', async () => {
    const look = await createLook();
    const { page } = await visitWith(browser);
    const [id = ''] = await failedOnes(1, { callbackUrl: DEAF, customerId: PROBE });
    const delivery = await deliveryOf(id);
    await logIn(page, base);
    for (const [name, path] of [
      ['list', '/onboardings'],
      ['replay-all', '/onboardings/replay?status=failed'],
      ['deliveries-full', '/deliveries'],
      ['delivery', `/deliveries/${delivery.id}`],
      ['audit-full', '/audit'],
    ] as const) {
      await page.goto(base + path);
      await look(page, name);
    }
  });
});
