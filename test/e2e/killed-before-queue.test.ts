import { expect, it, onTestFinished } from 'vitest';
import { startSandbox } from '../../src/sandbox/server.ts';
import { eventually } from '../support/eventually.ts';
import { startFailingProxy } from '../support/failing-proxy.ts';
import { createTestDatabase } from '../support/postgres.ts';
import { queryDatabase } from '../support/query-database.ts';
import { startRedis } from '../support/redis.ts';
import { startServiceProcess } from '../support/service-process.ts';

it('after kill -9 between the commit of a queued row and its job, another process adds the job', async () => {
  const database = await createTestDatabase();
  onTestFinished(() => database.drop());
  const redis = await startRedis();
  onTestFinished(() => redis.stop());
  const sandbox = await startSandbox();
  onTestFinished(() => sandbox.close());
  const proxy = await startFailingProxy(redis.port);
  onTestFinished(() => proxy.close());
  const env = {
    DATABASE_URL: database.url,
    REDIS_URL: redis.url,
    AWS_MODE: 'sandbox',
    AWS_ENDPOINT_URL_EVENTBRIDGE: sandbox.url,
    API_TOKENS: 'admin:local-admin-0123456789',
    SESSION_SECRET: 'login-secret-0123456789-0123456789',
    TEST_TOKEN: 'local-admin-0123456789',
    LOG_LEVEL: 'error',
  };
  const other = await startServiceProcess(env);
  const killed = await startServiceProcess({ ...env, REDIS_URL: `redis://127.0.0.1:${proxy.port}` }, [
    '--run=http',
  ]);
  await Promise.all([other.ready(), killed.ready()]);
  const statuses = async (): Promise<readonly string[]> =>
    (await queryDatabase<{ status: string }>(database.url, 'select status from onboarding.onboardings')).map(
      ({ status }) => status,
    );

  // From now on an add has no answer, and the row goes back to accepted after 1.5 s. The kill comes first.
  await proxy.freeze();
  const answer = killed
    .fetch('/v1/onboardings', {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({
        account: '000000000101',
        region: 'us-east-1',
        eventNamespace: 'kill/between',
        eventName: 'orders',
      }),
    })
    .catch(() => 'none');
  await eventually(async () => (await statuses()).length === 1);
  killed.signalGroup('SIGKILL');
  expect(await killed.ended).toBe('SIGKILL');
  expect(await answer).toBe('none');
  expect(await statuses()).toEqual(['queued']);

  // A look every 5 s at rows older than 3 s; whatever waits for a minute comes too late.
  await eventually(async () => (await statuses())[0] === 'provisioned', { withinMs: 30_000 });
});
