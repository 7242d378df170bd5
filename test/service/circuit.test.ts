import { Redis } from 'ioredis';
import { describe, expect, it } from 'vitest';
import type { CircuitMemory } from '../../src/domain/circuit.ts';
import type { RecordedLine } from '../support/recording-log.ts';
import { control } from '../support/sandbox.ts';
import type { Readiness } from '../../src/operations/readiness.ts';
import { eventually } from '../support/eventually.ts';
import { idOf, request, startService, type RunningService } from '../support/running-service.ts';

const breakRegion = async (service: RunningService, error: string | null): Promise<void> => {
  await control(service.sandbox, 'mode', { region: 'us-east-1', error });
};

const postMany = async (service: RunningService, count: number, eventName = 'plain'): Promise<string[]> => {
  const replies = await Promise.all(Array.from({ length: count }, () => service.post(request(eventName))));
  return replies.map(idOf);
};

interface RegionNow {
  readonly region: string;
  readonly circuit: {
    state: string;
    reason: string | null;
    since: string | null;
    nextProbeAt: string | null;
  };
  readonly paused: boolean;
  readonly off: { reason: string } | null;
}

const regionNow = async (service: RunningService, region = 'us-east-1'): Promise<RegionNow> => {
  const stats = JSON.parse((await service.call({ url: '/v1/stats' })).body) as { regions: RegionNow[] };
  return stats.regions.find((one) => one.region === region)!;
};

const untilCircuit = (service: RunningService, state: string): Promise<RegionNow> =>
  eventually(async () => {
    const now = await regionNow(service);
    return now.circuit.state === state ? now : undefined;
  });

const readyz = async (service: RunningService): Promise<Readiness> =>
  JSON.parse((await service.call({ url: '/readyz' })).body) as Readiness;

const linesOf = (service: RunningService, message: string): readonly RecordedLine[] =>
  service.log.lines.filter((line) => line.message === message);

/** One round and hardly any time: whatever is spent, fails the onboarding. */
const DEADLINE_MS = 5_400;
const NOTHING_TO_SPEND = { ATTEMPTS_MAX: '1', DEADLINE_HOURS: String(DEADLINE_MS / 3_600_000) };

describe('operator faults', () => {
  it('stop all calls but probes, are seen everywhere, spend nothing, and end by themselves', async () => {
    const service = await startService({ env: { ...NOTHING_TO_SPEND, CONCURRENCY: '10' } });
    await breakRegion(service, 'ExpiredTokenException');
    const ids = await postMany(service, 60);
    const open = await untilCircuit(service, 'open');
    expect(open.circuit).toMatchObject({
      reason: 'ExpiredTokenException',
      since: expect.stringMatching(/Z$/) as string,
      nextProbeAt: expect.stringMatching(/Z$/) as string,
    });
    expect(await regionNow(service, 'eu-west-1')).toMatchObject({ circuit: { state: 'closed' } });
    expect(await readyz(service)).toMatchObject({
      status: 'degraded',
      parts: { 'us-east-1': expect.stringContaining('ExpiredTokenException') as string },
    });
    const figures = await service.call({ url: '/metrics' });
    expect(figures.body).toContain('onboard_region_circuit{region="us-east-1",state="closed"} 0');
    expect(figures.body).toContain('onboard_region_circuit{region="eu-west-1",state="closed"} 1');
    await eventually(() => linesOf(service, 'circuit.probe_failed').length >= 2);

    const opened = service.log.lines.findIndex(({ message }) => message === 'circuit.opened');
    const called = service.log.lines
      .slice(opened)
      .filter(({ message }) => message === 'provisioning.attempted');
    const probing = called.map(({ fields }) => fields['onboarding_id']);
    expect(new Set(probing).size).toBe(probing.length);
    // Those in flight when it opened, one per probe, and no more.
    expect(called.length).toBeLessThan(25);
    expect(linesOf(service, 'circuit.opened')).toHaveLength(1);

    await breakRegion(service, null);
    for (const id of ids) await service.until(id, 'provisioned');
    const [closed] = linesOf(service, 'circuit.closed');
    expect(closed?.fields).toMatchObject({ region: 'us-east-1', error_name: 'ExpiredTokenException' });
    expect(closed?.fields['open_for_ms']).toBeGreaterThan(2_000);
    expect(await regionNow(service)).toMatchObject({ circuit: { state: 'closed', reason: null } });
    expect(await readyz(service)).toMatchObject({ status: 'ok' });
  });

  it('of one Region leave the others alone', async () => {
    const service = await startService();
    await breakRegion(service, 'UnrecognizedClientException');
    await postMany(service, 5);
    await untilCircuit(service, 'open');
    const reply = await service.post(request('plain', { region: 'eu-west-1' }));
    await service.until(idOf(reply), 'provisioned');
  });

  it('let the deadline stand still', async () => {
    const service = await startService({ env: NOTHING_TO_SPEND });
    await breakRegion(service, 'ExpiredTokenException');
    const ids = await postMany(service, 1, 'throttle-1');
    // Its deadline has begun before anything holds the Region.
    await eventually(async () => (await service.onboarding(ids[0] ?? '')).attempts > 0);
    ids.push(...(await postMany(service, 3)));
    await untilCircuit(service, 'open');
    const [first] = await service.attempts(ids[0] ?? '');
    await eventually(() => Date.now() - Date.parse(first?.at ?? '') > DEADLINE_MS);
    await breakRegion(service, null);
    // One is throttled now, which at its deadline would be the end.
    for (const id of ids) await service.until(id, 'provisioned');
  });
});

