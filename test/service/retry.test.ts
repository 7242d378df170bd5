import { describe, expect, it } from 'vitest';
import { queryDatabase } from '../support/query-database.ts';
import { idOf, request, startService, TOKENS, type RunningService } from '../support/running-service.ts';

const retry = async (service: RunningService, id: string, token: string = TOKENS.signup, query = '') => {
  const reply = await service.call({ method: 'POST', url: `/v1/onboardings/${id}/retry${query}`, token });
  return {
    status: reply.statusCode,
    headers: reply.headers,
    body: JSON.parse(reply.body) as Record<string, unknown>,
  };
};

const failed = async (service: RunningService, name: string): Promise<string> => {
  const id = idOf(await service.post(request(name)));
  await service.until(id, 'failed');
  return id;
};

describe('POST /v1/onboardings/:id/retry', () => {
  it('replays a failure that a replay may cure, as often as three times a day, under the token’s name', async () => {
    const service = await startService({ env: { ATTEMPTS_MAX: '1' } });
    const id = await failed(service, 'internal-99');
    expect(await retry(service, id, TOKENS.signup, '?dryRun=true')).toMatchObject({
      status: 200,
      body: { status: 'failed', replays: 0 },
    });
    for (const replays of [1, 2, 3]) {
      expect(await retry(service, id)).toMatchObject({
        status: 202,
        body: { id, status: 'queued', replays },
      });
      await service.until(id, 'failed');
    }
    const often = await retry(service, id);
    expect(often).toMatchObject({ status: 429, body: { code: 'too_many_requests' } });
    expect(Number(often.headers['retry-after'])).toBeGreaterThan(86_000);
    expect(await service.onboarding(id)).toMatchObject({ replays: 3 });
    const audit = JSON.parse((await service.call({ url: `/v1/audit?subject=${id}` })).body) as {
      items: { actor: string; action: string; reason: string }[];
    };
    expect(audit.items.map(({ actor, action, reason }) => [actor, action, reason])).toEqual(
      Array.from({ length: 3 }, () => ['signup-person', 'replay', 'retried by the signup flow']),
    );
    // An operator's replay is none of the three, and a day later there are three more.
    await queryDatabase(
      service.databaseUrl,
      `alter table onboarding.audit disable trigger all; update onboarding.audit set at = at - interval '1 day'`,
    );
    expect((await retry(service, id)).status).toBe(202);
  });

  it.each([
    ['limit', 'LimitExceededException needs a fix'],
    ['other', 'AccountConflict'],
    ['disabled', 'OperationDisabledException needs a fix'],
  ])('refuses what failed with %s, which no replay cures as things are', async (name, said) => {
    const service = await startService();
    const id = await failed(service, name);
    const { status, body } = await retry(service, id);
    expect([status, body['code']]).toEqual([409, 'not_retryable']);
    expect(body['detail']).toContain(said);
    expect(await service.onboarding(id)).toMatchObject({ status: 'failed', replays: 0 });
  });

  it('refuses one that has not failed, an unknown one, and a viewer', async () => {
    const service = await startService();
    const id = idOf(await service.post(request('orders')));
    await service.until(id, 'provisioned');
    expect(await retry(service, id)).toMatchObject({
      status: 409,
      body: { code: 'not_retryable', detail: expect.stringContaining('provisioned') as string },
    });
    expect((await retry(service, `onb_${'0'.repeat(26)}`)).status).toBe(404);
    expect((await retry(service, id, TOKENS.viewer)).status).toBe(403);
  });
});
