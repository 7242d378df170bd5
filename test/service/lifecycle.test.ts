import { CreatePartnerEventSourceCommand, EventBridgeClient } from '@aws-sdk/client-eventbridge';
import { describe, expect, it } from 'vitest';
import type { Onboarding } from '../../src/domain/onboarding.ts';
import { eventually } from '../support/eventually.ts';
import { movableClock, type MovableClock } from '../support/movable-clock.ts';
import { queryDatabase } from '../support/query-database.ts';
import {
  idOf,
  request,
  startService,
  TOKENS,
  type RunningOptions,
  type RunningService,
} from '../support/running-service.ts';
import { control } from '../support/sandbox.ts';
import { startReceiver } from '../support/webhook-receiver.ts';

const SECRET = `whsec_${Buffer.alloc(32, 7).toString('base64')}`;
const MINUTE = 60_000;
const HOUR = 60 * MINUTE;
const DAY = 24 * HOUR;

interface Followed extends RunningService {
  readonly clock: MovableClock;
  /** Moves the clocks of the service and of AWS together. */
  move(ms: number): Promise<void>;
  check(id: string, token?: string): Promise<{ status: number; body: Onboarding & { code?: string } }>;
  at(id: string, wanted: Partial<Onboarding>): Promise<Onboarding>;
}

/** A service that follows its sources; its time and that of AWS are the test's. */
async function follow(options: RunningOptions = {}): Promise<Followed> {
  const clock = movableClock();
  const service = await startService({
    workers: ['provisioning', 'maintenance', 'lifecycle'],
    clock,
    ...options,
    env: { CHECKS_PER_SECOND: '1000', ...options.env },
  });
  return {
    ...service,
    clock,
    async move(ms) {
      await control(service.sandbox, 'clock', { advanceMs: ms });
      clock.move(ms);
    },
    async check(id, token = TOKENS.signup) {
      const reply = await service.call({ method: 'POST', url: `/v1/onboardings/${id}/check`, token });
      return { status: reply.statusCode, body: JSON.parse(reply.body) as Onboarding };
    },
    at: (id, wanted) =>
      eventually(async () => {
        const now = await service.onboarding(id);
        const isThere = Object.entries(wanted).every(
          ([key, value]) => now[key as keyof Onboarding] === value,
        );
        return isThere ? now : undefined;
      }),
  };
}

const provisioned = async (service: RunningService, name: string, more: object = {}): Promise<Onboarding> =>
  service.until(idOf(await service.post(request(name, { ...more }))), 'provisioned');

const ofSource = ({ region, sourceName: name }: Onboarding) => ({ region, name });

