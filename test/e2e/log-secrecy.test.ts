import { describe, expect, it, onTestFinished } from 'vitest';
import { startSandbox } from '../../src/sandbox/server.ts';
import { eventually } from '../support/eventually.ts';
import { freePort } from '../support/free-port.ts';
import { createTestDatabase } from '../support/postgres.ts';
import { startRedis } from '../support/redis.ts';
import { startServiceProcess, type CallInit, type ServiceProcess } from '../support/service-process.ts';
import { temporaryFolder } from '../support/temp-folder.ts';

/** Every secret of a run begins like this, so that one look finds a whole one, a part or an encoded one. */
const MARK = 'Zq7secret';
const LEAKED = new RegExp([MARK, Buffer.from(MARK).toString('base64').slice(0, 8)].join('|'), 'i');
const secret = (what: string): string => `${MARK}-${what}-0123456789`;
const TOKENS = { admin: secret('admin'), signup: secret('signup') };
const API_TOKENS = `admin:alice:${TOKENS.admin},signup:${TOKENS.signup}`;

const json = (body: unknown): CallInit => ({
  method: 'POST',
  headers: { 'content-type': 'application/json' },
  body: typeof body === 'string' ? body : JSON.stringify(body),
});

const onboarding = (eventName: string, more: object = {}): CallInit =>
  json({
    account: '000000000101',
    region: 'us-east-1',
    eventNamespace: 'logs',
    eventName,
    customerId: secret('customer'),
    metadata: { note: secret('metadata') },
    callbackUrl: `https://callback.example/${secret('callback')}`,
    ...more,
  });

const keyed = (call: CallInit, key: string): CallInit => ({
  ...call,
  headers: { ...call.headers, 'idempotency-key': key },
});

/** Calls right and wrong, with a secret in every place that a caller can fill. */
async function callEverything(service: ServiceProcess): Promise<void> {
  const calls: [string, CallInit?][] = [
    ['/v1/onboardings', onboarding('orders')],
    ['/v1/onboardings', onboarding('cme-1')],
    ['/v1/onboardings', onboarding('orders', { account: secret('account'), region: secret('region') })],
    ['/v1/onboardings', onboarding('orders', { [secret('field')]: 1 })],
    ['/v1/onboardings', json(`{"account":"${secret('json')}`)],
    ['/v1/onboardings', keyed(onboarding('keyed'), secret('key'))],
    ['/v1/onboardings', keyed(onboarding('keyed', { lane: 'bulk' }), secret('key'))],
    ['/v1/onboardings', keyed(onboarding('keyed'), `${secret('key')}\t`.repeat(20))],
    ['/v1/onboardings/batch', json([secret('batch')])],
    ['/v1/onboardings/batch', keyed(json([secret('batch')]), secret('key'))],
    [`/v1/onboardings?q=${secret('q')}&cursor=${secret('cursor')}`],
    [`/v1/onboardings/${secret('id')}`],
    [`/v1/stats?token=${TOKENS.admin}`, { headers: { authorization: '' } }],
    [`/%zz${secret('address')}`],
    ['/queues/api/queues'],
  ];
  for (const [path, init] of calls) await (await service.fetch(path, init)).text();
  const csv = `account,region,eventNamespace,eventName,metadata.note\n42,us-east-1,logs,x,${secret('cell')}\n${secret('row')}\n`;
  const upload = { method: 'POST', headers: { 'content-type': 'text/csv' }, body: csv };
  await (await service.fetch('/v1/imports', upload)).text();
  for (let n = 0; n < 25; n += 1) {
    const guess = n % 2 === 0 ? `Bearer ${secret('wrong')}` : `Basic ${btoa(`me:${secret('wrong')}`)}`;
    await (await service.fetch('/v1/stats', { headers: { authorization: guess } })).text();
  }
}

