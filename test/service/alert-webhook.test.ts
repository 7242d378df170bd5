import { describe, expect, it } from 'vitest';
import type { DeliveryAnswer } from '../../src/client/wire.ts';
import { eventually } from '../support/eventually.ts';
import { idOf, request, startService, TOKENS, type RunningService } from '../support/running-service.ts';
import { control } from '../support/sandbox.ts';
import { startReceiver, type WebhookReceiver } from '../support/webhook-receiver.ts';

const ALL = ['provisioning', 'webhooks', 'maintenance'] as const;
const LINK = 'https://onboarding.example';

const start = (receiver: WebhookReceiver, env: Readonly<Record<string, string>> = {}) =>
  startService({
    workers: ALL,
    env: {
      ALERT_WEBHOOK_URL: `${receiver.url}/services/path-secret`,
      ALERT_FAILURES: '2',
      PUBLIC_URL: LINK,
      WEBHOOK_BACKOFF_BASE_MS: '50',
      CALLBACK_ALLOW_HOSTS: '127.0.0.1',
      WEBHOOK_SECRET: `whsec_${Buffer.alloc(32).toString('base64')}`,
      ...env,
    },
  });

/** The messages so far, in the order of their arrival, without instants. */
const told = (receiver: WebhookReceiver): readonly string[] =>
  receiver.received.map(({ body }) =>
    (JSON.parse(body) as { text: string }).text.replace(/\d{4}-\d\d-\d\dT[\d:.]+Z/g, '…'),
  );
const untilTold = (receiver: WebhookReceiver, part: string): Promise<boolean> =>
  eventually(() => told(receiver).some((text) => text.includes(part)), { withinMs: 60_000 });

const fail = async (service: RunningService, name: string): Promise<void> => {
  await service.until(idOf(await service.post(request(name))), 'failed');
};

describe('ALERT_WEBHOOK_URL', () => {
  it('is told once of a circuit, a Region that is off, and many failures of one cause, and of their ends', async () => {
    const receiver = await startReceiver();
    const service = await start(receiver);
    for (const name of ['disabled', 'limit', 'limit']) await fail(service, name);
    await untilTold(receiver, 'switched the Region off');
    await control(service.sandbox, 'mode', { region: 'us-east-1', error: 'ExpiredTokenException' });
    const waiting = await Promise.all(['a', 'b', 'c'].map((name) => service.post(request(name))));
    await untilTold(receiver, 'circuit open');
    await control(service.sandbox, 'mode', { region: 'us-east-1', error: null });
    for (const reply of waiting) await service.until(idOf(reply), 'provisioned');
    await untilTold(receiver, 'circuit closed');
    await untilTold(receiver, 'the Region works again');
    expect(told(receiver).join()).not.toContain('onboardings failed');
    for (const name of ['limit', 'limit']) await fail(service, name);
    await untilTold(receiver, 'onboardings failed');
    expect([...told(receiver)].sort()).toEqual([
      expect.stringMatching(
        /^[34] onboardings failed within 15 minutes: LimitExceededException\. Since …\.\n/,
      ) as string,
      `us-east-1: AWS has switched the Region off, onboardings fail (OperationDisabledException). Since ….\n${LINK}/regions`,
      `us-east-1: circuit closed: AWS calls resumed (ExpiredTokenException). From … to ….\n${LINK}/regions`,
      `us-east-1: circuit open: AWS calls stopped, onboardings wait (ExpiredTokenException). Since ….\n${LINK}/regions`,
      `us-east-1: the Region works again (OperationDisabledException). From … to ….\n${LINK}/regions`,
    ]);
    expect(receiver.received[0]).toMatchObject({
      path: '/services/path-secret',
      headers: { 'content-type': 'application/json' },
    });
    expect(JSON.stringify(service.log.lines)).not.toContain('path-secret');
  });

  it('is told of a disabled endpoint; what a receiver that is down misses comes when it is back', async () => {
    const [receiver, gone] = await Promise.all([startReceiver(), startReceiver()]);
    receiver.answer((_, count) => (count <= 2 ? 503 : 200));
    gone.answer(() => 410);
    const service = await start(receiver);
    await service.post(request('plain', { callbackUrl: `${gone.url}/c?key=query-secret` }));
    await eventually(() => receiver.received.length === 3, { withinMs: 60_000 });
    expect(new Set(told(receiver))).toEqual(
      new Set([`Webhook endpoint ${gone.url} disabled: it returned 410. Since ….\n${LINK}/deliveries`]),
    );
    const delivered = await eventually(async () => {
      const reply = await service.call({ url: '/v1/deliveries?type=alert', token: TOKENS.viewer });
      const { items } = JSON.parse(reply.body) as { items: readonly DeliveryAnswer[] };
      return items.find(({ status }) => status === 'delivered');
    });
    expect(delivered).toMatchObject({ destination: 'alert', onboardingId: null, error: null });
    expect(delivered.attempts.map(({ statusCode }) => statusCode)).toEqual([503, 503, 200]);
    const page = await service.call({ url: `/deliveries/${delivered.id}/replay` });
    expect(page.body).toContain('It goes to ALERT_WEBHOOK_URL.');
  });
});
