import { readFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import type { Browser } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { openFrontDoor } from '../../src/api/http/front-door.ts';
import { PROBLEM_CODES } from '../../src/domain/problem-codes.ts';
import { openBrowser } from '../support/browser.ts';
import { startService, type RunningService } from '../support/running-service.ts';

interface Described {
  readonly paths: Record<string, Record<string, object>>;
}

let service: RunningService;
beforeAll(async () => {
  service = await startService({ workers: [], stopWith: afterAll });
});

describe('GET /docs', () => {
  it('runs scripts from here alone and none of its own, and takes nothing from elsewhere', async () => {
    const reply = await service.call({ url: '/docs', token: null });
    expect(reply.headers['content-security-policy']).toBe(
      "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; connect-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none';",
    );
    expect(reply.headers['x-content-type-options']).toBe('nosniff');
    expect(reply.body).not.toMatch(/<script>|<style|<iframe| style=| on\w+=|https?:/);
    expect((await service.call({ url: '/healthz' })).headers['content-security-policy']).toBe(
      "default-src 'none'; frame-ancestors 'none'",
    );
  });

  it('shows the document that programs get', async () => {
    const [shown, forPrograms] = await Promise.all(
      ['/docs/json', '/openapi.json'].map((url) => service.call({ url, token: null })),
    );
    expect(JSON.parse(shown!.body)).toEqual(JSON.parse(forPrograms!.body));
  });
});

describe('in a browser', () => {
  let browser: Browser;
  let origin: string;
  beforeAll(async () => {
    const door = await openFrontDoor('127.0.0.1', 0);
    afterAll(() => door.close(0));
    door.admit((incoming, response) => service.app.routing(incoming, response));
    origin = door.url;
    browser = await openBrowser();
    afterAll(() => browser.close());
  });

  it('shows every call and every problem code', async () => {
    const document = JSON.parse((await service.call({ url: '/openapi.json' })).body) as Described;
    const calls = Object.entries(document.paths).flatMap(([path, methods]) =>
      Object.keys(methods).map((method) => `${method.toUpperCase()} ${path}`),
    );
    const tab = await browser.newPage();
    await tab.goto(`${origin}/docs`);
    await tab.locator('.opblock').first().waitFor();
    const shown = await tab.evaluate<string[]>(
      `[...document.querySelectorAll('.opblock')].map((call) =>
        call.querySelector('.opblock-summary-method').textContent + ' ' +
        call.querySelector('.opblock-summary-path').dataset.path)`,
    );
    expect(shown.sort()).toEqual(calls.sort());
    await tab.getByText('Problem codes').click();
    for (const code of PROBLEM_CODES)
      expect(await tab.getByText(code, { exact: true }).isVisible(), code).toBe(true);
    await tab.close();
  });

  it.each([
    ['light', 1280],
    ['dark', 1280],
    ['light', 360],
    ['dark', 360],
  ] as const)('reads well, %s and %i wide', async (colorScheme, width) => {
    const tab = await browser.newPage({ colorScheme, viewport: { width, height: 800 } });
    const complaints: string[] = [];
    tab.on('console', (message) => complaints.push(message.text()));
    tab.on('request', (request) => {
      if (!request.url().startsWith(origin)) complaints.push(request.url());
    });
    // The address of one call shows it open.
    await tab.goto(`${origin}/docs#/audit/get-v1-audit`);
    await tab.locator('.opblock.is-open .responses-table').waitFor();
    await tab.getByText('Problem codes').click();
    expect(complaints).toEqual([]);
    expect(await tab.evaluate<number>('document.documentElement.scrollWidth')).toBe(width);
    await tab.evaluate(await readFile(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8'));
    const { violations } = await tab.evaluate<{
      violations: { nodes: { target: string[]; failureSummary: string }[] }[];
    }>('axe.run({ runOnly: ["color-contrast"] })');
    expect(violations.flatMap(({ nodes }) => nodes.map((n) => [n.target, n.failureSummary]))).toEqual([]);
    await tab.close();
  });
});
