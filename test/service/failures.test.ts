import { afterAll, beforeAll, expect, it } from 'vitest';
import type { z } from 'zod';
import type { FailureGroupSchema, FiguresSchema } from '../../src/api/schemas/failures.ts';
import { idOf, request, startService, TOKENS, type RunningService } from '../support/running-service.ts';

type Group = z.output<typeof FailureGroupSchema>;
type Figures = z.output<typeof FiguresSchema>;

let service: RunningService;
const failed: string[] = [];
beforeAll(async () => {
  service = await startService({ stopWith: afterAll });
  for (const name of ['limit', 'limit.again', 'other']) {
    const id = idOf(await service.post(request(name)));
    await service.until(id, 'failed');
    failed.push(id);
  }
  await service.until(idOf(await service.post(request('plain'))), 'provisioned');
});

const get = async <T>(url: string): Promise<T> =>
  JSON.parse((await service.call({ url, token: TOKENS.viewer })).body) as T;

it('failures are told by cause, biggest first, with what to do', async () => {
  const { items } = await get<{ items: Group[] }>('/v1/failures');
  expect(items).toMatchObject([
    {
      errorCode: 'LimitExceededException',
      kind: 'quota',
      count: 2,
      regions: [{ region: 'us-east-1', count: 2 }],
      trend: { lastHour: 2, hourBefore: 0 },
      sampleIds: [failed[1], failed[0]],
      advice: { side: 'aws', replay: 'afterFix', runbook: 'docs/runbooks/quota-reached.md' },
    },
    { errorCode: 'AccountConflict', count: 1, advice: { side: 'customer', replay: 'afterFix' } },
  ]);
  expect(items[0]!.advice.template).toContain('Quota increase');
  expect(items[0]!.trend.hours).toHaveLength(24);
  expect(await get('/v1/failures?region=eu-west-1')).toEqual({ items: [] });
  expect(await get('/v1/failures?to=2020-01-01T00:00:00Z')).toEqual({ items: [] });
});

it('figures have a point for every step, and count what happened', async () => {
  for (const [window, steps] of [
    ['15m', 15],
    ['24h', 96],
    ['7d', 168],
  ] as const) {
    const figures = await get<Figures>(`/v1/figures?window=${window}`);
    expect(figures.points).toHaveLength(steps);
    const sum = (what: 'accepted' | 'provisioned' | 'failed'): number =>
      figures.points.reduce((total, point) => total + point[what], 0);
    expect([sum('accepted'), sum('provisioned'), sum('failed')]).toEqual([4, 1, 3]);
    expect(figures.byErrorCode).toEqual([
      { errorCode: 'LimitExceededException', count: 2 },
      { errorCode: 'AccountConflict', count: 1 },
    ]);
    expect(Date.parse(figures.to) - Date.parse(figures.from)).toBe(steps * figures.stepSeconds * 1_000);
  }
  expect((await get<Figures>('/v1/figures')).window).toBe('15m');
  expect(
    (await get<Figures>('/v1/figures?region=eu-west-1')).points.every(({ accepted }) => accepted === 0),
  ).toBe(true);
});

it('stats say whether a search has an index, and count as before', async () => {
  expect(await get('/v1/stats')).toMatchObject({
    search: 'indexed',
    byStatus: { failed: 3, provisioned: 1 },
    byErrorCode: { LimitExceededException: 2, AccountConflict: 1 },
  });
});

it.each([
  '/v1/figures?window=1h',
  '/v1/figures?from=x',
  '/v1/failures?from=yesterday',
  '/v1/failures?status=failed',
])('what is no parameter or no value is refused: %s', async (url) => {
  expect(await get(url)).toMatchObject({ status: 400, code: 'invalid_request' });
});
