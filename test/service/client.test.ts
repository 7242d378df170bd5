import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { OnboardingClient } from '../../src/client.ts';
import { startService, TOKENS, type RunningService } from '../support/running-service.ts';

let service: RunningService;
let url: string;
beforeAll(async () => {
  service = await startService({ stopWith: afterAll });
  url = await service.app.listen({ host: '127.0.0.1', port: 0 });
});

const request = (customerId: string, account = '000000000101') => ({
  account,
  region: 'us-east-1',
  eventNamespace: `customers/${customerId}`,
  eventName: 'orders',
  customerId,
});

describe('the client against the service', () => {
  test('hands in, waits, and finds the onboarding in the list', async () => {
    const client = new OnboardingClient({ url, token: TOKENS.operator });
    const taken = await client.enqueue(request('c-1'));
    expect(taken).toMatchObject({ ok: true, status: 202 });
    const id = taken.ok ? taken.value.id : '';
    expect(await client.waitFor(id)).toMatchObject({ ok: true, value: { id, status: 'provisioned' } });
    const listed: unknown[] = [];
    for await (const answer of client.list({ customerId: 'c-1' })) listed.push(answer);
    expect(listed).toMatchObject([{ ok: true, value: { id } }]);
    expect(await client.attempts(id)).toMatchObject({ value: { items: [{ outcome: 'created' }] } });
    expect(await client.replay(id, { reason: 'again' })).toMatchObject({
      ok: false,
      error: { kind: 'problem', status: 409, code: 'already_provisioned' },
    });
  });

  test('a reply that is lost makes no second onboarding', async () => {
    let lost: string | undefined;
    const client = new OnboardingClient({
      url,
      token: TOKENS.operator,
      fetch: async (input, init) => {
        const response = await fetch(input, init);
        if (init?.method !== 'POST' || lost !== undefined) return response;
        lost = ((await response.json()) as { id: string }).id;
        throw new TypeError('fetch failed');
      },
    });
    const answer = await client.enqueue(request('c-2'));
    expect(answer).toMatchObject({ ok: true, value: { id: lost } });
    const listed: unknown[] = [];
    for await (const onboarding of client.list({ customerId: 'c-2' })) listed.push(onboarding);
    expect(listed).toHaveLength(1);
  });

  test('is told what is wrong, and what it may not do', async () => {
    const client = new OnboardingClient({ url, token: TOKENS.signup });
    expect(await client.enqueue(request('c-3', '101'))).toMatchObject({
      ok: false,
      error: { kind: 'problem', code: 'invalid_request', errors: [{ field: 'account' }] },
    });
    expect(await client.stats()).toMatchObject({ ok: false, error: { code: 'forbidden' } });
    const tried = await client.tryEnqueue(request('c-3'));
    expect(tried).toMatchObject({ ok: true, value: { dryRun: true, status: 202, onboarding: null } });
  });
});
