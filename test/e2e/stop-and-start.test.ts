import { readdir, readFile, readlink } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { dataDirWithLedger } from '../support/data-dir.ts';
import { eventually } from '../support/eventually.ts';
import { isAlive, startServiceProcess, type CallInit } from '../support/service-process.ts';
import { temporaryFolder } from '../support/temp-folder.ts';

const body = (eventName: string): CallInit => ({
  method: 'POST',
  headers: { 'content-type': 'application/json' },
  body: JSON.stringify({ account: '000000000101', region: 'us-east-1', eventNamespace: 'stop', eventName }),
});

/** The redis-server whose working folder lies in this DATA_DIR, as the kernel sees it. */
async function redisPid(dataDir: string): Promise<number> {
  for (const entry of await readdir('/proc')) {
    const name = await readFile(`/proc/${entry}/comm`, 'utf8').catch(() => '');
    if (name.startsWith('redis-server') && (await linkOf(entry)).startsWith(dataDir)) return Number(entry);
  }
  throw new Error('No redis-server of this service was found.');
}

async function linkOf(pid: string): Promise<string> {
  return readlink(`/proc/${pid}/cwd`).catch(() => '');
}

describe('the embedded service', () => {
  it('starts with nothing configured, tells only the path of its token, and keeps its books over a restart', async () => {
    const dataDir = await temporaryFolder();
    const first = await startServiceProcess({ DATA_DIR: dataDir });
    // The door is open before anything else has started.
    await eventually(
      async () => (await fetch(`${first.url}/healthz`).catch(() => undefined))?.status === 200,
      { withinMs: 90_000 },
    );
    await first.ready();
    const token = (await readFile(join(dataDir, 'admin-token'), 'utf8')).trim();
    expect(token.length).toBeGreaterThanOrEqual(16);
    expect(first.output()).toContain('admin-token');
    expect(first.output()).not.toContain(token);
    const [, link = ''] = /^Console: (\S+)/m.exec(first.output()) ?? [];
    // A preview in a chat looks ahead, and must leave the link good for whoever follows it.
    const ahead = await fetch(link, { method: 'HEAD', redirect: 'manual' });
    expect([ahead.status, ahead.headers.get('set-cookie')]).toEqual([200, null]);
    const opened = await fetch(link, { redirect: 'manual' });
    expect([opened.status, opened.headers.get('set-cookie')]).toEqual([
      303,
      expect.stringContaining('onboard-login='),
    ]);
    expect((await fetch(link, { redirect: 'manual' })).status).toBe(401);
    const accepted = (await (await first.fetch('/v1/onboardings', body('orders'))).json()) as { id: string };
    const done = await first.fetch(`/v1/onboardings/${accepted.id}?wait=20`);
    expect(await done.json()).toMatchObject({ status: 'provisioned' });
    first.signalGroup('SIGTERM');
    expect(await first.ended).toBe(0);

    const second = await startServiceProcess({ DATA_DIR: dataDir });
    await second.ready();
    expect(await (await second.fetch(`/v1/onboardings/${accepted.id}`)).json()).toMatchObject({
      status: 'provisioned',
    });
    expect((await second.fetch('/v1/onboardings', body('orders'))).status).toBe(200);
    const replay = await second.fetch(`/v1/onboardings/${accepted.id}/replay`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ reason: 'is it still there?' }),
    });
    expect(await replay.json()).toMatchObject({ code: 'already_provisioned' });
  });

  it('drains once on SIGTERM to its process group, repeats changing nothing, and takes its Redis along', async () => {
    const dataDir = await dataDirWithLedger();
    const service = await startServiceProcess({ DATA_DIR: dataDir });
    await service.ready();
    const redis = await redisPid(dataDir);
    expect(isAlive(redis)).toBe(true);
    for (let n = 0; n < 20; n += 1) await service.fetch('/v1/onboardings', body(`n${n}.hang-1`));
    const before = Date.now();
    for (let n = 0; n < 3; n += 1) service.signalGroup(n === 1 ? 'SIGINT' : 'SIGTERM');
    expect(await service.ended).toBe(0);
    expect(Date.now() - before).toBeLessThan(9_000);
    await eventually(() => !isAlive(redis));
  });

  it('its Redis ends with it when it is killed, too', async () => {
    const dataDir = await dataDirWithLedger();
    const service = await startServiceProcess({ DATA_DIR: dataDir });
    await service.ready();
    const redis = await redisPid(dataDir);
    service.signalGroup('SIGKILL');
    await service.ended;
    await eventually(() => !isAlive(redis));
  });

  it('refuses a DATA_DIR that another one holds, and names the holder', async () => {
    const dataDir = await dataDirWithLedger();
    const holder = await startServiceProcess({ DATA_DIR: dataDir });
    await holder.ready();
    const second = await startServiceProcess({ DATA_DIR: dataDir, STOP_DEADLINE_MS: '500' });
    expect(await second.ended).toBe(1);
    expect(second.output()).toContain(`process ${holder.pid}`);
    expect((await fetch(`${holder.url}/readyz`)).status).toBe(200);
  });

  it('refuses a ledger that was made in another mode', async () => {
    const dataDir = await dataDirWithLedger();
    const sandboxed = await startServiceProcess({ DATA_DIR: dataDir });
    await sandboxed.ready();
    sandboxed.signalGroup('SIGTERM');
    await sandboxed.ended;
    const live = await startServiceProcess({
      DATA_DIR: dataDir,
      AWS_MODE: 'live',
      PARTNER_NAME: 'acme.example',
    });
    expect(await live.ended).toBe(1);
    expect(live.output()).toContain('sandbox');
    expect(live.output()).toContain('live');
  });

  it('reports every problem of its configuration at once and exits with 2', async () => {
    const service = await startServiceProcess({
      PORT: '99999',
      CONCURRENCY: 'many',
      REDIS_URL: 'http://x',
      REGIONS: 'us-east-1,Mars',
      DATA_DIR: '/nowhere',
    });
    expect(await service.ended).toBe(2);
    for (const name of ['PORT', 'CONCURRENCY', 'REDIS_URL', 'REGIONS'])
      expect(service.output()).toContain(name);
  });
});
