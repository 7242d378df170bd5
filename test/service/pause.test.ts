import { Redis } from 'ioredis';
import { describe, expect, it } from 'vitest';
import { control } from '../support/sandbox.ts';
import { eventually } from '../support/eventually.ts';
import { rawQueueOf, untilHeld } from '../support/region-queues.ts';
import { idOf, request, startService, type RunningService } from '../support/running-service.ts';

const act = async (
  service: RunningService,
  action: 'pause' | 'resume',
  { region = 'us-east-1', query = '', reason = 'quota talks with AWS' } = {},
) => {
  const reply = await service.call({
    method: 'POST',
    url: `/v1/regions/${region}/${action}${query}`,
    payload: { reason },
  });
  return { status: reply.statusCode, body: JSON.parse(reply.body) as Record<string, unknown> };
};

const attemptsIn = (service: RunningService, region: string): number =>
  service.log.lines.filter(
    ({ message, fields }) => message === 'provisioning.attempted' && fields['region'] === region,
  ).length;

async function regionNow(service: RunningService): Promise<{ circuit: { state: string }; active: number }> {
  const { regions } = JSON.parse((await service.call({ url: '/v1/stats' })).body) as {
    regions: { region: string; circuit: { state: string }; active: number }[];
  };
  return regions.find(({ region }) => region === 'us-east-1')!;
}

describe('a paused Region', () => {
  it('runs nothing until it is resumed, and the other Regions go on', async () => {
    const service = await startService();
    const paused = await act(service, 'pause');
    expect(paused).toMatchObject({
      status: 200,
      body: {
        region: 'us-east-1',
        paused: true,
        pause: { reason: 'quota talks with AWS', actor: 'admin-person' },
      },
    });
    await untilHeld(service.redis.url);
    const waiting = idOf(await service.post(request('plain')));
    const elsewhere = idOf(await service.post(request('plain', { region: 'eu-west-1' })));
    await service.until(elsewhere, 'provisioned');
    expect(await service.until(waiting, 'queued')).toMatchObject({ attempts: 0 });
    expect(JSON.parse((await service.call({ url: '/readyz' })).body)).toMatchObject({
      status: 'degraded',
      parts: { 'us-east-1': 'paused' },
    });
    expect(await act(service, 'resume')).toMatchObject({ status: 200, body: { paused: false, pause: null } });
    await service.until(waiting, 'provisioned');
  });

  it('stays paused when Redis has lost everything', async () => {
    const service = await startService({ redis: 'private' });
    await act(service, 'pause');
    await untilHeld(service.redis.url);
    const redis = new Redis(service.redis.url);
    await redis.flushall();
    redis.disconnect();
    await untilHeld(service.redis.url);
    const waiting = idOf(await service.post(request('plain')));
    const elsewhere = idOf(await service.post(request('plain', { region: 'eu-west-1' })));
    await service.until(elsewhere, 'provisioned');
    expect(await service.onboarding(waiting)).toMatchObject({ attempts: 0 });
    await act(service, 'resume');
    await service.until(waiting, 'provisioned');
  });

  it('does not probe while its circuit is open, and resuming it does not close the circuit', async () => {
    const service = await startService();
    await control(service.sandbox, 'mode', { region: 'us-east-1', error: 'ExpiredTokenException' });
    const ids = await Promise.all([1, 2, 3, 4].map(async () => idOf(await service.post(request('plain')))));
    const probes = (): number =>
      service.log.lines.filter(({ message }) => message === 'circuit.probe_failed').length;
    await eventually(() => probes() >= 1);
    await act(service, 'pause');
    // The open circuit holds the queue too. The other Region shows that the workers know of the pauses: they read all at once.
    await act(service, 'pause', { region: 'eu-west-1' });
    await untilHeld(service.redis.url, 'eu-west-1');
    await act(service, 'resume', { region: 'eu-west-1' });
    await eventually(async () => {
      const { circuit, active } = await regionNow(service);
      return circuit.state === 'halfOpen' && active === 0;
    });
    const before = attemptsIn(service, 'us-east-1');
    const elsewhere = idOf(await service.post(request('plain', { region: 'eu-west-1' })));
    await service.until(elsewhere, 'provisioned');
    expect(attemptsIn(service, 'us-east-1')).toBe(before);
    expect((await act(service, 'resume')).body).toMatchObject({
      paused: false,
      circuit: { reason: 'ExpiredTokenException' },
    });
    await control(service.sandbox, 'mode', { region: 'us-east-1', error: null });
    for (const id of ids) await service.until(id, 'provisioned');
  });
});

it('is not passed by a job that somebody has put into the queue of another Region', async () => {
  const service = await startService({ workers: ['provisioning'] });
  await act(service, 'pause');
  await untilHeld(service.redis.url);
  const id = idOf(await service.post(request('plain')));
  const queue = await rawQueueOf(service.redis.url, 'eu-west-1', 'live');
  await queue.add('misplaced', { v: 1, onboardingId: id, replays: 0, region: 'eu-west-1', readyAt: 0 });
  await eventually(() => service.log.lines.some(({ message }) => message === 'provisioning.misplaced_job'));
  expect(await service.until(id, 'queued')).toMatchObject({ attempts: 0 });
});

describe('POST /v1/regions/:region/pause and /resume', () => {
  it('keep the first one’s reason, and are no error when nothing changes', async () => {
    const service = await startService({ workers: [] });
    await act(service, 'pause', { reason: 'the first' });
    expect(await act(service, 'pause', { reason: 'the second' })).toMatchObject({
      status: 200,
      body: { pause: { reason: 'the first' } },
    });
    expect((await act(service, 'resume')).body).toMatchObject({ paused: false });
    expect(await act(service, 'resume')).toMatchObject({ status: 200, body: { paused: false } });
  });

  it('change nothing in a dry run, and say what they would', async () => {
    const service = await startService({ workers: [] });
    expect((await act(service, 'pause', { query: '?dryRun=true' })).body).toMatchObject({ paused: true });
    expect((await act(service, 'resume', { query: '?dryRun=true' })).body).toMatchObject({ paused: false });
    await act(service, 'pause');
    expect((await act(service, 'resume', { query: '?dryRun=true' })).body).toMatchObject({ paused: false });
    expect((await act(service, 'pause', { query: '?dryRun=true' })).body).toMatchObject({
      pause: { reason: 'quota talks with AWS' },
    });
  });

  it('refuse an unknown Region and a missing reason', async () => {
    const service = await startService({ workers: [] });
    expect(await act(service, 'pause', { region: 'mars-north-1' })).toMatchObject({
      status: 404,
      body: { code: 'not_found', field: 'region' },
    });
    expect(await act(service, 'pause', { reason: '' })).toMatchObject({
      status: 400,
      body: { field: 'reason' },
    });
  });
});
