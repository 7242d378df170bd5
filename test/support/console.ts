import { mkdirSync } from 'node:fs';
import type { BrowserContext, Page } from 'playwright-core';
import { openFrontDoor, type FrontDoor } from '../../src/api/http/front-door.ts';
import { TOKENS, type RunningService } from './running-service.ts';

/** The service behind a port, as a browser needs it. */
export async function openDoor(service: RunningService): Promise<FrontDoor> {
  const door = await openFrontDoor('127.0.0.1', 0);
  door.admit((request, response) => service.app.routing(request, response));
  return door;
}

/** For a service that tests log in to: it takes 20 logins a minute from one address, and tests are faster. */
export const MANY_LOGINS = { TRUST_PROXY: 'true' } as const;

let addresses = 0;

/**
 * Logs in through the form, from a new address if the service was started with {@link MANY_LOGINS}, and opens the list.
 * The context keeps the cookie.
 */
export async function logIn(page: Page, base: string, who: keyof typeof TOKENS = 'operator'): Promise<void> {
  addresses += 1;
  await page.setExtraHTTPHeaders({ 'x-forwarded-for': `10.0.${addresses >> 8}.${addresses & 255}` });
  await page.goto(`${base}/login?next=/onboardings`);
  await page.fill('#token', TOKENS[who]);
  await page.press('#token', 'Enter');
  await page.waitForURL(`${base}/onboardings`);
  await page.setExtraHTTPHeaders({});
}

/** The cookie of a login as a program would send it. */
export async function cookieOf(context: BrowserContext): Promise<string> {
  const cookies = await context.cookies();
  return cookies.map(({ name, value }) => `${name}=${value}`).join('; ');
}

/** Where pictures of pages are kept, for people to look at, if anywhere: CONSOLE_PICTURES. */
export function picturesFolder(): string | undefined {
  const folder = process.env['CONSOLE_PICTURES'];
  if (folder !== undefined) mkdirSync(folder, { recursive: true });
  return folder;
}
