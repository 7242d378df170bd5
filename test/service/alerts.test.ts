import { fileURLToPath } from 'node:url';
import { Redis } from 'ioredis';
import { expect, it, onTestFinished } from 'vitest';
import { openDoor } from '../support/console.ts';
import { eventually } from '../support/eventually.ts';
import { startPrometheus, testRules } from '../support/prometheus.ts';
import { queryDatabase } from '../support/query-database.ts';
import { REDIS_REFUSALS, runCommands, setReadOnly } from '../support/refusals.ts';
import { request, startService, TOKENS } from '../support/running-service.ts';

it('the shipped rules fire in Prometheus for what keeps onboardings from being provisioned, and for nothing else', async () => {
  const service = await startService({
    redis: 'private',
    running: 'own',
    workers: ['provisioning', 'webhooks'],
  });
  const door = await openDoor(service);
  onTestFinished(() => door.close(0));
  const prometheus = await startPrometheus({ url: door.url, token: TOKENS.viewer });
  /** Until these fire, and no other; a refusing Redis may also forbid to read which parts run. */
  const until = async (...names: readonly string[]): Promise<void> => {
    const isBlind = names.includes('OnboardRedisDown');
    const wanted = JSON.stringify(names);
    let firing: readonly string[] = [];
    await eventually(async () => {
      firing = (await prometheus.firing()).filter((name) => !isBlind || name !== 'OnboardPartMissing');
      return JSON.stringify(firing) === wanted;
    }).catch((error: unknown) => {
      throw new Error(`Firing: ${firing.join(', ')}; not ${wanted}.`, { cause: error });
    });
  };
  // No process runs maintenance, all along.
  await until('OnboardPartMissing');

  const redis = new Redis(service.redis.url);
  onTestFinished(() => redis.disconnect());
  for (const [, , begin, end] of REDIS_REFUSALS) {
    await runCommands(redis, begin);
    await until('OnboardRedisDown');
    await runCommands(redis, end);
    await until('OnboardPartMissing');
  }

  await setReadOnly(service.databaseUrl, true);
  await until('OnboardLedgerDown', 'OnboardPartMissing');
  await setReadOnly(service.databaseUrl, false);
  await until('OnboardPartMissing');

  // Recorded while Redis refuses it: only maintenance would queue it.
  await runCommands(redis, REDIS_REFUSALS[0]![2]);
  expect((await service.post(request('waits'))).statusCode).toBe(202);
  await runCommands(redis, REDIS_REFUSALS[0]![3]);
  await queryDatabase(
    service.databaseUrl,
    `update onboarding.onboardings set created_at = now() - interval '20 minutes'`,
  );
  await until('OnboardNotQueued', 'OnboardPartMissing');
});

it('the shipped rules fire after the time that they name', async () => {
  expect(await testRules(fileURLToPath(new URL('alerts.test.yml', import.meta.url)))).toContain('SUCCESS');
});
