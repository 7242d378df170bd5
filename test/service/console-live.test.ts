import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { FrontDoor } from '../../src/api/http/front-door.ts';
import { MANY_LOGINS, openDoor } from '../support/console.ts';
import { openEventClient } from '../support/event-client.ts';
import { eventually } from '../support/eventually.ts';
import { startService, TOKENS, type RunningService } from '../support/running-service.ts';

const FORM = { 'content-type': 'application/x-www-form-urlencoded' };
/** As src/console/live.ts has them. */
const PAGES_PER_TOKEN = 100;

let service: RunningService;
let door: FrontDoor;
beforeAll(async () => {
  service = await startService({ env: MANY_LOGINS, stopWith: afterAll, workers: [] });
  door = await openDoor(service);
  afterAll(() => door.close(0));
}, 60_000);

async function logIn(): Promise<string> {
  const payload = new URLSearchParams({ token: TOKENS.viewer }).toString();
  const reply = await service.call({ method: 'POST', url: '/login', token: null, headers: FORM, payload });
  return String(reply.headers['set-cookie']).split(';')[0] ?? '';
}

async function logOut(cookie: string): Promise<void> {
  const page = await service.call({ url: '/settings', token: null, headers: { cookie } });
  const csrf = /name="csrf" value="([^"]+)"/.exec(page.body)?.[1] ?? '';
  await service.call({
    method: 'POST',
    url: '/logout',
    token: null,
    headers: { ...FORM, cookie },
    payload: new URLSearchParams({ csrf }).toString(),
  });
}

describe('what an open page is told', () => {
  it('ends soon after its login was ended; other logins and tokens are told on', async () => {
    const [leaving, staying] = [await logIn(), await logIn()];
    const follow = (by: { cookie: string } | { token: string }) =>
      openEventClient(door.url, { path: '/live', ...by });
    const mine = await follow({ cookie: leaving });
    const others = [await follow({ cookie: staying }), await follow({ token: TOKENS.viewer })];
    expect([mine, ...others].map(({ response }) => response.statusCode)).toEqual([200, 200, 200]);
    await logOut(leaving);
    await eventually(() => mine.ended(), { withinMs: 90_000 });
    expect(others.map((other) => other.ended())).toEqual([false, false]);
    // Connecting again leads to the form.
    expect((await follow({ cookie: leaving })).response.statusCode).toBe(303);
  });

  it('is told to so many pages of one token and no more, while another token gets its place', async () => {
    const follow = (token: string) => openEventClient(door.url, { path: '/live', token });
    const mine = await Promise.all(Array.from({ length: PAGES_PER_TOKEN }, () => follow(TOKENS.operator)));
    expect(new Set(mine.map(({ response }) => response.statusCode))).toEqual(new Set([200]));
    const refused = await service.call({ url: '/live', token: TOKENS.operator });
    expect(refused.statusCode).toBe(429);
    expect(refused.headers['retry-after']).toBe('30');
    expect(refused.body).toContain(`${PAGES_PER_TOKEN} open pages per token`);
    expect((await follow(TOKENS.admin)).response.statusCode).toBe(200);
    mine[0]?.kill();
    await eventually(async () => (await follow(TOKENS.operator)).response.statusCode === 200);
  });
});
