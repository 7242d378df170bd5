import { onTestFinished } from 'vitest';
import { startSandbox } from '../../src/sandbox/server.ts';
import { createTestDatabase } from './postgres.ts';
import { startRedis } from './redis.ts';

/** What several service processes share: a database, a Redis and a sandbox of the test's own, and how they are told. */
export async function startProcessServers() {
  const database = await createTestDatabase();
  onTestFinished(() => database.drop());
  const redis = await startRedis();
  onTestFinished(() => redis.stop());
  const sandbox = await startSandbox();
  onTestFinished(() => sandbox.close());
  const env = {
    DATABASE_URL: database.url,
    REDIS_URL: redis.url,
    AWS_MODE: 'sandbox',
    AWS_ENDPOINT_URL_EVENTBRIDGE: sandbox.url,
    API_TOKENS: 'admin:local-admin-0123456789',
    SESSION_SECRET: 'login-secret-0123456789-0123456789',
    TEST_TOKEN: 'local-admin-0123456789',
  };
  return { database, redis, sandbox, env };
}
