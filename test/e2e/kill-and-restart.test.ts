import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it, onTestFinished } from 'vitest';
import type { Onboarding } from '../../src/domain/onboarding.ts';
import { startSandbox } from '../../src/sandbox/server.ts';
import { dataDirWithLedger } from '../support/data-dir.ts';
import { eventually } from '../support/eventually.ts';
import { startServiceProcess, type ServiceProcess } from '../support/service-process.ts';

function customers(count: number): string {
  const faults = ['', '.cme-1', '.applied-1', '.throttle-1', '.reset-1'];
  const rows = Array.from({ length: count }, (_, n) => {
    const account = String(100_000_000_000 + n).padStart(12, '0');
    const region = n % 2 === 0 ? 'us-east-1' : 'eu-west-1';
    return `${account},${region},kill/n${n},orders${faults[n % 25] ?? ''}`;
  });
  return ['account,region,eventNamespace,eventName', ...rows].join('\n');
}

async function countOf(service: ServiceProcess, status: string): Promise<number> {
  const stats = (await (await service.fetch('/v1/stats')).json()) as { byStatus: Record<string, number> };
  return stats.byStatus[status] ?? 0;
}

async function everyOnboarding(service: ServiceProcess): Promise<Onboarding[]> {
  const all: Onboarding[] = [];
  let cursor: string | null = null;
  do {
    const next: string = cursor === null ? '' : `&cursor=${encodeURIComponent(cursor)}`;
    const page = (await (await service.fetch(`/v1/onboardings?limit=200${next}`)).json()) as {
      items: Onboarding[];
      nextCursor: string | null;
    };
    all.push(...page.items);
    cursor = page.nextCursor;
  } while (cursor !== null);
  return all;
}

describe('kill -9 of the whole service in the middle of its onboardings', () => {
  it.each([
    ['and a start on the same DATA_DIR', 500, false],
    ['and the loss of Redis, then a start on the same DATA_DIR', 200, true],
  ])('%s: all %i reach their end, each with exactly one source', async (_what, rows, loseRedis) => {
    const dataDir = await dataDirWithLedger();
    const sandbox = await startSandbox();
    onTestFinished(() => sandbox.close());
    const env = {
      DATA_DIR: dataDir,
      AWS_MODE: 'live',
      AWS_ENDPOINT_URL_EVENTBRIDGE: sandbox.url,
      AWS_ACCESS_KEY_ID: 'x',
      AWS_SECRET_ACCESS_KEY: 'y',
      PARTNER_NAME: 'acme.example',
      REGIONS: 'us-east-1,eu-west-1',
      API_TOKENS: 'admin:local-admin-0123456789',
      SESSION_SECRET: 'login-secret-0123456789-0123456789',
      TEST_TOKEN: 'local-admin-0123456789',
      BACKOFF_BASE_MS: '100',
    };
    const first = await startServiceProcess(env);
    await first.ready();
    const upload = await first.fetch('/v1/imports', {
      method: 'POST',
      body: customers(rows),
      headers: { 'content-type': 'text/csv' },
    });
    expect(await upload.json()).toMatchObject({ rows, accepted: rows });
    const before = await eventually(async () => {
      const provisioned = await countOf(first, 'provisioned');
      return provisioned >= 50 ? provisioned : undefined;
    });
    first.signalGroup('SIGKILL');
    expect(await first.ended).toBe('SIGKILL');
    expect(before).toBeLessThan(rows);
    if (loseRedis) await rm(join(dataDir, 'redis'), { recursive: true, force: true });

    const second = await startServiceProcess(env);
    await second.ready();
    await eventually(async () => (await countOf(second, 'provisioned')) === rows, {
      withinMs: 120_000,
      everyMs: 200,
    });
    const all = await everyOnboarding(second);
    expect(all).toHaveLength(rows);
    const sources = sandbox.books.sources();
    expect(sources).toHaveLength(rows);
    const held = new Map(sources.map((source) => [`${source.region} ${source.name}`, source.account]));
    for (const { region, sourceName, account, status } of all) {
      expect(status).toBe('provisioned');
      expect(held.get(`${region} ${sourceName}`)).toBe(account);
    }
    second.signalGroup('SIGTERM');
    expect(await second.ended).toBe(0);
  });
});
