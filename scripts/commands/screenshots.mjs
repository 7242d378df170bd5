import { mkdir, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { chromium } from 'playwright-core';
import { say } from '../bootstrap/announce.mjs';
import { findChromium } from '../bootstrap/find-programs.mjs';
import { projectPath } from '../project.mjs';
import { fill } from '../screenshots/fill.mjs';
import { startService } from '../screenshots/service.mjs';

const THEMES = ['light', 'dark'];
const SIZES = [
  [1280, 800],
  [360, 740],
];

/** Those that the README and the documentation show; the others are only for work on a page. */
const SHOWN = [
  'overview-light-1280',
  'overview-dark-1280',
  'onboarding-light-1280',
  'onboarding-dark-1280',
  'regions-light-1280',
];

/** Every page with what it is called. */
const pagesOf = (ids, delivery) => [
  ['overview', '/'],
  ['onboardings', '/onboardings'],
  ['onboarding', `/onboardings/${ids.limit}`],
  ['onboarding-cancel', `/onboardings/${ids.limit}/cancel`],
  ['replay-all', '/onboardings/replay?status=failed'],
  ['failures', '/failures'],
  ['replays', '/replays'],
  ['deliveries', '/deliveries'],
  ['delivery', `/deliveries/${delivery}`],
  ['audit', '/audit'],
  ['regions', '/regions'],
  ['region-drain', '/regions/us-east-1/drain'],
  ['imports', '/imports'],
  ['settings', '/settings'],
  ['not-found', '/nowhere-at-all'],
  ['queues', '/queues'],
];

/** Takes a picture of every page in both themes and widths, from an embedded service full of what happens. */
export async function screenshots(_args, env) {
  const folder = await mkdtemp(join(tmpdir(), 'onboard-screenshots-'));
  const kept = projectPath('docs/images/console');
  await mkdir(kept, { recursive: true });
  const dataDir = join(folder, 'data');
  const service = await startService(dataDir, env);
  const browser = await chromium.launch({
    executablePath: findChromium(env),
    args: process.getuid?.() === 0 ? ['--no-sandbox'] : [],
  });
  try {
    const ids = await fill(service.call);
    const { items } = await service.call('GET', '/v1/deliveries?limit=200');
    const delivery = (items.find(({ attempts }) => attempts.length > 1) ?? items[0]).id;
    const context = await browser.newContext();
    await (await context.newPage()).goto(service.loginUrl);
    const state = await context.storageState();
    await context.close();
    for (const colorScheme of THEMES)
      for (const [width, height] of SIZES) {
        const theirs = await browser.newContext({
          colorScheme,
          viewport: { width, height },
          storageState: state,
        });
        const page = await theirs.newPage();
        for (const [name, path] of pagesOf(ids, delivery)) {
          await page.goto(service.url + path, { waitUntil: 'load' });
          // Ours say when they follow what happens; Bull Board draws itself, and says nothing.
          if (name === 'queues') await page.waitForTimeout(1_500);
          else if ((await page.locator('#live').count()) > 0)
            await page.locator('#live[data-state=on]').waitFor({ timeout: 30_000 });
          const shown = SHOWN.includes(`${name}-${colorScheme}-${width}`);
          const path_ = join(shown ? kept : folder, `${name}-${colorScheme}-${width}.png`);
          await page.screenshot({ path: path_ });
        }
        await theirs.close();
        const stranger = await browser.newContext({ colorScheme, viewport: { width, height } });
        const login = await stranger.newPage();
        await login.goto(`${service.url}/login`);
        await login.screenshot({ path: join(folder, `login-${colorScheme}-${width}.png`) });
        await stranger.close();
      }
  } finally {
    await browser.close();
    await service.stop();
    await rm(dataDir, { recursive: true, force: true });
  }
  say(`Documentation screenshots are in docs/images/console, all others in ${folder}`);
  return 0;
}
