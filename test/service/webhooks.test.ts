import { describe, expect, it } from 'vitest';
import { verifyWebhook } from '../../src/client/verify-webhook.ts';
import type { DeliveryAnswer, DoctorAnswer } from '../../src/client/wire.ts';
import { eventually } from '../support/eventually.ts';
import { control } from '../support/sandbox.ts';
import {
  idOf,
  request,
  startService,
  TOKENS,
  type RunningOptions,
  type RunningService,
} from '../support/running-service.ts';
import {
  OLD_SECRET,
  SECRET,
  signatureOf,
  startReceiver,
  type WebhookReceiver,
} from '../support/webhook-receiver.ts';

const ALL = ['provisioning', 'webhooks', 'maintenance'] as const;
const PATH = '/ends-path-secret?key=query-secret';

async function start(
  receiver: WebhookReceiver,
  { env = {}, ...options }: RunningOptions = {},
): Promise<RunningService> {
  return startService({
    workers: ALL,
    ...options,
    env: {
      WEBHOOK_URL: `${receiver.url.replace('//', '//user:password-secret@')}${PATH}`,
      WEBHOOK_SECRET: `${SECRET},${OLD_SECRET}`,
      WEBHOOK_TIMEOUT_MS: '1000',
      WEBHOOK_BACKOFF_BASE_MS: '50',
      CALLBACK_ALLOW_HOSTS: '127.0.0.1',
      ...env,
    },
  });
}

async function deliveries(service: RunningService, query: string): Promise<readonly DeliveryAnswer[]> {
  const reply = await service.call({ url: `/v1/deliveries?${query}`, token: TOKENS.viewer });
  return (JSON.parse(reply.body) as { items: DeliveryAnswer[] }).items;
}

/** Waits until the only webhook delivery of the onboarding has this status. */
const untilDelivery = (
  service: RunningService,
  id: string,
  status: DeliveryAnswer['status'],
): Promise<DeliveryAnswer> =>
  eventually(
    async () =>
      (await deliveries(service, `onboardingId=${id}`)).find((delivery) => delivery.status === status),
    { withinMs: 90_000 },
  );

const replay = async (service: RunningService, id: string, query = '') => {
  const url = `/v1/deliveries/${id}/replay${query}`;
  const reply = await service.call({ method: 'POST', url, payload: { reason: 'the receiver is fixed' } });
  return { status: reply.statusCode, body: JSON.parse(reply.body) as DeliveryAnswer & { code?: string } };
};

