import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Problem } from '../../src/api/http/problem.ts';
import type { Onboarding } from '../../src/domain/onboarding.ts';
import { idOf, request, startService, TOKENS, type RunningService } from '../support/running-service.ts';

let service: RunningService;
beforeAll(async () => {
  service = await startService({ stopWith: afterAll });
});

interface Item {
  readonly status: number;
  readonly onboarding?: Onboarding | null;
  readonly problem?: Problem;
}

const batch = async (
  payload: unknown,
  { query = '', headers = {} } = {},
): Promise<{ statusCode: number; items: readonly Item[]; problem: Problem }> => {
  const reply = await service.call({
    method: 'POST',
    url: `/v1/onboardings/batch${query}`,
    payload: payload as object,
    token: TOKENS.signup,
    headers,
  });
  const body = JSON.parse(reply.body) as { items: Item[] } & Problem;
  return { statusCode: reply.statusCode, items: body.items, problem: body };
};

describe('POST /v1/onboardings/batch', () => {
  it('answers every item as the single call would have, in order, and bad ones fail alone', async () => {
    const there = request('there');
    const id = idOf(await service.post(there));
    const fresh = request('fresh', { customerId: 'c-1' });
    const { statusCode, items } = await batch([
      fresh,
      { ...there, account: '000000000102' },
      there,
      { ...request('bad'), account: 7, nope: 1 },
      'not an object',
      { ...fresh, customerId: 'second' },
      { ...fresh, account: '000000000102' },
      { account: '000000000101', region: 'us-east-1', sourceName: 'aws.partner/other.example/x' },
    ]);
    expect(statusCode).toBe(200);
    expect(items.map(({ status }) => status)).toEqual([202, 409, 200, 400, 400, 200, 409, 400]);
    const made = items[0]!.onboarding!;
    expect(made).toMatchObject({ customerId: 'c-1', lane: 'live', status: 'queued' });
    expect(items[5]).toEqual({ status: 200, onboarding: made });
    expect(items[2]).toMatchObject({ onboarding: { id } });
    expect(items[1]?.problem).toMatchObject({ code: 'source_name_taken', field: 'eventName', status: 409 });
    expect(JSON.stringify(items[1])).not.toContain('000000000101');
    expect(items[3]?.problem?.errors?.map(({ field }) => field)).toEqual(['account', 'nope']);
    expect(items[4]?.problem).toMatchObject({ code: 'invalid_request', field: 'body' });
    expect(items[7]?.problem).toMatchObject({ field: 'sourceName' });
    await service.until(made.id, 'provisioned');
    expect(service.sandbox.books.calls({ name: made.sourceName }).creates).toBe(1);
  });

  it('takes a thousand at once', async () => {
    const all = Array.from({ length: 1_000 }, () => request('many', { lane: 'bulk' }));
    const { items } = await batch(all);
    expect(items.filter(({ status }) => status === 202)).toHaveLength(1_000);
    expect(new Set(items.map(({ onboarding }) => onboarding?.id)).size).toBe(1_000);
    const again = await batch(all);
    expect(again.items.map(({ onboarding }) => onboarding?.id)).toEqual(
      items.map(({ onboarding }) => onboarding?.id),
    );
    expect(new Set(again.items.map(({ status }) => status))).toEqual(new Set([200]));
  });

  it('judges the same and writes nothing in a dry run', async () => {
    const there = request('dry-there');
    const id = idOf(await service.post(there));
    const fresh = request('dry-fresh');
    const items = [fresh, fresh, { ...fresh, account: '000000000102' }, there, {}];
    const { statusCode, items: answers } = await batch(items, { query: '?dryRun=true' });
    expect(statusCode).toBe(200);
    expect(answers.map(({ status }) => status)).toEqual([202, 200, 409, 200, 400]);
    expect(answers.map(({ onboarding }) => onboarding?.id)).toEqual([
      undefined,
      undefined,
      undefined,
      id,
      undefined,
    ]);
    const list = await service.call({ url: `/v1/onboardings?q=${String(fresh['eventNamespace'])}/` });
    expect((JSON.parse(list.body) as { items: unknown[] }).items).toEqual([]);
  });

  it.each([
    ['an object', {}, 'invalid_type'],
    ['nothing in it', [], 'required'],
    ['1,001 items', Array.from({ length: 1_001 }, () => 0), 'too_many_entries'],
  ])('refuses %s as a whole', async (_what, payload, code) => {
    for (const query of ['', '?dryRun=true']) {
      const { statusCode, problem } = await batch(payload, { query });
      expect(statusCode).toBe(400);
      expect(problem).toMatchObject({ code: 'invalid_request', errors: [{ field: 'body', code }] });
    }
  });

  it('reads up to 16 MB, which no other route does', async () => {
    const wrong = Array.from({ length: 1_000 }, () => ({ nope: 'x'.repeat(15_000) }));
    const { items } = await batch(wrong);
    expect(items.map(({ status }) => status)).toEqual(Array(1_000).fill(400));
    const note = { note: 'x'.repeat(4_000) };
    const large = Array.from({ length: 300 }, () => request('large', { metadata: note, lane: 'bulk' }));
    const headers = { 'idempotency-key': 'large' };
    const first = await batch(large, { headers });
    expect(first.items.filter(({ status }) => status === 202)).toHaveLength(300);
    expect((await batch(large, { headers })).items).toEqual(first.items);
    const tooLarge = await batch([{ a: 'x'.repeat(16 * 1_048_576) }]);
    expect(tooLarge.problem).toMatchObject({ status: 413, code: 'body_too_large' });
    expect(tooLarge.problem.detail).toContain('16 MB');
    const single = await service.post({ a: 'x'.repeat(1_048_576) });
    expect(JSON.parse(single.body)).toMatchObject({ status: 413, code: 'body_too_large' });
  });

  it('counts its items as its own way in', async () => {
    const figures = (await service.call({ url: '/metrics' })).body;
    expect(figures).toMatch(/onboard_intake_requests_total\{via="batch",result="accepted"\} \d{4}/);
    expect(figures).toMatch(/onboard_intake_requests_total\{via="batch",result="invalid"\} 1003\b/);
  });
});
