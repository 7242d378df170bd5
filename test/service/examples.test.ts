import { execFile, spawn } from 'node:child_process';
import { createHmac } from 'node:crypto';
import { once } from 'node:events';
import { connect } from 'node:net';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import pg from 'pg';
import { afterAll, beforeAll, describe, expect, onTestFinished, test } from 'vitest';
import { idOf, request, startService, TOKENS, type RunningService } from '../support/running-service.ts';

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

/** Starts a program that serves; its first line is its address. */
async function start(args: readonly string[], env: NodeJS.ProcessEnv = {}) {
  const child = spawn(process.execPath, ['--import', 'tsx', ...args], {
    cwd: PROJECT,
    env: { ...environment(), ...env },
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  const ended = once(child, 'exit');
  onTestFinished(async () => {
    child.kill();
    await ended;
  });
  const lines = createInterface(child.stdout)[Symbol.asyncIterator]();
  const nextLine = async (): Promise<string> => {
    const line = await lines.next();
    if (line.done === true) throw new Error('The example ended.');
    return line.value;
  };
  return { address: await nextLine(), nextLine };
}

const serve = async (name: string): Promise<string> => (await start(['examples/serve.ts', name])).address;

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
    error: null,
  });
  const retried = await post(`${address}/signup/${onboarding}/retry`, {});
  expect(retried.status).toBe(409);
  const wrong = await post(`${address}/signup`, { ...form, submissionId: '2', awsAccount: '101' });
  expect(wrong.status).toBe(400);
  expect(await wrong.json()).toMatchObject({ errors: [{ field: 'account' }] });
  const other = await post(`${address}/signup`, { ...form, submissionId: '3', awsAccount: '000000000102' });
  expect(other.status).toBe(409);
  const empty = await post(`${address}/signup`, { ...form, customerId: undefined });
  expect(empty.status).toBe(400);
  const { id } = await service.until(idOf(await service.post(request('limit'))), 'failed');
  expect(await (await fetch(`${address}/signup/${id}`)).json()).toEqual({
    done: true,
    status: 'failed',
    eventSourceArn: null,
    error: 'LimitExceededException',
  });
  expect((await post(`${address}/signup/${id}/retry`, {})).status).toBe(409);
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
  for (const body of [{}, null, 'text']) expect((await post(address, body)).status).toBe(400);
});

test('the route handler for Next.js is loaded without a token, as its build does', async () => {
  const { ONBOARD_TOKEN: _, ...env } = environment();
  const load = ['--import', 'tsx', '-e', "import('./examples/nextjs-route.ts')"];
  const ended = promisify(execFile)(process.execPath, load, { cwd: PROJECT, env });
  await expect(ended).resolves.toEqual({ stdout: '', stderr: '' });
});

test('the signup in one transaction leaves a customer and an onboarding, or neither', async () => {
  const signUp = (...args: string[]) =>
    new Promise<{ code: unknown; stdout: string; stderr: string }>((resolve) => {
      const argv = ['--import', 'tsx', 'examples/transactional-signup.ts', ...args];
      const env = { ...environment(), DATABASE_URL: service.databaseUrl };
      execFile(process.execPath, argv, { cwd: PROJECT, env }, (error, stdout, stderr) =>
        resolve({ code: error === null ? 0 : error.code, stdout, stderr }),
      );
    });
  const done = await signUp('c-sql', '000000000101', 'us-east-1');
  expect(done).toMatchObject({ code: 0, stderr: '' });
  expect(await service.until(done.stdout.trim(), 'provisioned')).toMatchObject({
    eventSourceArn: arnOf('c-sql'),
  });
  const refused = await signUp('c-sql-wrong', '101', 'us-east-1');
  expect(refused).toMatchObject({ code: 1, stdout: '' });
  expect(refused.stderr).toContain('account: ');
  const client = new pg.Client(service.databaseUrl);
  await client.connect();
  onTestFinished(() => client.end());
  expect((await client.query('select id from customers')).rows).toEqual([{ id: 'c-sql' }]);
});

test('the receiver of webhooks tells of each event once, and refuses what is not signed', async () => {
  const key = Buffer.from('0123456789abcdef0123456789abcdef');
  const receiver = await start(['examples/webhook-receiver.ts'], {
    WEBHOOK_SECRET: `whsec_${key.toString('base64')}`,
  });
  const send = async (id: string, event: object, by = key): Promise<number> => {
    const timestamp = String(Math.floor(Date.now() / 1_000));
    const body = JSON.stringify({ timestamp: new Date().toISOString(), ...event });
    const signature = createHmac('sha256', by).update(`${id}.${timestamp}.${body}`).digest('base64');
    const headers = {
      'webhook-id': id,
      'webhook-timestamp': timestamp,
      'webhook-signature': `v1,${signature}`,
    };
    return (await fetch(receiver.address, { method: 'POST', headers, body })).status;
  };
  const onboarding = await service.until(idOf(await service.post(request('plain'))), 'provisioned');
  const event = { type: 'onboarding.provisioned', number: 1, late: false, data: onboarding };
  expect(await send('evt_1', event, Buffer.from('another key'))).toBe(400);
  expect(await send('evt_1', event)).toBe(204);
  expect(await send('evt_1', event)).toBe(204);
  expect(await send('evt_2', { ...event, data: { ...onboarding, id: 'onb_second' } })).toBe(204);
  expect(await receiver.nextLine()).toContain(`${onboarding.id} provisioned waiting arn:`);
  expect(await receiver.nextLine()).toContain('onb_second provisioned');
  // It outlives a caller that breaks off.
  const broken = connect(Number(new URL(receiver.address).port), '127.0.0.1');
  broken.write('POST / HTTP/1.1\r\nhost: x\r\ncontent-length: 9\r\n\r\nx');
  await once(broken, 'ready');
  broken.destroy();
  await once(broken, 'close');
  expect(await send('evt_3', { ...event, data: { ...onboarding, id: 'onb_third' } })).toBe(204);
});