describe('a source after its creation', () => {
  it('is connected once its customer accepts it, disconnected and lost, and each is told once', async () => {
    const receiver = await startReceiver();
    const service = await follow({
      workers: ['provisioning', 'maintenance', 'lifecycle', 'webhooks'],
      env: {
        WEBHOOK_URL: receiver.url,
        WEBHOOK_SECRET: SECRET,
      },
    });
    const created = await provisioned(service, 'followed');
    expect(created).toMatchObject({
      connection: 'waiting',
      awsState: 'pending',
      expiresAtOrigin: 'assumed',
      checkedAt: null,
    });
    await service.move(2 * MINUTE);
    const seen = await service.at(created.id, { expiresAtOrigin: 'aws' });
    expect(seen).toMatchObject({ connection: 'waiting', checkError: null });
    expect(seen.checkedAt).not.toBeNull();

    await control(service.sandbox, 'accept', ofSource(created));
    await service.move(10 * MINUTE);
    const connected = await service.at(created.id, { connection: 'connected' });
    expect(connected).toMatchObject({ awsState: 'active', expiresAt: null, expiresAtOrigin: null });
    expect(connected.connectedAt).not.toBeNull();

    await control(service.sandbox, 'detach', ofSource(created));
    await service.move(DAY + 2 * HOUR);
    await service.at(created.id, { connection: 'disconnected' });
    await control(service.sandbox, 'lose', ofSource(created));
    await service.move(7 * HOUR);
    await eventually(async () => ((await lostSince(service, created.id)) === null ? undefined : true));
    await service.move(6 * MINUTE);
    expect(await service.at(created.id, { connection: 'removed' })).toMatchObject({ awsState: 'deleted' });
    await eventually(() => receiver.events().length >= 4);
    expect(receiver.events().map((event) => [event.type, 'number' in event ? event.number : null])).toEqual([
      ['onboarding.provisioned', 1],
      ['source.connected', 2],
      ['source.disconnected', 3],
      ['source.removed', 4],
    ]);
    const calls = await service.call({ url: '/v1/stats' });
    expect(JSON.parse(calls.body)).toMatchObject({ byConnection: { removed: 1 } });
  });

  it('is warned of and expires; the same request makes it again under the same id, by every way in', async () => {
    const service = await follow();
    const body = request('expires');
    const waiting = await service.until(idOf(await service.post(body)), 'provisioned');
    for (const [ms, warning] of [
      [4 * DAY + HOUR, 3 * DAY],
      [2 * DAY, DAY],
    ] as const) {
      await service.move(ms);
      await eventually(async () => ((await warned(service, waiting.id)) === warning ? true : undefined));
    }
    await service.move(DAY);
    await eventually(async () => ((await lostSince(service, waiting.id)) === null ? undefined : true));
    await service.move(6 * MINUTE);
    await service.at(waiting.id, { connection: 'expired', awsState: 'expired' });

    const dry = await service.call({
      method: 'POST',
      url: '/v1/onboardings?dryRun=true',
      payload: body,
    });
    expect(JSON.parse(dry.body)).toMatchObject({ status: 202 });
    const again = await service.post(body);
    expect(again.statusCode).toBe(202);
    expect(JSON.parse(again.body)).toMatchObject({
      id: waiting.id,
      status: 'queued',
      replays: 1,
      connection: null,
    });
    const back = await service.at(waiting.id, { status: 'provisioned' });
    expect(back).toMatchObject({ connection: 'waiting', replays: 1, outcome: 'created' });
    const audit = await service.call({ url: `/v1/audit?subject=${waiting.id}` });
    expect(JSON.parse(audit.body)).toMatchObject({
      items: [{ actor: 'system', action: 'replay', before: { connection: 'expired' } }],
    });
  });

  it('that must have expired by now is never presented as provisioned, looked at or not', async () => {
    const service = await follow({ workers: ['provisioning', 'maintenance'] });
    const body = request('unseen');
    const headers = { 'idempotency-key': 'signup-77' };
    const send = () => service.call({ method: 'POST', url: '/v1/onboardings', headers, payload: body });
    const { id } = await service.until(idOf(await send()), 'provisioned');
    expect(JSON.parse((await send()).body)).toMatchObject({ id });
    await service.move(8 * DAY);
    const again = await send();
    expect(again.statusCode).toBe(202);
    expect(JSON.parse(again.body)).toMatchObject({ id, replays: 1, eventSourceArn: null });
    await service.at(id, { status: 'provisioned', replays: 1 });
    await service.move(8 * DAY);
    const batch = await service.call({
      method: 'POST',
      url: '/v1/onboardings/batch',
      payload: [body],
    });
    expect(JSON.parse(batch.body)).toMatchObject({
      items: [{ status: 202, onboarding: { id, replays: 2 } }],
    });
    await service.at(id, { status: 'provisioned', replays: 2 });
    // The function goes by the clock of the database.
    await queryDatabase(
      service.databaseUrl,
      `update onboarding.onboardings set expires_at = now() where id = '${id}'`,
    );
    const answer = await accepted(service, body);
    expect(answer).toMatchObject({
      kind: 'accepted',
      onboarding: { id, status: 'accepted', replays: 3, eventSourceArn: null },
    });
    await service.at(id, { status: 'provisioned', replays: 3 });
  });

  it('is renewed by itself as often as allowed, unless its customer had connected it', async () => {
    const service = await follow({ env: { RENEWALS_MAX: '1' } });
    const { id } = await provisioned(service, 'renewed');
    const expire = async () => {
      await service.move(7 * DAY + HOUR);
      await eventually(async () => ((await lostSince(service, id)) === null ? undefined : true));
      await service.move(6 * MINUTE);
    };
    await expire();
    await service.at(id, { status: 'provisioned', renewals: 1, connection: 'waiting' });
    await expire();
    await service.at(id, { status: 'provisioned', renewals: 1, connection: 'expired' });
    const audit = await service.call({ url: `/v1/audit?subject=${id}&action=renew` });
    expect(JSON.parse(audit.body)).toMatchObject({ items: [{ actor: 'system' }] });
  });
});

describe('POST /v1/onboardings/:id/check', () => {
  it('shows at once what the customer did; a second look within five seconds is none', async () => {
    const service = await follow({ workers: ['provisioning', 'maintenance'] });
    const created = await provisioned(service, 'accepted-now');
    await control(service.sandbox, 'accept', ofSource(created));
    expect(await service.check(created.id)).toMatchObject({
      status: 200,
      body: { connection: 'connected', awsState: 'active' },
    });
    await control(service.sandbox, 'detach', ofSource(created));
    expect(await service.check(created.id)).toMatchObject({ body: { connection: 'connected' } });
    service.clock.move(5_000);
    expect(await service.check(created.id)).toMatchObject({ body: { connection: 'disconnected' } });
  });

  it('says why there is nothing to look at, or why AWS is not called', async () => {
    const service = await follow({ workers: ['provisioning', 'maintenance'], env: { ATTEMPTS_MAX: '1' } });
    const { id } = await provisioned(service, 'looked-at');
    const failed = await service.until(idOf(await service.post(request('limit'))), 'failed');
    expect(await service.check(failed.id)).toMatchObject({ status: 409, body: { code: 'not_provisioned' } });
    expect(await service.check('onb_01kaqk3v6m8x2c5d7f9h1j3n5q')).toMatchObject({ status: 404 });
    expect((await service.check(id, TOKENS.viewer)).status).toBe(403);
    await service.call({
      method: 'POST',
      url: '/v1/regions/us-east-1/pause',
      payload: { reason: 'AWS asked us to' },
    });
    expect(await service.check(id)).toMatchObject({ status: 409, body: { code: 'region_paused' } });
  });

  it('keeps the last known state when AWS denies the look, and the Region keeps running', async () => {
    const service = await follow({ workers: ['provisioning', 'maintenance'] });
    const created = await Promise.all(['a', 'b', 'c', 'd'].map((name) => provisioned(service, name)));
    await control(service.sandbox, 'mode', { error: 'AccessDeniedException' });
    for (const { id } of created) {
      expect(await service.check(id)).toMatchObject({
        status: 200,
        body: { connection: 'waiting', checkError: { code: 'AccessDeniedException' } },
      });
    }
    const stats = JSON.parse((await service.call({ url: '/v1/stats' })).body) as {
      regions: { circuit: { state: string } }[];
    };
    expect(stats.regions[0]?.circuit.state).toBe('closed');
  });
});

