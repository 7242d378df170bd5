import { expect, it, onTestFinished } from 'vitest';
import { startSandbox } from '../../src/sandbox/server.ts';
import { eventually } from '../support/eventually.ts';
import { freePort } from '../support/free-port.ts';
import { createTestDatabase } from '../support/postgres.ts';
import { startRedis } from '../support/redis.ts';
import { startServiceProcess } from '../support/service-process.ts';
import { SECRET, startReceiver } from '../support/webhook-receiver.ts';

it('an end is told although the process that saw it was killed, by the part that runs for that alone', async () => {
  const [receiver, sandbox, redis, database] = await Promise.all([
    startReceiver(),
    startSandbox(),
    startRedis(),
    createTestDatabase(),
  ]);
  onTestFinished(async () => {
    await Promise.all([sandbox.close(), redis.stop(), database.drop()]);
  });
  const env = {
    AWS_MODE: 'sandbox',
    AWS_ENDPOINT_URL_EVENTBRIDGE: sandbox.url,
    REDIS_URL: redis.url,
    DATABASE_URL: database.url,
    API_TOKENS: 'admin:local-admin-0123456789',
    SESSION_SECRET: 'login-secret-0123456789-0123456789',
    TEST_TOKEN: 'local-admin-0123456789',
    WEBHOOK_URL: receiver.url,
    WEBHOOK_SECRET: SECRET,
    WEBHOOK_BACKOFF_BASE_MS: '100',
    WEBHOOK_TIMEOUT_MS: '10000',
    STOP_DEADLINE_MS: '2000',
    METRICS_PORT: String(await freePort()),
  };
  const first = await startServiceProcess({ ...env, METRICS_PORT: '0' }, [
    '--run=http,provisioning,maintenance',
  ]);
  await first.ready();
  const reply = await first.fetch('/v1/onboardings', {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({
      account: '000000000101',
      region: 'us-east-1',
      eventNamespace: 'kill',
      eventName: 'x',
    }),
  });
  const { id } = (await reply.json()) as { id: string };
  const ended: unknown = await (await first.fetch(`/v1/onboardings/${id}?wait=20`)).json();
  first.signalGroup('SIGKILL');
  expect(await first.ended).toBe('SIGKILL');
  expect(receiver.received).toEqual([]);

  // The first call hangs until its process is killed; the second one finds the delivery when the lease has ended, hangs
  // too, and is cut by the stop of the part; the third finds it put back.
  receiver.answer(() => () => undefined);
  const killed = await startServiceProcess(env, ['--run=webhooks']);
  await eventually(() => receiver.received.length === 1, { withinMs: 90_000 });
  killed.signalGroup('SIGKILL');
  expect(await killed.ended).toBe('SIGKILL');
  const second = await startServiceProcess(env, ['--run=notifications']);
  await eventually(() => receiver.received.length === 2, { withinMs: 90_000 });
  second.signalGroup('SIGTERM');
  expect(await second.ended).toBe(0);

  receiver.answer(() => 204);
  const third = await startServiceProcess(env, ['--run=webhooks']);
  await eventually(() => third.output().includes('"result":"delivered"'), { withinMs: 90_000 });
  expect(receiver.events()).toEqual([
    expect.objectContaining({ type: 'onboarding.provisioned', number: 1, data: ended }),
    expect.objectContaining({ id: receiver.events()[0]?.id, data: ended }),
    expect.objectContaining({ id: receiver.events()[0]?.id, data: ended }),
  ]);
  third.signalGroup('SIGTERM');
  expect(await third.ended).toBe(0);
});
