import { Agent, get } from 'node:http';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it, onTestFinished } from 'vitest';
import { eventually } from '../support/eventually.ts';
import { createTestDatabase } from '../support/postgres.ts';
import { takeRedisDatabase } from '../support/redis-database.ts';
import { startServiceProcess, type ServiceProcess } from '../support/service-process.ts';
import { temporaryFolder } from '../support/temp-folder.ts';

async function startHttp(env: Readonly<Record<string, string>>): Promise<ServiceProcess> {
  const [database, redis] = await Promise.all([createTestDatabase(), takeRedisDatabase()]);
  onTestFinished(async () => {
    await database.drop();
    await redis.stop();
  });
  const service = await startServiceProcess(
    {
      DATABASE_URL: database.url,
      REDIS_URL: redis.url,
      AWS_MODE: 'live',
      AWS_ACCESS_KEY_ID: 'x',
      AWS_SECRET_ACCESS_KEY: 'y',
      AWS_ENDPOINT_URL_EVENTBRIDGE: 'http://127.0.0.1:1',
      PARTNER_NAME: 'acme.example',
      API_TOKENS: 'admin:local-admin-0123456789',
      SESSION_SECRET: 'login-secret-0123456789-0123456789',
      DATA_DIR: await temporaryFolder(),
      ...env,
    },
    ['--run=http'],
  );
  await service.ready();
  return service;
}

/** One response over a kept connection: its status and whether the connection ends with it, or the code of the error. */
const ask = (url: string, agent: Agent): Promise<string> =>
  new Promise((resolve) => {
    const failed = (error: NodeJS.ErrnoException): void => resolve(error.code ?? error.message);
    get(url, { agent }, (response) => {
      response.on('error', failed);
      response.resume().on('end', () => resolve(`${response.statusCode} ${response.headers.connection}`));
    }).on('error', failed);
  });

describe('a stop', () => {
  it.each([0, 400])('cuts no caller that keeps its connection (DRAIN_DELAY_MS %i)', async (delayMs) => {
    const service = await startHttp({ DRAIN_DELAY_MS: String(delayMs) });
    const answers: string[] = [];
    // As a load balancer does: on to another process when this one ends the connection.
    const callers = Array.from({ length: 16 }, async () => {
      const agent = new Agent({ keepAlive: true, maxSockets: 1 });
      let answer: string;
      do {
        answer = await ask(`${service.url}/healthz`, agent);
        answers.push(answer);
      } while (answer === '200 keep-alive');
      agent.destroy();
      return answer;
    });
    await eventually(() => answers.length > 200);
    service.signalGroup('SIGTERM');
    if (delayMs > 0) {
      const readiness = await eventually(async () => {
        const reply = await fetch(`${service.url}/readyz`);
        return reply.status === 503 ? ((await reply.json()) as object) : undefined;
      });
      expect(readiness).toEqual({ status: 'unavailable', parts: { service: 'stopping' } });
    }
    expect(await Promise.all(callers)).toEqual(Array.from({ length: 16 }, () => '200 close'));
    expect(await service.ended).toBe(0);
  });

  it('by a bug that nothing catches leaves one line of JSON and the exit code 1', async () => {
    const program = join(await temporaryFolder(), 'bug.mjs');
    await writeFile(program, `process.on('SIGUSR2', () => { throw new Error('a bug'); });`);
    const service = await startHttp({ NODE_OPTIONS: `--import=${program}` });
    process.kill(service.pid, 'SIGUSR2');
    expect(await service.ended).toBe(1);
    const lines = service
      .output()
      .trim()
      .split('\n')
      .map((line) => JSON.parse(line) as { msg: string });
    expect(lines.filter(({ msg }) => msg === 'service.uncaught')).toMatchObject([
      { level: 'error', err: { name: 'Error', message: 'a bug' } },
    ]);
  });
});
