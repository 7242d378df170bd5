import { expect, it, onTestFinished } from 'vitest';
import { startSandbox } from '../../src/sandbox/server.ts';
import { eventually } from '../support/eventually.ts';
import { createTestDatabase } from '../support/postgres.ts';
import { startRedis } from '../support/redis.ts';
import { startServiceProcess, type ServiceProcess } from '../support/service-process.ts';
import { openTcpProxy } from '../support/tcp-proxy.ts';
import { startReceiver } from '../support/webhook-receiver.ts';

it('two processes tell outages of the ledger and of Redis once, over a kill, a restart and a receiver that is down', async () => {
  const [receiver, sandbox, redis, database, toRedis, toDatabase] = await Promise.all([
    startReceiver(),
    startSandbox(),
    startRedis(),
    createTestDatabase(),
    openTcpProxy(),
    openTcpProxy(),
  ]);
  onTestFinished(async () => {
    await Promise.all([sandbox.close(), redis.stop(), database.drop()]);
  });
  const env = {
    AWS_MODE: 'sandbox',
    AWS_ENDPOINT_URL_EVENTBRIDGE: sandbox.url,
    REDIS_URL: toRedis.through(redis.url),
    DATABASE_URL: toDatabase.through(database.url),
    API_TOKENS: 'admin:local-admin-0123456789',
    SESSION_SECRET: 'login-secret-0123456789-0123456789',
    TEST_TOKEN: 'local-admin-0123456789',
    ALERT_WEBHOOK_URL: receiver.url,
    ALERT_FAILURES: '0',
    PUBLIC_URL: 'https://onboarding.example',
    WEBHOOK_BACKOFF_BASE_MS: '100',
    STOP_DEADLINE_MS: '2000',
  };
  const texts = (): readonly string[] =>
    receiver.received.map(({ body }) => (JSON.parse(body) as { text: string }).text);
  const untilTold = (part: string): Promise<boolean> =>
    eventually(() => texts().some((text) => text.includes(part)), { withinMs: 90_000 });
  const logged = (service: ServiceProcess, text: string): Promise<boolean> =>
    eventually(() => service.output().includes(text), { withinMs: 90_000 });

  const [first, second] = await Promise.all([startServiceProcess(env), startServiceProcess(env)]);
  await Promise.all([first.ready(), second.ready()]);
  const onboarding = {
    account: '000000000101',
    region: 'us-east-1',
    eventNamespace: 'a',
    eventName: 'limit',
  };
  await first.fetch('/v1/onboardings', {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify(onboarding),
  });
  await untilTold('1 onboarding failed');

  // Two calls are refused, so the message arrives at the third.
  receiver.answer((_, count) => (count <= 2 ? 503 : 204));
  toDatabase.cut();
  await eventually(() => receiver.received.length === 4, { withinMs: 90_000 });
  second.signalGroup('SIGKILL');
  await second.ended;
  const third = await startServiceProcess(env);
  await logged(third, 'ledger.waiting_for_database');
  toDatabase.heal();
  await untilTold('The ledger can be used again');
  await third.ready();

  toRedis.cut();
  await untilTold('Redis cannot be used');
  toRedis.heal();
  await untilTold('Redis can be used again');
  for (const service of [first, third]) {
    service.signalGroup('SIGTERM');
    expect(await service.ended).toBe(0);
  }
  expect(texts().map((text) => /^[^.:]*/.exec(text)?.[0].replace(/ from .*/, ''))).toEqual([
    '1 onboarding failed within 15 minutes',
    'The ledger cannot be used',
    'The ledger cannot be used',
    'The ledger cannot be used',
    'The ledger can be used again',
    'Redis cannot be used',
    'Redis can be used again',
  ]);
});
