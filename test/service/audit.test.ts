import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { AuditEntry } from '../../src/domain/audit.ts';
import { idOf, request, startService, TOKENS, type RunningService } from '../support/running-service.ts';
import { eventually } from '../support/eventually.ts';
import { SECRET as WEBHOOK_SECRET } from '../support/webhook-receiver.ts';

const SECRET = 'gold-plan-of-a-customer';

let service: RunningService;
let onboarding: string;
let upload: string;
let delivery: string;
beforeAll(async () => {
  service = await startService({
    stopWith: afterAll,
    // Nobody sends: what is told is written all the same.
    env: { WEBHOOK_URL: 'http://127.0.0.1:9/', WEBHOOK_SECRET },
  });
  const post = async (url: string, reason: string) =>
    eventually(
      async () => {
        const reply = await service.call({
          method: 'POST',
          url,
          payload: { reason },
          token: TOKENS.operator,
        });
        return reply.statusCode === 409 ? undefined : reply;
      },
      { withinMs: 90_000 },
    );
  onboarding = idOf(await service.post(request('limit', { metadata: { plan: SECRET } })));
  await service.until(onboarding, 'failed');
  await post(`/v1/onboardings/${onboarding}/replay`, 'quota was raised');
  await service.until(onboarding, 'failed');
  await post(`/v1/onboardings/${onboarding}/cancel`, 'wrong account');
  for (const action of ['pause', 'drain', 'resume'])
    await post(`/v1/regions/eu-west-1/${action}`, `to ${action}`);
  const { items } = JSON.parse((await service.call({ url: '/v1/deliveries?limit=1' })).body) as {
    items: { id: string }[];
  };
  delivery = items[0]!.id;
  await post(`/v1/deliveries/${delivery}/replay`, 'the receiver is back');
  const imported = await service.call({
    method: 'POST',
    url: '/v1/imports',
    headers: { 'content-type': 'application/x-ndjson' },
    payload: `${JSON.stringify(request('plain', { metadata: { plan: SECRET } }))}\n{}\n`,
    token: TOKENS.operator,
  });
  upload = idOf(imported);
});

const list = async (
  query = '',
): Promise<{ items: AuditEntry[]; nextCursor: string | null; body: string }> => {
  const { body } = await service.call({ url: `/v1/audit${query}`, token: TOKENS.viewer });
  return { ...(JSON.parse(body) as { items: AuditEntry[]; nextCursor: string | null }), body };
};

describe('GET /v1/audit', () => {
  it('has one entry for everything that an operator did, newest first', async () => {
    const { items, body } = await list();
    expect(items.map(({ action, subject, reason }) => ({ action, subject, reason }))).toEqual([
      { action: 'import', subject: upload, reason: null },
      { action: 'replayDelivery', subject: delivery, reason: 'the receiver is back' },
      { action: 'resume', subject: 'eu-west-1', reason: 'to resume' },
      { action: 'drain', subject: 'eu-west-1', reason: 'to drain' },
      { action: 'pause', subject: 'eu-west-1', reason: 'to pause' },
      { action: 'cancel', subject: onboarding, reason: 'wrong account' },
      { action: 'replay', subject: onboarding, reason: 'quota was raised' },
    ]);
    expect(new Set(items.map(({ actor }) => actor))).toEqual(new Set(['operator-person']));
    expect(items[0]).toMatchObject({ before: null, after: { rows: 2, accepted: 1, rejected: 1 } });
    expect(items[5]).toMatchObject({ before: { status: 'failed' }, after: { status: 'cancelled' } });
    for (const secret of [SECRET, ...Object.values(TOKENS)]) expect(body).not.toContain(secret);
  });

  it('is narrowed by actor, action, subject and time', async () => {
    const all = (await list()).items;
    const actionsOf = async (query: string): Promise<readonly string[]> =>
      (await list(query)).items.map(({ action }) => action);
    expect(await actionsOf(`?subject=${onboarding}`)).toEqual(['cancel', 'replay']);
    expect(await actionsOf('?action=drain&actor=operator-person')).toEqual(['drain']);
    expect(await actionsOf('?actor=somebody')).toEqual([]);
    const from = all[2]!.at;
    expect((await list(`?from=${from}`)).items.every(({ at }) => at >= from)).toBe(true);
    expect((await list(`?to=${from}`)).items.every(({ at }) => at <= from)).toBe(true);
    expect((await list(`?from=${from}`)).items.length).toBeLessThan(all.length);
  });

  it('comes in pages', async () => {
    const first = await list('?limit=4');
    expect(first.items).toHaveLength(4);
    const rest = await list(`?limit=4&cursor=${first.nextCursor}`);
    expect([...first.items, ...rest.items]).toEqual((await list()).items);
    expect(rest.nextCursor).toBeNull();
  });

  it.each(['?action=shrug', '?cursor=nonsense', '?from=yesterday', '?limit=0', '?who=me'])(
    'refuses %s',
    async (query) => {
      const reply = await service.call({ url: `/v1/audit${query}` });
      expect([reply.statusCode, (JSON.parse(reply.body) as { code: string }).code]).toEqual([
        400,
        'invalid_request',
      ]);
    },
  );
});
