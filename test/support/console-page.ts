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

/** Both themes, and a phone, a tablet, a desk and a wide desk. */
const LOOKS = [
  ['light', 1280],
  ['light', 1600],
  ['light', 1001],
  ['light', 768],
  ['light', 360],
  ['dark', 360],
  ['dark', 1280],
] as const;

/**
 * Keeps a picture of a page in every look, and sees that its layout is sound and, on the desk, that axe finds nothing
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
      expect(await page.evaluate(layoutFaults), look).toEqual([]);
      if (folder !== undefined) await page.screenshot({ path: join(folder, `${look}.png`) });
      if (width === 1280) expect(await graveFaults(page, colorScheme), look).toEqual([]);
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

/** Runs in the page: what sticks out of it, what is cut off unseen, and headers beside the cells of their column. */
function layoutFaults(): string[] {
  const nameOf = (element: Element): string =>
    `${element.tagName.toLowerCase()}${element.id === '' ? '' : `#${element.id}`}.${element.className} "${element.textContent.trim().slice(0, 30)}"`;
  const isShown = (element: Element): boolean =>
    element.checkVisibility() && element.getClientRects().length > 0;
  const { scrollWidth } = document.documentElement;
  const sticksOut = scrollWidth > window.innerWidth ? [`the page is ${scrollWidth} px wide`] : [];
  // Cut off without an ellipsis and without a way to scroll: only its reader misses it.
  const cutOff = [...document.querySelectorAll('main, main *, .sidebar *')]
    .filter((element) => isShown(element) && !(element instanceof SVGElement))
    .filter((element) => {
      const { overflowX, textOverflow, position } = getComputedStyle(element);
      const isCut = overflowX === 'hidden' || overflowX === 'clip';
      return (
        isCut &&
        position !== 'absolute' &&
        textOverflow !== 'ellipsis' &&
        element.scrollWidth > element.clientWidth + 1
      );
    })
    .map((element) => `cut off: ${nameOf(element)}`);
  const besideColumn = [...document.querySelectorAll('table')].flatMap((table) => {
    const headers = [...(table.tHead?.rows[0]?.cells ?? [])];
    return [...(table.tBodies[0]?.rows ?? [])].flatMap((row) =>
      [...row.cells].flatMap((cell, index) => {
        const header = headers[index];
        if (header === undefined) return [`no header: ${nameOf(cell)}`];
        if (!isShown(header) || !isShown(cell))
          return isShown(header) === isShown(cell) || !isShown(table.tHead ?? header)
            ? []
            : [`shown in part: ${nameOf(header)}`];
        const [above, below] = [header.getBoundingClientRect(), cell.getBoundingClientRect()];
        const isAligned = Math.abs(above.left - below.left) < 1 && Math.abs(above.right - below.right) < 1;
        return isAligned ? [] : [`not under its header: ${nameOf(cell)}`];
      }),
    );
  });
  return [...sticksOut, ...cutOff, ...besideColumn];
}
