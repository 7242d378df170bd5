import { describe, expect, it } from 'vitest';
import { eventually } from '../support/eventually.ts';
import { idOf, request, startService, type RunningService } from '../support/running-service.ts';

const replay = async (service: RunningService, id: string, { query = '', reason = 'fixed it' } = {}) => {
  const reply = await service.call({
    method: 'POST',
    url: `/v1/onboardings/${id}/replay${query}`,
    payload: { reason },
  });
  return { status: reply.statusCode, body: JSON.parse(reply.body) as Record<string, unknown> };
};

describe('POST /v1/onboardings/:id/replay', () => {
  it('runs a failed one again with a full budget, numbering its attempts on', async () => {
    const service = await startService({ env: { ATTEMPTS_MAX: '1' } });
    const id = idOf(await service.post(request('cme-4')));
    const failed = await service.until(id, 'failed');
    expect(failed.attempts).toBe(3);
    expect((await replay(service, id, { query: '?dryRun=true' })).status).toBe(200);
    expect((await service.onboarding(id)).replays).toBe(0);

    const { status, body } = await replay(service, id);
    expect(status).toBe(202);
    expect(body).toMatchObject({ replays: 1, status: 'queued', completedAt: null, error: null });
    expect(await service.until(id, 'provisioned')).toMatchObject({ attempts: 5, replays: 1, error: null });
    const attempts = await service.attempts(id);
    expect(attempts.map(({ number, replay: of }) => [number, of])).toEqual([
      [1, 0],
      [2, 0],
      [3, 0],
      [4, 1],
      [5, 1],
    ]);
  });

  it('is refused with the reason while it is at work, unknown, without a reason, or provisioned and there', async () => {
    const service = await startService();
    const open = idOf(await service.post(request('expired-99')));
    await service.until(open, 'retrying');
    expect(await replay(service, open)).toMatchObject({ status: 409, body: { code: 'not_replayable' } });
    expect(await replay(service, 'onb_00000000000000000000000000')).toMatchObject({ status: 404 });
    expect(await replay(service, open, { reason: '' })).toMatchObject({
      status: 400,
      body: { field: 'reason' },
    });
    expect(await replay(service, open, { reason: 'a\u0000b' })).toMatchObject({
      status: 400,
      body: { field: 'reason' },
    });
    const done = idOf(await service.post(request('plain')));
    await service.until(done, 'provisioned');
    expect(await replay(service, done)).toMatchObject({ status: 409, body: { code: 'already_provisioned' } });
  });

  it('makes a provisioned one again once AWS no longer holds its source', async () => {
    const service = await startService();
    const id = idOf(await service.post(request('plain')));
    const first = await service.until(id, 'provisioned');
    await fetch(`${service.sandbox.url}/__sandbox/expire`, {
      method: 'POST',
      body: JSON.stringify({ region: first.region, name: first.sourceName }),
    });
    expect(await replay(service, id)).toMatchObject({ status: 202 });
    expect(await service.until(id, 'provisioned')).toMatchObject({
      replays: 1,
      outcome: 'created',
      attempts: 2,
    });
  });

  it('regression: replaying a provisioned one while Redis is down is answered, not left hanging', async () => {
    const service = await startService({ redis: 'private' });
    const id = idOf(await service.post(request('plain')));
    await service.until(id, 'provisioned');
    await service.redis.kill();
    // A slot that was at hand is still good for a moment, for the look that a replay begins with.
    await eventually(async () => {
      const { status, body } = await replay(service, id);
      if (status === 409) return false;
      expect({ status, body }).toMatchObject({ status: 503, body: { code: 'aws_unavailable' } });
      return true;
    });
    expect(await service.onboarding(id)).toMatchObject({ status: 'provisioned', replays: 0 });
  });

  it('is done once when two operators ask at the same time', async () => {
    const service = await startService({ workers: ['provisioning'] });
    const id = idOf(await service.post(request('limit')));
    await service.until(id, 'failed');
    const both = await Promise.all([replay(service, id), replay(service, id)]);
    const statuses = both.map(({ status }) => status).sort();
    // The second finds it queued; only when the first has failed again meanwhile is it a replay of its own.
    expect(statuses[0]).toBe(202);
    const ended = await service.until(id, 'failed');
    expect(ended.replays).toBe(statuses.filter((status) => status === 202).length);
  });
});
