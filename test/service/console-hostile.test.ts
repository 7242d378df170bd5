import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { VARIABLES } from '../../src/runtime/config-variables.ts';
import { idOf, request, startService, type RunningService } from '../support/running-service.ts';

let service: RunningService;
beforeAll(async () => {
  service = await startService({ stopWith: afterAll, workers: ['provisioning'] });
  for (const customerId of ['c-1', 'c-2', 'c-3'])
    await service.until(idOf(await service.post(request('limit', { customerId }))), 'failed');
}, 60_000);

const replays = async (): Promise<{ matched: number; filter: Record<string, unknown> }[]> =>
  (JSON.parse((await service.call({ url: '/v1/replays' })).body) as { items: never[] }).items;

const post = async (fields: Readonly<Record<string, string>>) =>
  service.call({
    method: 'POST',
    url: '/onboardings/replay',
    headers: { 'content-type': 'application/x-www-form-urlencoded' },
    payload: new URLSearchParams(fields).toString(),
  });

describe('a replay of many that is not understood', () => {
  it.each([
    { from: 'yesterday', status: 'failed' },
    { account: '12' },
    { customerId: 'x'.repeat(201), status: 'failed' },
    { status: 'everything' },
    { ids: 'garbage' },
    { id: '../../etc/passwd', status: 'failed' },
    {},
  ])('replays nothing: %j', async (fields) => {
    const reply = await post({ ...fields, reason: 'see what happens' });
    expect([400, 409]).toContain(reply.statusCode);
    expect(await replays()).toEqual([]);
  });
});

it('a replay of many is of no more than its preview counted, however much fails in between', async () => {
  const preview = await service.call({ url: '/onboardings/replay?status=failed' });
  expect(preview.body).toContain('Replay 3 failed onboardings?');
  const [, before = ''] = /name="before" value="([^"]+)"/.exec(preview.body) ?? [];
  await service.until(idOf(await service.post(request('limit', { customerId: 'c-later' }))), 'failed');
  expect((await post({ status: 'failed', before, reason: 'quota was raised' })).statusCode).toBe(303);
  expect(await replays()).toMatchObject([{ matched: 3, filter: { status: 'failed', endedTo: before } }]);
});

describe('instants that only one of JavaScript and PostgreSQL knows', () => {
  const cursorAt = (at: string): string => Buffer.from(`${at}/1`, 'latin1').toString('base64url');

  it.each(['2026-02-30T00:00:00.000Z', '2026-04-31T00:00:00.000Z', '0000-01-01T00:00:00.000Z'])(
    'are no cursor of the audit: %s',
    async (at) => {
      const reply = await service.call({ url: `/v1/audit?cursor=${cursorAt(at)}` });
      expect(reply.statusCode).toBe(400);
      expect(JSON.parse(reply.body)).toMatchObject({ field: 'cursor' });
      expect((await service.call({ url: `/audit?cursor=${cursorAt(at)}` })).statusCode).toBeLessThan(500);
    },
  );

  it.each(['9999-12-31 23:59-10:00', '2026-02-30', '0000-01-01'])(
    'are said to be none where the console filters: %s',
    async (at) => {
      for (const path of ['/onboardings', '/audit', '/onboardings/replay']) {
        const reply = await service.call({ url: `${path}?from=${encodeURIComponent(at)}` });
        expect(reply.statusCode, path).toBe(200);
        expect(reply.body, path).toContain('Enter a UTC date and time');
      }
    },
  );
});

it('the settings show every variable of the configuration', async () => {
  const { body } = await service.call({ url: '/settings' });
  for (const name of Object.keys(VARIABLES)) expect(body).toContain(`<code>${name}</code>`);
});
