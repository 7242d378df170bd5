import { chromium, type Browser } from 'playwright-core';
import { findChromium } from '../../scripts/bootstrap/find-programs.mjs';

/** The system's Chromium, which `npm test` installs. */
export async function openBrowser(): Promise<Browser> {
  const executablePath = findChromium(process.env);
  if (executablePath === undefined) throw new Error('There is no Chromium: npm test installs one.');
  // Chromium refuses its sandbox to root; the pages are our own.
  return chromium.launch({ executablePath, args: process.getuid?.() === 0 ? ['--no-sandbox'] : [] });
}
