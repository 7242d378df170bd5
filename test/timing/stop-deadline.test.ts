import { describe, expect, it, onTestFinished } from 'vitest';
import { startSandbox } from '../../src/sandbox/server.ts';
import { dataDirWithLedger } from '../support/data-dir.ts';
import { eventually } from '../support/eventually.ts';
import { startServiceProcess, type CallInit } from '../support/service-process.ts';

const body = (eventName: string): CallInit => ({
  method: 'POST',
  headers: { 'content-type': 'application/json' },
  body: JSON.stringify({ account: '000000000101', region: 'us-east-1', eventNamespace: 'stop', eventName }),
});

describe('a stop under load', () => {
  it('puts unfinished jobs back without spending a round, and the next start ends them', async () => {
    const dataDir = await dataDirWithLedger();
    const sandbox = await startSandbox();
    onTestFinished(() => sandbox.close());
    const latency = (ms: number): Promise<Response> =>
      fetch(`${sandbox.url}/__sandbox/latency`, { method: 'POST', body: JSON.stringify({ ms }) });
    await latency(60_000);
    const env = {
      DATA_DIR: dataDir,
      AWS_MODE: 'sandbox',
      AWS_ENDPOINT_URL_EVENTBRIDGE: sandbox.url,
      STOP_DEADLINE_MS: '3000',
      ATTEMPTS_MAX: '1',
      AWS_TIMEOUT_MS: '60000',
    };
    const first = await startServiceProcess(env);
    await first.ready();
    const ids = await Promise.all(
      Array.from(
        { length: 30 },
        async (_, n) =>
          ((await (await first.fetch('/v1/onboardings', body(`load${n}`))).json()) as { id: string }).id,
      ),
    );
    await eventually(async () => {
      const stats = (await (await first.fetch('/v1/stats')).json()) as { regions: { active: number }[] };
      return stats.regions[0]?.active === 30;
    });
    const before = Date.now();
    first.signalGroup('SIGTERM');
    expect(await first.ended).toBe(0);
    expect(Date.now() - before).toBeLessThan(3_500);
    await latency(0);
    const second = await startServiceProcess(env);
    await second.ready();
    for (const id of ids) {
      const ended = (await (await second.fetch(`/v1/onboardings/${id}?wait=20`)).json()) as {
        status: string;
      };
      expect(ended.status).toBe('provisioned');
    }
  });

  it('waits for calls at AWS, and for no job that waits for its slot of the quota', async () => {
    const sandbox = await startSandbox();
    onTestFinished(() => sandbox.close());
    const service = await startServiceProcess({
      DATA_DIR: await dataDirWithLedger(),
      AWS_MODE: 'sandbox',
      AWS_ENDPOINT_URL_EVENTBRIDGE: sandbox.url,
      // The next slot comes after the test, and the deadline too.
      QUOTA_PER_SECOND: '0.005',
      STOP_DEADLINE_MS: '600000',
    });
    await service.ready();
    // One is due at once, and a live one may go out one slot ahead of its time.
    for (let n = 0; n < 3; n += 1) await service.fetch('/v1/onboardings', body(`slot${n}`));
    await eventually(async () => {
      const { regions, byStatus } = (await (await service.fetch('/v1/stats')).json()) as {
        regions: { active: number }[];
        byStatus: { provisioned: number };
      };
      return regions[0]?.active === 1 && byStatus.provisioned === 2;
    });
    const before = Date.now();
    service.signalGroup('SIGTERM');
    expect(await service.ended).toBe(0);
    expect(Date.now() - before).toBeLessThan(20_000);
  });
});
