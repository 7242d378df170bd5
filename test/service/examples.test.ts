import { execFile, spawn } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, onTestFinished, test } from 'vitest';
import { startService, TOKENS, type RunningService } from '../support/running-service.ts';

const PROJECT = fileURLToPath(new URL('../..', import.meta.url));

let service: RunningService;
let url: string;
beforeAll(async () => {
  service = await startService({ stopWith: afterAll });
  url = await service.app.listen({ host: '127.0.0.1', port: 0 });
});

const arnOf = (customer: string): string =>
  `arn:aws:events:us-east-1::event-source/aws.partner/acme.example/customers/${customer}/orders`;
const environment = (): NodeJS.ProcessEnv => ({
  PATH: process.env['PATH'],
  HOME: process.env['HOME'],
  ONBOARD_URL: url,
  ONBOARD_TOKEN: TOKENS.signup,
  PORT: '0',
});

describe.each([
  ['curl', 'sh', 'examples/onboard.sh'],
  ['Python', 'python3', 'examples/onboard.py'],
])('the example in %s', (language, program, file) => {
  const run = (...args: string[]) =>
    new Promise<{ code: unknown; stdout: string; stderr: string }>((resolve) => {
      execFile(program, [file, ...args], { cwd: PROJECT, env: environment() }, (error, stdout, stderr) =>
        resolve({ code: error === null ? 0 : error.code, stdout, stderr }),
      );
    });

  test('prints the ARN', async () => {
    const customer = `c-${language}`;
    const ended = await run('000000000101', 'us-east-1', customer);
    expect(ended).toEqual({ code: 0, stdout: `${arnOf(customer)}\n`, stderr: '' });
  });

  test('says what is wrong with a request, and fails', async () => {
    const ended = await run('101', 'us-east-1', `c-${language}-wrong`);
    expect(ended).toMatchObject({ code: 1, stdout: '' });
    expect(ended.stderr).toContain('invalid_request');
  });
});

/** Starts an example's server; answers its address. */
async function serve(name: string): Promise<string> {
  const child = spawn(process.execPath, ['--import', 'tsx', 'examples/serve.ts', name], {
    cwd: PROJECT,
    env: environment(),
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  const ended = once(child, 'exit');
  onTestFinished(async () => {
    child.kill();
    await ended;
  });
  for await (const line of createInterface(child.stdout)) return line;
  throw new Error('The example ended.');
}

const post = (address: string, body: unknown) =>
  fetch(address, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify(body),
  });

test('the handlers for Express take a signup in, tell how it ends, and refuse what is wrong', async () => {
  const address = await serve('express-signup');
  const form = {
    submissionId: '1',
    customerId: 'c-express',
    awsAccount: '000000000101',
    region: 'us-east-1',
  };
  const taken = await post(`${address}/signup`, form);
  expect(taken.status).toBe(202);
  const { onboarding } = (await taken.json()) as { onboarding: string };
  expect(await (await fetch(`${address}/signup/${onboarding}`)).json()).toEqual({
    done: true,
    status: 'provisioned',
    eventSourceArn: arnOf('c-express'),
  });
  const wrong = await post(`${address}/signup`, { ...form, submissionId: '2', awsAccount: '101' });
  expect(wrong.status).toBe(400);
  expect(await wrong.json()).toMatchObject({ errors: [{ field: 'account' }] });
  const other = await post(`${address}/signup`, { ...form, submissionId: '3', awsAccount: '000000000102' });
  expect(other.status).toBe(409);
});

test('the route handler for Next.js does the same with the web’s own types', async () => {
  const address = `${await serve('nextjs-route')}/api/onboardings`;
  const form = { customerId: 'c-next', awsAccount: '000000000101', region: 'us-east-1' };
  const taken = await post(address, form);
  expect(taken.status).toBe(202);
  const { id } = (await taken.json()) as { id: string };
  const ended = await fetch(`${address}?id=${id}`);
  expect(await ended.json()).toEqual({ id, status: 'provisioned', eventSourceArn: arnOf('c-next') });
  const wrong = await post(address, { ...form, awsAccount: '101' });
  expect(wrong.status).toBe(400);
  expect(await wrong.json()).toMatchObject({ code: 'invalid_request', errors: [{ field: 'account' }] });
});
