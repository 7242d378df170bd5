import { describe, expect, test } from 'vitest';
import { chunksOf } from '../../../src/client/batch.ts';
import { OnboardingClient } from '../../../src/client/onboarding-client.ts';
import type { OnboardRequest } from '../../../src/client/wire.ts';
import { onboardingJson, startScriptedApi } from '../../support/scripted-api.ts';

const request = (number: number, more: Partial<OnboardRequest> = {}) =>
  ({
    account: '000000000101',
    region: 'eu-west-1',
    eventNamespace: `tenant-${number}`,
    eventName: 'orders',
    ...more,
  }) as OnboardRequest;
const many = (count: number) => Array.from({ length: count }, (_, index) => request(index));

describe('chunks', () => {
  test('hold at most 1,000 each, and all of them in order', () => {
    const requests = many(2_001);
    const chunks = [...chunksOf(requests)];
    expect(chunks.map(({ count }) => count)).toEqual([1_000, 1_000, 1]);
    expect(chunks.flatMap(({ jsonText }) => JSON.parse(jsonText) as unknown[])).toEqual(requests);
  });

  test.each(['x', 'ü', '漢', '😀', '\ud800', '"'])('of %j keep to their bytes as they are sent', (letter) => {
    const bytesOf = (text: string) => new TextEncoder().encode(text).length;
    const requests = Array.from({ length: 100 }, (_, index) =>
      request(index + 100, { customerId: letter.repeat(50) }),
    );
    const itemBytes = bytesOf(JSON.stringify(requests[0]));
    const chunks = [...chunksOf(requests, { maxBytes: 10_000 })];
    for (const { jsonText } of chunks) expect(bytesOf(jsonText)).toBeLessThanOrEqual(10_000);
    // Full ones, not many small ones: with one more item each would be too large.
    for (const { jsonText } of chunks.slice(0, -1))
      expect(bytesOf(jsonText) + itemBytes).toBeGreaterThanOrEqual(9_999);
    expect(chunks.flatMap(({ jsonText }) => JSON.parse(jsonText) as unknown[])).toHaveLength(100);
  });

  test('stay below the 16 MB that the service takes', () => {
    const requests = Array.from({ length: 20 }, (_, index) =>
      request(index, { customerId: 'x'.repeat(1_000_000) }),
    );
    expect([...chunksOf(requests)].map(({ count }) => count)).toEqual([15, 5]);
  });

  test('of nothing are none', () => {
    expect([...chunksOf([])]).toEqual([]);
  });
});

describe('enqueueMany', () => {
  test('gives one answer for each, in order, over several calls', async () => {
    const api = await startScriptedApi(({ headers }) => ({
      body: {
        items:
          headers['idempotency-key'] === 'import:1'
            ? Array.from({ length: 1_000 }, (_, index) => ({
                status: index % 2 === 0 ? 202 : 200,
                onboarding: onboardingJson({ id: `onb_${index}` }),
              }))
            : [{ status: 409, problem: { status: 409, code: 'source_name_taken', detail: 'Taken.' } }],
      },
    }));
    const client = new OnboardingClient({ url: api.url });
    const answers = await client.enqueueMany(many(1_001), { idempotencyKey: 'import' });
    expect(answers).toHaveLength(1_001);
    expect(answers[0]).toMatchObject({ ok: true, status: 202, value: { id: 'onb_0' } });
    expect(answers[999]).toMatchObject({ ok: true, status: 200, value: { id: 'onb_999' } });
    expect(answers[1_000]).toMatchObject({
      ok: false,
      error: { kind: 'problem', code: 'source_name_taken' },
    });
    expect(api.received.map(({ method, url }) => `${method} ${url}`)).toEqual([
      'POST /v1/onboardings/batch',
      'POST /v1/onboardings/batch',
    ]);
    expect(JSON.parse(api.received[1]!.body)).toEqual([request(1_000)]);
  });

  test('a call is repeated under its own key', async () => {
    const api = await startScriptedApi((_request, count) =>
      count === 0 ? { lost: true } : { body: { items: [{ status: 202, onboarding: onboardingJson() }] } },
    );
    const answers = await new OnboardingClient({ url: api.url }).enqueueMany([request(1)]);
    expect(answers).toMatchObject([{ ok: true, status: 202 }]);
    const [first, second] = api.received.map(({ headers }) => headers['idempotency-key']);
    expect(first).toMatch(/:1$/);
    expect(second).toBe(first);
  });

  test('a call that fails as a whole ends it, and everything behind has its error', async () => {
    const api = await startScriptedApi((_request, count) =>
      count === 0
        ? {
            body: {
              items: Array.from({ length: 1_000 }, () => ({ status: 202, onboarding: onboardingJson() })),
            },
          }
        : { status: 401, body: { status: 401, code: 'unauthenticated', detail: 'No.' } },
    );
    const answers = await new OnboardingClient({ url: api.url }).enqueueMany(many(2_500));
    expect(answers.filter(({ ok }) => ok)).toHaveLength(1_000);
    expect(answers.slice(1_000)).toHaveLength(1_500);
    for (const answer of answers.slice(1_000))
      expect(answer).toMatchObject({ ok: false, error: { code: 'unauthenticated' } });
    expect(api.received).toHaveLength(2);
  });

  test.each([{ items: [] }, { items: 'none' }, {}, { items: [{ status: 202 }] }])(
    'an answer like %j is not believed',
    async (body) => {
      const api = await startScriptedApi(() => ({ body }));
      const answers = await new OnboardingClient({ url: api.url }).enqueueMany([request(1)]);
      expect(answers).toMatchObject([{ ok: false, error: { kind: 'unreadable' } }]);
    },
  );

  test('of nothing makes no call', async () => {
    const api = await startScriptedApi(() => ({ body: {} }));
    expect(await new OnboardingClient({ url: api.url }).enqueueMany([])).toEqual([]);
    expect(api.received).toEqual([]);
  });
});
