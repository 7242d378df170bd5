import { hostname } from 'node:os';
import { Redis } from 'ioredis';
import { expect, inject, onTestFinished, test } from 'vitest';
import type { DoctorAnswer } from '../../src/client/wire.ts';
import { createLedgerCheckupOf } from '../../src/ledger/ledger-checkup.ts';
import { createRedisCheckupOf } from '../../src/queue/redis/checkup.ts';
import { systemClock } from '../../src/runtime/clock.ts';
import { eventually } from '../support/eventually.ts';
import { freePort } from '../support/free-port.ts';
import { createEmptyDatabase, createTestDatabase } from '../support/postgres.ts';
import { queryDatabase } from '../support/query-database.ts';
import { startRedis } from '../support/redis.ts';
import { recordingLog } from '../support/recording-log.ts';
import { idOf, request, startService, TOKENS, type RunningService } from '../support/running-service.ts';

async function examine(service: RunningService): Promise<DoctorAnswer> {
  const reply = await service.call({ url: '/v1/doctor', token: TOKENS.operator });
  expect(reply.statusCode).toBe(200);
  return JSON.parse(reply.body) as DoctorAnswer;
}

const statusOf = ({ findings }: DoctorAnswer, check: string, subject: string | null = null) =>
  findings.find((it) => it.check === check && it.subject === subject)?.status;

const control = (service: RunningService, body: object): Promise<Response> =>
  fetch(`${service.sandbox.url}/__sandbox/mode`, { method: 'POST', body: JSON.stringify(body) });

test('the doctor looks at everything, creates nothing, and names what AWS denies', async () => {
  const service = await startService();
  const fresh = await examine(service);
  for (const check of ['redis.version', 'redis.clock', 'ledger.version', 'ledger.migrations', 'ledger.clock'])
    expect(statusOf(fresh, check), check).toBe('ok');
  for (const region of ['us-east-1', 'eu-west-1']) {
    expect(statusOf(fresh, 'aws.describe', region)).toBe('ok');
    expect(statusOf(fresh, 'aws.listAccounts', region)).toBe('ok');
    expect(statusOf(fresh, 'aws.clock', region)).toBe('ok');
    // Nothing was created yet, and a look creates nothing.
    expect(statusOf(fresh, 'aws.create', region)).toBe('warn');
  }
  const calls = (await (await fetch(`${service.sandbox.url}/__sandbox/calls`)).json()) as {
    calls: unknown[];
  };
  expect(JSON.stringify(calls)).not.toContain('CreatePartnerEventSource');

  await service.until(idOf(await service.post(request('orders'))), 'provisioned');
  await control(service, { region: 'eu-west-1', error: 'AccessDeniedException' });
  const denied = await examine(service);
  expect(statusOf(denied, 'aws.create', 'us-east-1')).toBe('ok');
  expect(statusOf(denied, 'aws.describe', 'us-east-1')).toBe('ok');
  const finding = denied.findings.find(
    ({ check, subject }) => check === 'aws.describe' && subject === 'eu-west-1',
  );
  expect(finding).toMatchObject({
    status: 'fail',
    message: expect.stringContaining('AccessDeniedException') as string,
    fix: expect.stringContaining('onboard iam-policy') as string,
  });
});

test('the doctor gives the reason of a Redis and a PostgreSQL that reject the password', async () => {
  const role = `doctor_${Date.now()}`;
  onTestFinished(async () => {
    await queryDatabase(inject('postgresUrl'), `drop role if exists ${role}`);
  });
  const service = await startService({
    redis: 'private',
    beforeStart: async (url) => {
      await queryDatabase(url, `create role ${role} superuser login password 'first-password'`);
    },
    databaseThrough: (url) => {
      const as = new URL(url);
      [as.username, as.password] = [role, 'first-password'];
      return as.href;
    },
  });
  await queryDatabase(service.databaseUrl, `alter role ${role} password 'second-password'`);
  await queryDatabase(
    service.databaseUrl,
    `select pg_terminate_backend(pid) from pg_stat_activity where usename = '${role}'`,
  );
  const administrator = new Redis(service.redis.url);
  onTestFinished(() => administrator.disconnect());
  await administrator.config('SET', 'requirepass', 'second-password');
  await administrator.call('CLIENT', 'KILL', 'TYPE', 'normal', 'SKIPME', 'yes');
  const finding = async (check: string) => {
    const { findings } = await examine(service);
    return findings.find((it) => it.check === check && !it.message.includes('not responding'));
  };
  expect(await eventually(() => finding('ledger.reachable'))).toMatchObject({
    message: expect.stringContaining('password authentication failed') as string,
    fix: expect.stringContaining('user name and password in DATABASE_URL') as string,
  });
  expect(await eventually(() => finding('redis.reachable'))).toMatchObject({
    message: expect.stringMatching(/NOAUTH/) as string,
  });
  await administrator.config('SET', 'requirepass', '');
  await queryDatabase(service.databaseUrl, `alter role ${role} password 'first-password'`);
  await eventually(async () =>
    (await examine(service)).findings.every(({ check }) => !check.endsWith('.reachable')),
  );
});