describe('an onboarding that is denied again and again', () => {
  it('fails by itself while others succeed, and opens no circuit', async () => {
    const service = await startService();
    const denied = idOf(await service.post(request('denied')));
    const failed = await eventually(
      async () => {
        await Promise.all((await postMany(service, 2)).map((id) => service.until(id, 'provisioned')));
        const now = await service.onboarding(denied);
        return now.status === 'failed' ? now : undefined;
      },
      { everyMs: 200 },
    );
    expect(failed).toMatchObject({ error: { code: 'AccessDeniedException', retryable: true } });
    // The third in a row, or a later one where nobody had succeeded since the last but two.
    expect(failed.attempts).toBeGreaterThanOrEqual(3);
    expect(linesOf(service, 'circuit.opened')).toEqual([]);
  });

  it('fails by itself also when several are denied at once, which opens the circuit between them', async () => {
    const service = await startService();
    const denied = await postMany(service, 3, 'denied');
    await untilCircuit(service, 'open');
    const failed = await eventually(
      async () => {
        // One at a time: each may be the probe that closes the circuit.
        await service.until((await postMany(service, 1))[0] ?? '', 'provisioned');
        const now = await Promise.all(denied.map((id) => service.onboarding(id)));
        return now.every(({ status }) => status === 'failed') ? now : undefined;
      },
      { withinMs: 120_000, everyMs: 200 },
    );
    for (const { error } of failed) expect(error).toMatchObject({ code: 'AccessDeniedException' });
    await untilCircuit(service, 'closed');
  });

  it('waits while nobody succeeds', async () => {
    const service = await startService();
    const denied = idOf(await service.post(request('denied')));
    await eventually(async () => (await service.onboarding(denied)).attempts >= 4);
    expect(await service.onboarding(denied)).toMatchObject({ status: 'retrying' });
  });
});

describe('an AWS that cannot be reached', () => {
  it('opens the circuit after a minute, and nothing is spent from then on', async () => {
    const service = await startService({ env: { ATTEMPTS_MAX: '1000', BACKOFF_CAP_MS: '50' } });
    await breakRegion(service, 'InternalException');
    const ids = await postMany(service, 6);
    await agoAMinute(service);
    expect((await untilCircuit(service, 'open')).circuit.reason).toBe('InternalException');
    await breakRegion(service, null);
    for (const id of ids) await service.until(id, 'provisioned');
  });
});

describe('a Region that is switched off', () => {
  it('is degraded until it works again, and no circuit opens', async () => {
    const service = await startService();
    await breakRegion(service, 'OperationDisabledException');
    for (const id of await postMany(service, 4)) await service.until(id, 'failed');
    expect(await regionNow(service)).toMatchObject({
      circuit: { state: 'closed' },
      off: { reason: 'OperationDisabledException' },
    });
    await eventually(
      async () => (await readyz(service)).parts['us-east-1'] === 'off: OperationDisabledException',
    );
    expect(await readyz(service)).toMatchObject({ status: 'degraded' });
    await breakRegion(service, null);
    for (const id of await postMany(service, 1)) await service.until(id, 'provisioned');
    // Readiness is asked for a few times a second at most, however often it is looked at.
    await eventually(async () => (await readyz(service)).status === 'ok');
  });
});

/** Makes the outage that the circuit remembers a minute older than it is. */
async function agoAMinute(service: RunningService): Promise<void> {
  const redis = new Redis(service.redis.url);
  try {
    await eventually(async () => {
      const [key] = await redis.keys('*us-east-1}:circuit');
      const text = key === undefined ? null : await redis.get(key);
      if (key === undefined || text === null) return false;
      const { unreachable, ...memory } = JSON.parse(text) as CircuitMemory;
      if (unreachable === null) return false;
      await redis.set(
        key,
        JSON.stringify({ ...memory, unreachable: { ...unreachable, since: unreachable.since - 60_000 } }),
      );
      return true;
    });
  } finally {
    redis.disconnect();
  }
}