describe('many sources missing at once', () => {
  it.each([
    ['dismiss', 'waiting'],
    ['confirm', 'removed'],
  ] as const)(
    'stop the looks of their Region, and no one is told, until an operator says %s',
    async (action, after) => {
      const receiver = await startReceiver();
      const service = await follow({
        workers: ['provisioning', 'maintenance', 'lifecycle', 'webhooks'],
        env: { WEBHOOK_URL: receiver.url, WEBHOOK_SECRET: SECRET },
      });
      const names = Array.from({ length: 25 }, (_, n) => `many-${n}`);
      const created = await Promise.all(names.map((name) => provisioned(service, name)));
      const judge = (dryRun = '') =>
        service.call({
          method: 'POST',
          url: `/v1/regions/us-east-1/losses${dryRun}`,
          payload: { action, reason: 'looked into it' },
        });
      expect((await judge()).statusCode).toBe(409);
      // As a wrong account or endpoint makes them look.
      for (const one of created) await control(service.sandbox, 'lose', ofSource(one));
      await service.move(2 * MINUTE);
      await eventually(async () => ((await missing(service)) === 25 ? true : undefined));
      await service.move(6 * MINUTE);
      const held = await eventually(async () => {
        const { body } = await service.call({ url: '/v1/stats' });
        return (
          (JSON.parse(body) as { regions: { checksHeld: object | null }[] }).regions[0]?.checksHeld ??
          undefined
        );
      });
      expect(held).toMatchObject({ lost: 25 });
      expect(await service.check(created[0]!.id)).toMatchObject({
        status: 409,
        body: { code: 'region_paused' },
      });
      expect(service.log.lines.filter(({ message }) => message === 'checks.mass_loss')).toHaveLength(1);
      expect(JSON.parse((await judge('?dryRun=true')).body)).toMatchObject({ checksHeld: null });
      expect((await judge()).statusCode).toBe(200);
      if (action === 'dismiss') {
        for (const { sourceName, region, account } of created)
          await recreate(service, { name: sourceName, region, account });
        await service.move(6 * MINUTE);
        await eventually(async () => ((await missing(service)) === 0 ? true : undefined));
      }
      for (const { id } of created) await service.at(id, { connection: after });
      const told = receiver.events().filter(({ type }) => type.startsWith('source.'));
      if (action === 'dismiss') expect(told).toEqual([]);
      else
        await eventually(() =>
          Promise.resolve(
            receiver.events().filter(({ type }) => type === 'source.removed').length === 25
              ? true
              : undefined,
          ),
        );
    },
  );
});

const read = async (service: RunningService, column: string, id: string): Promise<unknown> => {
  const [row] = await queryDatabase<{ value: unknown }>(
    service.databaseUrl,
    `select ${column} as value from onboarding.onboardings where id = '${id}'`,
  );
  return row?.value ?? null;
};
const lostSince = (service: RunningService, id: string) => read(service, 'lost_since', id);
const warned = async (service: RunningService, id: string) => Number(await read(service, 'warned_ms', id));

async function missing(service: RunningService): Promise<number> {
  const [row] = await queryDatabase<{ value: unknown }>(
    service.databaseUrl,
    'select count(*)::integer as value from onboarding.onboardings where lost_since is not null',
  );
  return Number(row?.value);
}

async function accepted(service: RunningService, body: object): Promise<unknown> {
  const [row] = await queryDatabase<{ value: unknown }>(
    service.databaseUrl,
    `select onboarding.accept('${JSON.stringify(body)}'::jsonb) as value`,
  );
  return row?.value;
}

async function recreate(
  service: RunningService,
  source: { name: string; region: string; account: string },
): Promise<void> {
  const client = new EventBridgeClient({
    region: source.region,
    endpoint: service.sandbox.url,
    credentials: { accessKeyId: 'x', secretAccessKey: 'y' },
  });
  try {
    await client.send(new CreatePartnerEventSourceCommand({ Name: source.name, Account: source.account }));
  } finally {
    client.destroy();
  }
}
