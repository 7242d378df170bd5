import type { Browser, Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { openFrontDoor } from '../../src/api/front-door.ts';
import { PROBLEM_CODES } from '../../src/api/problem.ts';
import { openBrowser } from '../support/browser.ts';
import { startService, type RunningService } from '../support/running-service.ts';

interface Described {
  readonly paths: Record<string, Record<string, { summary: string }>>;
  readonly components: { schemas: Record<string, unknown> };
}

let service: RunningService;
let page: string;
beforeAll(async () => {
  service = await startService({ workers: [], stopWith: afterAll });
  page = (await service.call({ url: '/docs', token: null })).body;
});

describe('GET /docs', () => {
  it('shows every call, every schema and every problem code', async () => {
    const document = JSON.parse((await service.call({ url: '/openapi.json' })).body) as Described;
    const shown = page.replaceAll('<wbr />', '');
    for (const [path, methods] of Object.entries(document.paths)) {
      for (const [method, { summary }] of Object.entries(methods)) {
        expect(shown).toContain(`>${method.toUpperCase()}</span> <code>${path}</code>`);
        expect(shown).toContain(summary.replaceAll("'", '&#39;'));
      }
    }
    for (const name of Object.keys(document.components.schemas))
      expect(shown).toContain(`id="schema-${name}"`);
    for (const code of PROBLEM_CODES) expect(shown).toContain(`>${code}</code>`);
    expect(shown).not.toMatch(/undefined|\[object/);
  });

  it('leads everywhere that it says', () => {
    const ids = [...page.matchAll(/ id="([^"]+)"/g)].map(([, id]) => id);
    expect(new Set(ids).size).toBe(ids.length);
    const targets = [...page.matchAll(/ href="#([^"]+)"/g)].map(([, target]) => target);
    expect(targets.length).toBeGreaterThan(40);
    expect(targets.filter((target) => !ids.includes(target))).toEqual([]);
  });

  it('runs nothing, and takes its style from here and nothing from anywhere', async () => {
    expect(page).not.toMatch(/<script|<style|<iframe|<img| style=| on\w+=|javascript:/);
    const reply = await service.call({ url: '/docs', token: null });
    expect(reply.headers['content-security-policy']).toBe(
      "default-src 'none'; style-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'",
    );
    expect(reply.headers['x-content-type-options']).toBe('nosniff');
    const style = await service.call({ url: '/docs/style.css', token: null });
    expect(style.headers['content-type']).toBe('text/css; charset=utf-8');
    expect(style.body).not.toMatch(/@import|url\(/);
    expect((await service.call({ url: '/healthz' })).headers['content-security-policy']).toBe(
      "default-src 'none'; frame-ancestors 'none'",
    );
  });
});

describe('in a browser', () => {
  let browser: Browser;
  let address: string;
  beforeAll(async () => {
    const door = await openFrontDoor('127.0.0.1', 0);
    afterAll(() => door.close(0));
    door.admit((incoming, response) => service.app.routing(incoming, response));
    address = `${door.url}/docs`;
    browser = await openBrowser();
    afterAll(() => browser.close());
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
    await tab.goto(address);
    expect(complaints).toEqual([]);
    expect(await tab.evaluate<number>('document.documentElement.scrollWidth')).toBe(width);
    expect(await tab.locator('nav details').isVisible()).toBe(width === 360);
    for (const selector of [
      'main p',
      '.field .name',
      '.type',
      '.note',
      '.method.get',
      '.status.s4',
      'main a',
    ])
      expect(await contrast(tab, selector), selector).toBeGreaterThanOrEqual(4.5);
    await tab.close();
  });
});

/** Of the first such element's text with the page's ground, as WCAG 2 reckons it. Tests know no DOM: its code is text. */
async function contrast(tab: Page, selector: string): Promise<number> {
  const style = (element: string): string =>
    `getComputedStyle(document.querySelector(${JSON.stringify(element)}))`;
  const text = luminance(await tab.evaluate<string>(`${style(selector)}.color`));
  const ground = luminance(await tab.evaluate<string>(`${style('body')}.backgroundColor`));
  return (Math.max(text, ground) + 0.05) / (Math.min(text, ground) + 0.05);
}

function luminance(colour: string): number {
  const [r = 0, g = 0, b = 0] = (colour.match(/[\d.]+/g) ?? [])
    .map((channel) => Number(channel) / 255)
    .map((c) => (c <= 0.03928 ? c / 12.92 : ((c + 0.055) / 1.055) ** 2.4));
  return 0.2126 * r + 0.7152 * g + 0.0722 * b;
}
