import { expect, it, onTestFinished } from 'vitest';
import { eventually } from '../support/eventually.ts';
import { createTestDatabase } from '../support/postgres.ts';
import { startRedis } from '../support/redis.ts';
import { startServiceProcess, type ServiceProcess } from '../support/service-process.ts';

const CALLS = 150;

interface Answer {
  readonly status: number;
  readonly replayed: boolean;
  readonly body: string;
}

/** The n-th call, under a key of its own; undefined when no answer came. */
async function call(service: ServiceProcess, n: number): Promise<Answer | undefined> {
  try {
    const reply = await service.fetch('/v1/onboardings', {
      method: 'POST',
      headers: { 'content-type': 'application/json', 'idempotency-key': `kill-${n}` },
      body: JSON.stringify({
        account: '000000000101',
        region: 'us-east-1',
        eventNamespace: `kill/n${n}`,
        eventName: 'orders',
      }),
    });
    const replayed = reply.headers.get('idempotent-replayed') === 'true';
    return { status: reply.status, replayed, body: await reply.text() };
  } catch {
    return undefined;
  }
}

it('after kill -9 in the midst of calls under keys, every call comes again as its key says', async () => {
  const database = await createTestDatabase();
  onTestFinished(() => database.drop());
  const redis = await startRedis();
  onTestFinished(() => redis.stop());
  const env = {
    DATABASE_URL: database.url,
    REDIS_URL: redis.url,
    AWS_MODE: 'sandbox',
    API_TOKENS: 'admin:local-admin-0123456789',
    SESSION_SECRET: 'login-secret-0123456789-0123456789',
    TEST_TOKEN: 'local-admin-0123456789',
    LOG_LEVEL: 'error',
  };
  const first = await startServiceProcess(env);
  await first.ready();
  let answered = 0;
  // A few at a time, so that the kill meets some under way and leaves some that never began.
  const calls = Array.from({ length: CALLS }, (_, n) => n);
  const answers = new Map<number, Answer>();
  const callers = Array.from({ length: 20 }, async () => {
    for (let n = calls.shift(); n !== undefined; n = calls.shift()) {
      const answer = await call(first, n);
      if (answer !== undefined) answers.set(n, answer);
      answered = answers.size;
    }
  });
  await eventually(() => answered >= CALLS / 4, { withinMs: 90_000, everyMs: 1 });
  first.signalGroup('SIGKILL');
  expect(await first.ended).toBe('SIGKILL');
  await Promise.all(callers);
  expect(answers.size).toBeLessThan(CALLS);

  const second = await startServiceProcess(env);
  await second.ready();
  const repeated = await Promise.all(Array.from({ length: CALLS }, (_, n) => call(second, n)));
  repeated.forEach((again, n) => {
    // 200 would mean that the onboarding was there and its key was not.
    expect(again?.status, `call ${n}`).toBe(202);
    const before = answers.get(n);
    if (before !== undefined) expect(again).toEqual({ ...before, replayed: true });
  });
  const stats = (await (await second.fetch('/v1/stats')).json()) as { byStatus: Record<string, number> };
  expect(Object.values(stats.byStatus).reduce((sum, count) => sum + count, 0)).toBe(CALLS);
  second.signalGroup('SIGTERM');
  expect(await second.ended).toBe(0);
});
