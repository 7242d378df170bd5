import { readFile } from 'node:fs/promises';
import type { Browser, Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { FrontDoor } from '../../src/api/http/front-door.ts';
import type { Onboarding } from '../../src/domain/onboarding.ts';
import { openBrowser } from '../support/browser.ts';
import { createLook, visitWith } from '../support/console-page.ts';
import { MANY_LOGINS, cookieOf, logIn, openDoor } from '../support/console.ts';
import { startService, type RunningService } from '../support/running-service.ts';

let service: RunningService;
let door: FrontDoor;
let browser: Browser;
let base: string;

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

async function open(who: 'operator' | 'viewer' = 'operator'): Promise<Page> {
  const { page } = await visitWith(browser);
  await logIn(page, base, who);
  await page.goto(`${base}/imports`);
  return page;
}

const choose = (page: Page, text: string, name = 'customers.csv') =>
  page.setInputFiles('#file', { name, mimeType: 'text/csv', buffer: Buffer.from(text) });

const onboarded = async (q: string): Promise<readonly Onboarding[]> =>
  (JSON.parse((await service.call({ url: `/v1/onboardings?q=${q}` })).body) as { items: Onboarding[] }).items;

const CRM = [
  'Customer No;AWS Account ID;Product;Remark',
  'k-1;111122220001;shop;fine',
  'k-2;111122220002;shop;"=1+1; really"',
  'k-3;12;shop;too short',
].join('\n');

describe('a file', () => {
  it('is checked, told how its columns are named, imported, and gives back what it rejected', async () => {
    const look = await createLook();
    const page = await open();
    await choose(page, CRM);
    await page.getByRole('heading', { name: 'cannot be imported yet' }).waitFor();
    await page.getByText('The column account is missing').waitFor();
    await page.getByLabel('Delimiter').waitFor();
    await look(page, 'import-unusable');

    await page.getByLabel('Column of account').selectOption('AWS Account ID');
    await page.getByLabel('Column of customerId').selectOption('Customer No');
    await page.getByLabel('default of region').fill('us-east-1');
    await page.getByLabel('template of eventNamespace').fill('console/{customerId}');
    await page.getByLabel('template of eventName', { exact: true }).fill('{Product}');
    await page.getByRole('button', { name: 'Check again' }).click();
    await page.getByRole('heading', { name: 'Dry run' }).waitFor();
    await page.getByRole('cell', { name: 'console/k-2' }).waitFor();
    await page.getByText('" has 2; if').waitFor();
    await page.getByText('Ignored columns: Remark').waitFor();
    expect(await onboarded('console/k-')).toEqual([]);
    await look(page, 'import-checked');

    // Confirmed is what was checked.
    await page.getByText('Columns', { exact: true }).click();
    await look(page, 'import-columns');
    const confirm = page.getByRole('button', { name: 'Import 2 onboardings' });
    await page.getByLabel('default of region').fill('eu-west-1');
    expect(await confirm.isDisabled()).toBe(true);
    await page.getByRole('button', { name: 'Check again' }).click();
    await page.getByRole('cell', { name: 'eu-west-1' }).first().waitFor();
    await confirm.click();
    await page.waitForURL(/\/imports\/imp_/);
    await page.getByText('Accepted onboardings are in the queue').waitFor();
    await look(page, 'import');
    expect(
      (await onboarded('console/k-')).map(({ region, customerId }) => [region, customerId]).sort(),
    ).toEqual([
      ['eu-west-1', 'k-1'],
      ['eu-west-1', 'k-2'],
    ]);

    const [download] = await Promise.all([
      page.waitForEvent('download'),
      page.getByRole('link', { name: 'Download rejected rows' }).click(),
    ]);
    const rejects = await readFile(await download.path(), 'utf8');
    expect(rejects).toContain(
      'Customer No;AWS Account ID;Product;Remark;line;field;code;reason\nk-3;12;shop;too short;4;account;',
    );
    await page.getByRole('link', { name: 'Imports' }).first().click();
    await page.getByText('1 rejected').waitFor();
    await look(page, 'imports');
  });

  it('shows whatever stands in it as text', async () => {
    const probe = '<img src=x onerror=alert(1)>';
    const page = await open();
    await choose(page, `account,region,sourceName,"${probe}"\n"${probe}",us-east-1,"${probe}",\n`);
    await page.getByRole('heading', { name: 'Dry run' }).waitFor();
    await page.getByRole('cell', { name: probe }).first().waitFor();
    expect(await page.locator('main img').count()).toBe(0);
  });

  it('that is a workbook is refused with what to do', async () => {
    const page = await open();
    await choose(page, `PK\u0003\u0004${'x'.repeat(200_000)}`, 'customers.xlsx');
    await page.getByText('save the sheet as “CSV UTF-8”').waitFor();
  });

  it('may be dropped, and its progress shows while it is sent', async () => {
    const page = await open();
    const client = await page.context().newCDPSession(page);
    await client.send('Network.enable');
    // So slow that the middle of the upload is seen.
    const speed = { offline: false, latency: 0, downloadThroughput: -1 };
    await client.send('Network.emulateNetworkConditions', { ...speed, uploadThroughput: 200_000 });
    const rows = Array.from(
      { length: 4_000 },
      (_, n) => `000000000101,us-east-1,drop/n${n},orders,${'x'.repeat(40)}`,
    );
    const text = ['account,region,eventNamespace,eventName,note', ...rows].join('\n');
    const transfer = await page.evaluateHandle((csv) => {
      const data = new DataTransfer();
      data.items.add(new File([csv], 'dropped.csv'));
      return data;
    }, text);
    await page.dispatchEvent('form[data-import]', 'drop', { dataTransfer: transfer });
    await page.waitForFunction(() => {
      const progress = document.querySelector('progress');
      return progress !== null && progress.value > 0 && progress.value < 1;
    });
    await page.getByText(/[.0-9]+ of 0\.[0-9] MB/).waitFor();
    await client.send('Network.emulateNetworkConditions', { ...speed, uploadThroughput: -1 });
    await page.getByRole('button', { name: 'Import 4,000 onboardings' }).waitFor();
    expect(await page.locator('#sending').isHidden()).toBe(true);
  });
});

describe('who may import', () => {
  it('a viewer sees the imports and no form', async () => {
    const page = await open('viewer');
    await page.getByText('Importing requires the role operator').waitFor();
    expect(await page.locator('form[data-import]').count()).toBe(0);
  });

  it('a file counts only with what the page carries, and from our own origin', async () => {
    const page = await open();
    const cookie = await cookieOf(page.context());
    const csrf = await page.locator('form[data-import] input[name=csrf]').inputValue();
    const csv = 'account,region,sourceName\n000000000101,us-east-1,forged/a\n';
    const post = async (headers: Record<string, string>) =>
      (
        await service.call({
          method: 'POST',
          url: '/imports',
          token: null,
          headers: { cookie, 'content-type': 'text/csv', ...headers },
          payload: csv,
        })
      ).statusCode;
    expect(await post({})).toBe(403);
    expect(await post({ 'x-csrf-token': '' })).toBe(403);
    expect(await post({ 'x-csrf-token': `${csrf}x` })).toBe(403);
    expect(await post({ 'x-csrf-token': csrf, origin: 'https://evil.example' })).toBe(403);
    expect(await onboarded('forged/')).toEqual([]);
    // With everything as it should be it is imported.
    expect(await post({ 'x-csrf-token': csrf })).toBe(303);
  });

  it('without a script the page names the command that does the same', async () => {
    const { page } = await visitWith(browser, { javaScriptEnabled: false });
    await logIn(page, base);
    await page.goto(`${base}/imports`);
    await page.locator('noscript pre').waitFor();
    expect(await page.locator('noscript pre').textContent()).toContain('npx onboard import');
    expect(await page.locator('form[data-import]').isVisible()).toBe(false);
  });
});
