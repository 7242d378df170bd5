import { readFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import type { Browser, BrowserContext, Page } from 'playwright-core';
import { expect, onTestFinished } from 'vitest';
import { picturesFolder } from './console.ts';

/** A browser of its own, in which nothing may fail unnoticed. */
export async function visitWith(
  browser: Browser,
  options: Parameters<Browser['newContext']>[0] = {},
): Promise<{ context: BrowserContext; page: Page }> {
  const context = await browser.newContext(options);
  const page = await context.newPage();
  const troubles: string[] = [];
  page.on('pageerror', (error) => troubles.push(error.message));
  page.on('dialog', (dialog) => troubles.push(dialog.message()));
  page.on('console', (message) => {
    if (message.type() === 'error' && /Content Security Policy|Uncaught/.test(message.text()))
      troubles.push(message.text());
  });
  onTestFinished(async () => {
    await context.close();
    expect(troubles).toEqual([]);
  });
  return { context, page };
}

/** Both themes, and a desk and a phone. */
const LOOKS = [
  ['light', 1280],
  ['light', 360],
  ['dark', 360],
  ['dark', 1280],
] as const;

/**
 * Keeps a picture of a page in every look, and sees that nothing sticks out and, on the desk, that axe finds nothing
 * grave: all rules by day, contrast by night, since nothing else differs. It takes half a second for a page.
 */
export async function createLook(): Promise<(page: Page, name: string) => Promise<void>> {
  const folder = picturesFolder();
  const axe = await readFile(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8');
  return async (page, name) => {
    await page.evaluate(axe);
    for (const [colorScheme, width] of LOOKS) {
      const look = `${name}-${colorScheme}-${width}`;
      await page.emulateMedia({ colorScheme });
      await page.setViewportSize({ width, height: 800 });
      const sticksOut = await page.evaluate(() => document.documentElement.scrollWidth - window.innerWidth);
      expect(sticksOut, look).toBeLessThanOrEqual(0);
      if (folder !== undefined) await page.screenshot({ path: join(folder, `${look}.png`) });
      if (width >= 1_000) expect(await graveFaults(page, colorScheme), look).toEqual([]);
    }
  };
}

async function graveFaults(page: Page, colorScheme: 'light' | 'dark'): Promise<string[]> {
  const found = await page.evaluate<{
    violations: { id: string; impact: string; nodes: { html: string }[] }[];
  }>(colorScheme === 'dark' ? 'axe.run({ runOnly: ["color-contrast"] })' : 'axe.run()');
  const grave = found.violations.filter(({ impact }) => impact === 'serious' || impact === 'critical');
  return grave.map(({ id, nodes }) => `${id}: ${nodes.map((node) => node.html).join(' ')}`);
}