test('sessions at PostgreSQL and Redis are named after the part and the host', async () => {
  const service = await startService({ redis: 'private' });
  await service.until(idOf(await service.post(request('named'))), 'provisioned');
  const sessions = await queryDatabase<{ name: string }>(
    service.databaseUrl,
    `select distinct application_name as name from pg_stat_activity
    where datname = current_database() and pid <> pg_backend_pid() order by name`,
  );
  const host = hostname();
  expect(sessions.map(({ name }) => name)).toEqual([`onboard all@${host}`, `onboard all@${host} listener`]);
  const administrator = new Redis(service.redis.url);
  onTestFinished(() => administrator.disconnect());
  expect(await administrator.client('LIST')).toContain(`name=onboard:all@${host}`);
});

test('the doctor says so when Redis is gone, and continues with the rest', async () => {
  const service = await startService({ redis: 'private' });
  await service.redis.stop();
  const found = await examine(service);
  expect(statusOf(found, 'redis.reachable')).toBe('fail');
  expect(statusOf(found, 'ledger.version')).toBe('ok');
  expect(statusOf(found, 'aws.describe', 'us-east-1')).toBe('ok');
});

const soon = (): AbortSignal => AbortSignal.timeout(10_000);

test('a database that no service has opened yet is looked at and left as it is', async () => {
  const database = await createEmptyDatabase();
  try {
    const look = createLedgerCheckupOf(database.url, { clock: systemClock, log: recordingLog() });
    const first = await look(soon());
    expect(first.find(({ check }) => check === 'ledger.migrations')).toMatchObject({ status: 'warn' });
    expect(await look(soon())).toHaveLength(first.length);
  } finally {
    await database.drop();
  }
});

test('the ledger of a build from before the baseline is a finding with the way out', async () => {
  const database = await createTestDatabase();
  try {
    await queryDatabase(database.url, `update onboarding.migrations set name = 'foundation'`);
    const look = createLedgerCheckupOf(database.url, { clock: systemClock, log: recordingLog() });
    expect((await look(soon())).find(({ check }) => check === 'ledger.migrations')).toMatchObject({
      status: 'fail',
      fix: expect.stringContaining('import the data again') as string,
    });
  } finally {
    await database.drop();
  }
});

test('what is out of reach is a finding without the password in its address', async () => {
  const port = await freePort();
  const log = recordingLog();
  const ledger = createLedgerCheckupOf(`postgres://u:s3cret@127.0.0.1:${port}/x`, {
    clock: systemClock,
    log,
  });
  const redis = createRedisCheckupOf({ url: `redis://:s3cret@127.0.0.1:${port}` }, systemClock);
  const findings = [...(await ledger(soon())), ...(await redis(soon()))];
  expect(findings.map(({ check, status }) => `${check} ${status}`)).toEqual([
    'ledger.reachable fail',
    'redis.reachable fail',
  ]);
  expect(JSON.stringify(findings)).toContain('ECONNREFUSED');
  expect(JSON.stringify(findings)).not.toContain('s3cret');
});

test('a Redis database that the server does not have is found by the doctor, and ends the start', async () => {
  const redis = await startRedis();
  onTestFinished(() => redis.stop());
  const url = `${redis.url.replace(/\/\d*$/, '')}/99`;
  const findings = await createRedisCheckupOf({ url }, systemClock)(AbortSignal.timeout(10_000));
  expect(findings.find(({ check }) => check === 'redis.database')).toMatchObject({
    status: 'fail',
    message: expect.stringMatching(/no database 99, which REDIS_URL names/) as string,
  });
  await expect(startService({ env: { REDIS_URL: url } })).rejects.toThrow(/no database 99.*REDIS_URL/);
});
