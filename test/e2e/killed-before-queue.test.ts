import { expect, it, onTestFinished } from 'vitest';
import { eventually } from '../support/eventually.ts';
import { startFailingProxy } from '../support/failing-proxy.ts';
import { startProcessServers } from '../support/process-servers.ts';
import { queryDatabase } from '../support/query-database.ts';
import { startServiceProcess } from '../support/service-process.ts';

it('after kill -9 between the commit of a queued row and its job, another process adds the job', async () => {
  const { database, redis, env: shared } = await startProcessServers();
  const env = { ...shared, LOG_LEVEL: 'error' };
  const proxy = await startFailingProxy(redis.port);
  onTestFinished(() => proxy.close());
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