describe('the end of an onboarding', () => {
  it('is told once to WEBHOOK_URL or to its own callback, signed, with the onboarding as it ended', async () => {
    const [receiver, callback] = await Promise.all([startReceiver(), startReceiver()]);
    const service = await start(receiver);
    const good = idOf(await service.post(request('good', { metadata: { plan: 'gold' } })));
    const bad = idOf(await service.post(request('limit')));
    const own = idOf(await service.post(request('own', { callbackUrl: `${callback.url}/c` })));
    for (const id of [good, bad, own]) await untilDelivery(service, id, 'delivered');
    expect(receiver.received.map(({ path }) => path)).toEqual([PATH, PATH]);
    expect(callback.received.map(({ path }) => path)).toEqual(['/c']);
    for (const [id, type] of [
      [good, 'onboarding.provisioned'],
      [bad, 'onboarding.failed'],
      [own, 'onboarding.provisioned'],
    ] as const) {
      const hooks = [...receiver.received, ...callback.received].filter(({ body }) => body.includes(id));
      expect(hooks).toHaveLength(1);
      const [hook] = hooks;
      expect(hook!.headers['webhook-signature']).toBe(
        `${signatureOf(SECRET, hook!)} ${signatureOf(OLD_SECRET, hook!)}`,
      );
      const verified = await verifyWebhook({ ...hook!, secrets: [OLD_SECRET] });
      const data = await service.onboarding(id);
      const [delivery] = await deliveries(service, `onboardingId=${id}`);
      const event = { type, timestamp: data.updatedAt, number: 1, late: false, data };
      expect(verified).toEqual({ ok: true, id: delivery!.id, event });
    }
  });

  it('is told again and again, always the same, until it is taken', async () => {
    const receiver = await startReceiver();
    const service = await start(receiver);
    receiver.answer((_hook, count) => {
      if (count === 1) return 500;
      // The second call hangs until it is given up.
      return count === 2 ? () => undefined : 204;
    });
    const id = idOf(await service.post(request('limit')));
    const delivery = await untilDelivery(service, id, 'delivered');
    expect(delivery).toMatchObject({ error: null, number: 1, nextAttemptAt: null });
    expect(delivery.attempts).toMatchObject([
      { number: 1, statusCode: 500, error: 'Http500', origin: receiver.url, bodyStart: '' },
      { number: 2, statusCode: null, error: 'Timeout' },
      { number: 3, statusCode: 204, error: null },
    ]);
    expect(new Set(receiver.received.map(({ headers }) => headers['webhook-id']))).toEqual(
      new Set([delivery.id]),
    );
    expect(new Set(receiver.received.map(({ body }) => body)).size).toBe(1);
  });

  it('waits for a secret where there is none: nothing is sent unsigned', async () => {
    const callback = await startReceiver();
    const service = await startService({
      workers: ALL,
      env: { CALLBACK_ALLOW_HOSTS: '127.0.0.1' },
    });
    const id = idOf(await service.post(request('limit', { callbackUrl: callback.url })));
    const delivery = await eventually(async () =>
      (await deliveries(service, `onboardingId=${id}`)).find(({ error }) => error !== null),
    );
    expect(delivery).toMatchObject({ status: 'waiting', error: 'NoSigningSecret' });
    expect(callback.received).toEqual([]);
  });

  it('is not told where a callback may not lead, and the attempt says so', async () => {
    const receiver = await startReceiver();
    const service = await start(receiver, { env: { CALLBACK_ALLOW_HOSTS: '' } });
    const refused = await service.post(request('limit', { callbackUrl: receiver.url }));
    expect(JSON.parse(refused.body)).toMatchObject({ code: 'invalid_request', field: 'callbackUrl' });
    const inside = receiver.url.replace('http:', 'https:');
    const id = idOf(await service.post(request('limit', { callbackUrl: inside })));
    expect(await untilDelivery(service, id, 'failed')).toMatchObject({
      error: 'AddressRefused',
      attempts: [{ error: 'AddressRefused', origin: inside, statusCode: null }],
    });
    expect(receiver.received).toEqual([]);
  });
});

describe('nothing is lost', () => {
  it('when Redis is away: a webhook waits in the ledger alone', async () => {
    const receiver = await startReceiver();
    const service = await start(receiver, { redis: 'private' });
    receiver.answer(() => 503);
    const id = idOf(await service.post(request('limit')));
    await eventually(async () => (await deliveries(service, `onboardingId=${id}`))[0]?.error === 'Http503');
    await service.redis.stop();
    const refused = receiver.received.length;
    receiver.answer(() => 204);
    expect((await untilDelivery(service, id, 'delivered')).attempts.length).toBeGreaterThan(refused);
  });
});

describe('an endpoint that hangs', () => {
  it('takes at most 10 places of its process, and the others are told meanwhile', async () => {
    const [receiver, hung] = await Promise.all([startReceiver(), startReceiver()]);
    const service = await start(receiver, { env: { WEBHOOK_TIMEOUT_MS: '60000', STOP_DEADLINE_MS: '2000' } });
    hung.answer(() => () => undefined);
    const waiting = Array.from({ length: 25 }, async (_, n) =>
      service.post(request(`hung-${n}`, { callbackUrl: `${hung.url}/${n}` })),
    );
    for (const reply of await Promise.all(waiting)) await service.until(idOf(reply), 'provisioned');
    await eventually(() => hung.received.length === 10);
    const others = Array.from({ length: 12 }, async (_, n) => service.post(request(`other-${n}`)));
    for (const reply of await Promise.all(others)) await untilDelivery(service, idOf(reply), 'delivered');
    expect(receiver.received).toHaveLength(12);
    expect(hung.received).toHaveLength(10);
  });
});