describe('no log line holds a token, a credential or a payload', () => {
  it('of calls right and wrong, AWS refusing the credentials, and Redis lost with its password in the address', async () => {
    const sandbox = await startSandbox();
    onTestFinished(() => sandbox.close());
    const redis = await startRedis();
    onTestFinished(() => redis.kill());
    const database = await createTestDatabase();
    onTestFinished(() => database.drop());
    const service = await startServiceProcess({
      AWS_MODE: 'live',
      PARTNER_NAME: 'acme.example',
      AWS_ENDPOINT_URL_EVENTBRIDGE: sandbox.url,
      AWS_ACCESS_KEY_ID: secret('key-id'),
      AWS_SECRET_ACCESS_KEY: secret('secret-key'),
      AWS_SESSION_TOKEN: secret('session'),
      REDIS_URL: redis.url.replace('//', `//:${secret('redis')}@`),
      DATABASE_URL: database.url,
      API_TOKENS,
      SESSION_SECRET: secret('login-secret-of-32-characters'),
      WEBHOOK_URL: `http://${secret('user')}:${secret('pass')}@127.0.0.1:${await freePort()}/${secret('path')}?key=${secret('query')}`,
      WEBHOOK_SECRET: `whsec_${Buffer.from(secret('signing-key')).toString('base64')}`,
      ALERT_WEBHOOK_URL: `http://${secret('user')}:${secret('pass')}@127.0.0.1:${await freePort()}/${secret('alert')}`,
      ALERT_FAILURES: '0',
      PUBLIC_URL: 'https://onboarding.example',
      WEBHOOK_BACKOFF_BASE_MS: '20',
      LOG_LEVEL: 'debug',
      BACKOFF_BASE_MS: '20',
      STOP_DEADLINE_MS: '1500',
      TEST_TOKEN: TOKENS.admin,
    });
    await service.ready();
    await callEverything(service);
    for (const name of ['denied', 'expired-9', 'invalid', 'unknown'])
      await service.fetch('/v1/onboardings', onboarding(name));
    await eventually(() =>
      ['AccessDenied', 'ExpiredToken', 'Validation'].every((name) => service.output().includes(name)),
    );
    await service.fetch('/v1/onboardings', onboarding('limit', { callbackUrl: null }));
    await eventually(() =>
      ['"callback"', '"webhook"', '"alert"'].every((destination) =>
        new RegExp(`"destination":${destination}.*"delivery.attempted"`).test(service.output()),
      ),
    );
    await redis.kill();
    await service.fetch('/v1/onboardings', onboarding('while-redis-is-away'));
    expect((await service.fetch('/queues/api/queues')).status).toBe(503);
    await eventually(() => service.output().includes('Redis is unavailable'));
    service.signalGroup('SIGTERM');
    await service.ended;
    const log = service.output();
    for (const line of ['service.starting', 'provisioning.attempted', 'http.wrong_tokens', 'http.failed'])
      expect(log).toContain(line);
    expect(log).not.toMatch(LEAKED);
    expect(new URL(database.url).password.length).toBeGreaterThan(8);
    expect(log).not.toContain(new URL(database.url).password);
  });

  it('of a start whose database is away, or refuses the password in its address', async () => {
    const database = await createTestDatabase();
    onTestFinished(() => database.drop());
    const refusing = new URL(database.url);
    refusing.password = secret('database');
    const away = `postgres://user:${secret('database')}@127.0.0.1:${await freePort()}/onboard`;
    const start = async (url: string): Promise<ServiceProcess> =>
      startServiceProcess({
        DATA_DIR: await temporaryFolder(),
        AWS_MODE: 'sandbox',
        DATABASE_URL: url,
        API_TOKENS,
        SESSION_SECRET: secret('login-secret-of-32-characters'),
        LOG_LEVEL: 'debug',
      });
    const [waiting, refused] = await Promise.all([start(away), start(refusing.href)]);
    await eventually(() => waiting.output().includes('ledger.waiting_for_database'), { withinMs: 90_000 });
    waiting.signalGroup('SIGTERM');
    await waiting.ended;
    expect(await refused.ended).toBe(1);
    expect(refused.output()).toContain('password authentication failed');
    expect(waiting.output() + refused.output()).not.toMatch(LEAKED);
  });

  it('of a start whose configuration is refused', async () => {
    const service = await startServiceProcess(
      {
        PORT: secret('port'),
        REDIS_URL: `http://:${secret('redis')}@here`,
        DATABASE_URL: `mysql://u:${secret('database')}@here`,
        AWS_ENDPOINT_URL_EVENTBRIDGE: `https://u:${secret('endpoint')}@here`,
        PUBLIC_URL: `https://u:${secret('public')}@here`,
        WEBHOOK_URL: `mailto:${secret('webhook')}`,
        WEBHOOK_SECRET: secret('signing'),
        CALLBACK_ALLOW_HOSTS: `https://${secret('host')}`,
        REGIONS: secret('region'),
        API_TOKENS: `boss:${secret('token')},admin:${secret('token')} ,signup:a:b:c:${secret('token')}`,
        TRUST_PROXY: secret('proxy'),
        LOG_LEVEL: secret('level'),
      },
      [`--run=${secret('run')}`],
    );
    expect(await service.ended).toBe(2);
    for (const name of ['PORT', 'API_TOKENS', 'PUBLIC_URL', 'AWS_ENDPOINT_URL_EVENTBRIDGE'])
      expect(service.output()).toContain(`${name} must`.replace('API_TOKENS must', 'API_TOKENS entry'));
    expect(service.output()).not.toMatch(LEAKED);
  });
});