describe('an endpoint that is gone', () => {
  it('is disabled, said aloud, and enabled by a replay', async () => {
    const [receiver, callback] = await Promise.all([startReceiver(), startReceiver()]);
    const service = await start(receiver);
    callback.answer(() => 410);
    const callbackUrl = `${callback.url}/tenant`;
    const first = idOf(await service.post(request('limit', { callbackUrl })));
    const failed = await untilDelivery(service, first, 'failed');
    expect(failed).toMatchObject({ error: 'Http410', destination: 'callback' });
    expect(service.log.lines).toContainEqual(
      expect.objectContaining({ level: 'error', message: 'delivery.endpoint_disabled' }),
    );
    const news = await eventually(() => receiver.events().find(({ type }) => type === 'deliveries.disabled'));
    expect(news.data).toMatchObject({ origin: callback.url, reason: 'gone', deliveryId: failed.id });

    const second = idOf(await service.post(request('limit', { callbackUrl })));
    expect(await untilDelivery(service, second, 'failed')).toMatchObject({ error: 'EndpointDisabled' });
    expect(callback.received).toHaveLength(1);
    expect((await service.call({ url: '/metrics' })).body).toContain('onboard_endpoints_disabled 1');

    callback.answer(() => 204);
    expect(await replay(service, failed.id, '?dryRun=true')).toMatchObject({
      status: 200,
      body: { status: 'failed', replays: 0 },
    });
    expect(await replay(service, failed.id)).toMatchObject({
      status: 202,
      body: { id: failed.id, status: 'waiting', replays: 1 },
    });
    expect((await untilDelivery(service, first, 'delivered')).attempts).toHaveLength(2);
    await replay(service, (await untilDelivery(service, second, 'failed')).id);
    await untilDelivery(service, second, 'delivered');
    expect(callback.received).toHaveLength(3);
  });

  it('has no delivery of another id', async () => {
    const service = await start(await startReceiver(), { workers: [] });
    for (const id of ['evt_01kaqk3v6m8x2c5d7f9h1j3n5q', 'nonsense'])
      expect(await replay(service, id)).toMatchObject({ status: 404, body: { code: 'not_found' } });
  });
});

describe('a circuit', () => {
  it('that opens and closes is told to the operator', async () => {
    const receiver = await startReceiver();
    const service = await start(receiver);
    await control(service.sandbox, 'mode', { region: 'us-east-1', error: 'ExpiredTokenException' });
    const ids = await Promise.all([1, 2, 3].map(async () => idOf(await service.post(request('plain')))));
    const told = (): readonly string[] =>
      receiver
        .events()
        .map(({ type }) => type)
        .filter((type) => type.startsWith('region.'));
    await eventually(() => told().length === 1);
    await control(service.sandbox, 'mode', { region: 'us-east-1', error: null });
    for (const id of ids) await service.until(id, 'provisioned');
    await eventually(() => told().length === 2);
    expect(told()).toEqual(['region.circuitOpened', 'region.circuitClosed']);
    const closed = receiver.events().find(({ type }) => type === 'region.circuitClosed');
    expect(closed?.data).toMatchObject({
      region: 'us-east-1',
      circuit: { state: 'closed', reason: 'ExpiredTokenException' },
    });
  });
});

describe('the log', () => {
  it('tells of every call, and holds neither what is sent nor an address beyond its origin', async () => {
    const receiver = await startReceiver();
    const service = await start(receiver);
    receiver.answer((_hook, count) =>
      count === 1 ? (response) => response.writeHead(500).end('answer-secret') : 204,
    );
    const id = idOf(await service.post(request('limit', { metadata: { note: 'payload-secret' } })));
    const delivery = await untilDelivery(service, id, 'delivered');
    const lines = service.log.lines.filter(({ message }) => message === 'delivery.attempted');
    expect(lines.map(({ fields }) => fields)).toMatchObject([
      {
        delivery_id: delivery.id,
        onboarding_id: id,
        status_code: 500,
        result: 'retry',
        origin: receiver.url,
      },
      { attempt: 2, status_code: 204, result: 'delivered', saved: 'saved' },
    ]);
    expect(JSON.stringify(service.log.lines)).not.toMatch(/-secret|whsec_/);
    expect(JSON.stringify(delivery)).not.toMatch(/path-secret|query-secret|password-secret|payload-secret/);
  });
});

describe('a receiver that is down', () => {
  it('is told of in /readyz, doctor and metrics, and all that waits for it can be sent at once', async () => {
    const receiver = await startReceiver();
    const service = await start(receiver, { env: { WEBHOOK_BACKOFF_BASE_MS: '3600000' } });
    receiver.answer(() => 500);
    const ids: string[] = [];
    for (let made = 0; made < 3; made += 1) ids.push(idOf(await service.post(request('limit'))));
    await eventually(() => receiver.received.length === 3);
    const read = async (url: string) => JSON.parse((await service.call({ url })).body) as unknown;
    const deliveriesNow = 'endpoints failing: 1, deliveries waiting: 3';
    await eventually(async () => {
      const { parts } = (await read('/readyz')) as { parts: Record<string, string> };
      return parts['deliveries'] === deliveriesNow;
    });
    expect(await read('/readyz')).toMatchObject({ status: 'degraded' });
    const { findings } = (await read('/v1/doctor')) as DoctorAnswer;
    expect(findings.find(({ check }) => check === 'webhooks.deliveries')).toMatchObject({
      status: 'warn',
      message: `Webhooks are late: ${deliveriesNow}.`,
    });
    expect((await service.call({ url: '/metrics' })).body).toContain('onboard_endpoints_failing 1');

    const sendNow = async (query: string) => {
      const url = `/v1/deliveries/send-now${query}`;
      const reply = await service.call({ method: 'POST', url, payload: { reason: 'it is back' } });
      return { status: reply.statusCode, body: JSON.parse(reply.body) as unknown };
    };
    receiver.answer(() => 204);
    const waited = { status: 200, body: { waiting: 3, due: 0 } };
    expect(await sendNow('?dryRun=true')).toEqual(waited);
    expect(await sendNow('')).toEqual(waited);
    for (const id of ids)
      expect((await untilDelivery(service, id, 'delivered')).attempts).toMatchObject([
        { error: 'Http500' },
        { error: null },
      ]);
    expect(await sendNow('')).toEqual({ status: 200, body: { waiting: 0, due: 0 } });
    // What changed nothing is not in it.
    expect(await read('/v1/audit?action=sendDeliveries')).toMatchObject({
      items: [
        {
          subject: 'deliveries',
          reason: 'it is back',
          before: { waiting: 3, due: 0 },
          after: { waiting: 3, due: 3 },
        },
      ],
    });
    await eventually(async () => ((await read('/readyz')) as { status: string }).status === 'ok');
  });
});

describe('a test event', () => {
  const send = async (service: RunningService, query = '') => {
    const url = `/v1/deliveries/test${query}`;
    const reply = await service.call({ method: 'POST', url, payload: { reason: 'a new receiver' } });
    return { status: reply.statusCode, body: JSON.parse(reply.body) as DeliveryAnswer };
  };

  it('goes to WEBHOOK_URL, signed like any other, and is listed and audited', async () => {
    const receiver = await startReceiver();
    const service = await start(receiver);
    expect(await send(service, '?dryRun=true')).toEqual({
      status: 200,
      body: { dryRun: true, type: 'webhook.test' },
    });
    const { status, body } = await send(service);
    expect([status, body.type, body.onboardingId]).toEqual([202, 'webhook.test', null]);
    const delivered = await eventually(async () =>
      (await deliveries(service, 'type=webhook.test')).find((one) => one.status === 'delivered'),
    );
    expect(delivered.id).toBe(body.id);
    expect(receiver.received).toHaveLength(1);
    expect(await verifyWebhook({ ...receiver.received[0]!, secrets: [SECRET] })).toMatchObject({
      ok: true,
      id: body.id,
      event: { type: 'webhook.test', data: { sentBy: 'admin-person' } },
    });
    const audit = await service.call({ url: '/v1/audit?action=testDelivery' });
    expect(JSON.parse(audit.body)).toMatchObject({ items: [{ subject: body.id, reason: 'a new receiver' }] });
  });

  it('is refused without WEBHOOK_URL', async () => {
    const service = await startService({ workers: [] });
    for (const query of ['', '?dryRun=true'])
      expect(await send(service, query)).toMatchObject({ status: 409, body: { code: 'no_webhook_url' } });
  });
});
