import type { InjectOptions } from 'fastify';
import { Queue } from 'bullmq';
import { afterAll, beforeAll, describe, expect, it, onTestFinished } from 'vitest';
import { OnboardingClient } from '../../src/client.ts';
import { acceptInTransaction, type TransactionalRequest } from '../../src/outbox.ts';
import { eventually } from '../support/eventually.ts';
import { awsError, startFakeEventBridge } from '../support/fake-eventbridge.ts';
import { connectGranted } from '../support/granted-caller.ts';
import { queryDatabase } from '../support/query-database.ts';
import { redisContents } from '../support/redis-contents.ts';
import { registeredRoutes } from '../support/registered-routes.ts';
import { idOf, request, startService, TOKENS, type RunningService } from '../support/running-service.ts';
import { SECRET, startReceiver, type WebhookReceiver } from '../support/webhook-receiver.ts';

/** The account of another customer, in what AWS answers. */
const FOREIGN = '919283746555';
const OWN = '000000000101';
const SPELLINGS = [
  `arn:aws:events:us-east-1:${FOREIGN}:event-bus/default`,
  '9192-8374-6555',
  '9192 8374 6555',
  '\uff19\uff11\uff19\uff12\uff18\uff13\uff17\uff14\uff16\uff15\uff15\uff15',
  '٩١٩٢٨٣٧٤٦٥٥٥',
];
/** The end of AWS's message: an answer that contains it shows the message. */
const SHOWN = `hold the name that ${OWN} asked for.`;
const CODE = `InvalidParameter${FOREIGN}Exception`;

/** Digits of every script as ASCII, without the dashes and spaces between them. */
const plain = (text: string): string =>
  text.replaceAll(/\p{Nd}/gu, (digit) => String(valueOfDigit(digit))).replaceAll(/[\p{Pd}\s]/gu, '');

function valueOfDigit(digit: string): number {
  const point = digit.codePointAt(0) ?? 0;
  let value = 0;
  while (value < 9 && /\p{Nd}/u.test(String.fromCodePoint(point - value - 1))) value += 1;
  return value;
}

const expectUnnamed = (text: string, where: string): void =>
  expect(plain(text), where).not.toContain(FOREIGN);
/** Only other accounts are hidden: the rest of the message is there, with the onboarding's own account. */
const expectMasked = (text: string, where: string): void => {
  expectUnnamed(text, where);
  expect(text, where).toContain(SHOWN);
};

let service: RunningService;
let operators: WebhookReceiver;
let callback: WebhookReceiver;
let sent: Record<string, unknown>;
let id: string;
beforeAll(async () => {
  const aws = await startFakeEventBridge();
  afterAll(() => aws.close());
  aws.script(awsError(CODE, { message: `${SPELLINGS.join(', ')} ${SHOWN}` }));
  operators = await startReceiver('127.0.0.1', 0, afterAll);
  callback = await startReceiver('127.0.0.1', 0, afterAll);
  service = await startService({
    workers: ['provisioning', 'webhooks', 'maintenance'],
    stopWith: afterAll,
    env: {
      AWS_ENDPOINT_URL_EVENTBRIDGE: aws.endpoint,
      WEBHOOK_URL: operators.url,
      WEBHOOK_SECRET: SECRET,
      CALLBACK_ALLOW_HOSTS: '127.0.0.1',
    },
  });
  ({ sent, id } = await onboardInVain());
});

/** An onboarding with a callback, after AWS has refused it. */
async function onboardInVain(): Promise<{ sent: Record<string, unknown>; id: string }> {
  const sent = request('orders', { account: OWN, callbackUrl: callback.url });
  const id = idOf(await asSignup({ method: 'POST', url: '/v1/onboardings', payload: sent }));
  await service.until(id, 'failed');
  return { sent, id };
}

const asSignup = (options: InjectOptions) => service.call({ token: TOKENS.signup, ...options });
/** For SQL and the intake queue, which refuse the receiver's plain http. */
const withoutCallback = (): Record<string, unknown> => ({ ...sent, callbackUrl: null });
const hooksFor = (receiver: WebhookReceiver, onboarding: string, type: string): readonly string[] =>
  receiver.received
    .map(({ body }) => body)
    .filter((body) => body.includes(onboarding) && body.includes(type));

describe('the operator’s side is told what AWS said', () => {
  it.each(['', '/attempts'])('GET /v1/onboardings/:id%s as viewer', async (path) => {
    const { body } = await service.call({ url: `/v1/onboardings/${id}${path}`, token: TOKENS.viewer });
    for (const spelling of SPELLINGS) expect(body).toContain(spelling);
  });

  it('WEBHOOK_URL', async () => {
    const told = idOf(await service.post(request('orders')));
    const body = await eventually(() => hooksFor(operators, told, 'onboarding.failed')[0]);
    for (const spelling of SPELLINGS) expect(body).toContain(spelling);
  });
});

/** Every route that accepts a signup token, with the calls whose answers show an onboarding. */
const ROUTES: Readonly<Record<string, () => readonly InjectOptions[]>> = {
  'POST /v1/onboardings': () => [
    { payload: sent },
    { payload: sent, query: { dryRun: 'true' } },
    { payload: sent, headers: { 'idempotency-key': 'once' } },
    { payload: sent, headers: { 'idempotency-key': 'once' } },
  ],
  'POST /v1/onboardings/batch': () => [
    { payload: [sent, sent] },
    { payload: [sent], query: { dryRun: 'true' } },
    { payload: [sent], headers: { 'idempotency-key': 'once' } },
    { payload: [sent], headers: { 'idempotency-key': 'once' } },
  ],
  'GET /v1/onboardings/:id': () => [{}, { query: { wait: '1' } }],
};
/** Refused for a failed account conflict; the first test sees that the refusals name nothing. */
const REFUSED = ['POST /v1/onboardings/:id/retry', 'POST /v1/onboardings/:id/check'];
const OPEN = [
  'GET /healthz',
  'GET /readyz',
  'GET /openapi.json',
  'GET /docs',
  'GET /assets/:file',
  'GET /login',
  'POST /login',
];

describe('HTTP as signup', () => {
  const call = (route: string, options: InjectOptions = {}) => {
    const [method = '', path = ''] = route.split(' ');
    return asSignup({ method: method, url: path.replace(':id', id), ...options });
  };

  it('has no other routes', async () => {
    const reached = new Set<string>();
    for (const { method, path } of registeredRoutes(service.app)) {
      const route = `${method} ${path}`;
      if (method === 'HEAD' || method === 'OPTIONS' || path.startsWith('/docs/')) continue;
      const reply = await call(route);
      expectUnnamed(reply.body, route);
      const sentAway = reply.statusCode === 303 && reply.headers.location?.startsWith('/login') === true;
      if (![401, 403, 405].includes(reply.statusCode) && !sentAway) reached.add(route);
    }
    expect([...reached].sort()).toEqual([...Object.keys(ROUTES), ...REFUSED, ...OPEN].sort());
  });

  it.each(Object.keys(ROUTES))('%s', async (route) => {
    for (const [index, options] of ROUTES[route]!().entries()) {
      const reply = await call(route, options);
      expect(reply.statusCode).toBe(200);
      expectMasked(reply.body, `${route}, call ${index}`);
    }
  });

  it('waiting for the end of an onboarding', async () => {
    const posted = await asSignup({ method: 'POST', url: '/v1/onboardings', payload: request('orders') });
    const reply = await asSignup({ url: `/v1/onboardings/${idOf(posted)}`, query: { wait: '30' } });
    expectMasked(reply.body, 'the answer to ?wait=');
  });

  it('under a key that an operator used for the same body before', async () => {
    const keyed = { method: 'POST', url: '/v1/onboardings', payload: sent } as const;
    const headers = { 'idempotency-key': 'of-both' };
    await service.call({ ...keyed, headers, token: TOKENS.operator });
    expectMasked((await asSignup({ ...keyed, headers })).body, 'signup');
  });

  it('asking for the name with another account', async () => {
    const reply = await asSignup({
      method: 'POST',
      url: '/v1/onboardings',
      payload: { ...sent, account: '000000000202' },
    });
    expect(reply.statusCode).toBe(409);
    expectUnnamed(reply.body, 'problem');
    expect(reply.body).not.toContain(OWN);
  });
});

describe('the client with a signup token', () => {
  it('gets nothing else by any of its methods', async () => {
    const url = await service.app.listen({ host: '127.0.0.1', port: 0 });
    const bodies: string[] = [];
    const client = new OnboardingClient({
      url,
      token: TOKENS.signup,
      fetch: async (input, init) => {
        const response = await fetch(input, init);
        bodies.push(await response.clone().text());
        return response;
      },
    });
    const argumentsOf: Readonly<Record<string, readonly unknown[]>> = {
      enqueue: [sent],
      enqueueMany: [[sent]],
      tryEnqueue: [sent],
      importCsv: ['account\n'],
    };
    const results: unknown[] = [];
    const methods = methodsOf(client);
    for (const [name, method] of methods) {
      results.push(await settled(method.apply(client, [...(argumentsOf[name] ?? [id, { reason: 'test' }])])));
    }
    expect(methods.length).toBeGreaterThan(25);
    expect(bodies.length).toBeGreaterThan(25);
    expectMasked(bodies.join('\n'), 'what the client was sent');
    expectMasked(JSON.stringify(results), 'what the client gives back');
  });
});

/** Every public method, inherited ones included. */
function methodsOf(object: object): [string, (...values: unknown[]) => unknown][] {
  const methods = new Map<string, (...values: unknown[]) => unknown>();
  for (
    let prototype: unknown = Object.getPrototypeOf(object);
    prototype !== Object.prototype && prototype !== null;
    prototype = Object.getPrototypeOf(prototype)
  ) {
    for (const [name, { value }] of Object.entries(Object.getOwnPropertyDescriptors(prototype as object))) {
      if (typeof value === 'function' && name !== 'constructor' && name !== 'call' && !methods.has(name))
        methods.set(name, value as (...values: unknown[]) => unknown);
    }
  }
  return [...methods];
}

/** A promise's value, or the first of an iterator, or what either throws. */
async function settled(result: unknown): Promise<unknown> {
  try {
    if (typeof result === 'object' && result !== null && Symbol.asyncIterator in result)
      return await (result as AsyncGenerator).next();
    return await result;
  } catch (error) {
    return { thrown: String(error), ...(error as object) };
  }
}

describe('a callbackUrl', () => {
  it('is told of a failure, and again when the delivery is replayed', async () => {
    const first = await eventually(() => hooksFor(callback, id, 'onboarding.failed')[0]);
    expectMasked(first, 'the delivery');
    const delivery = await eventually(async () => {
      const { body } = await service.call({ url: `/v1/deliveries?onboardingId=${id}&status=delivered` });
      return (JSON.parse(body) as { items: { id: string }[] }).items[0];
    });
    await service.call({
      method: 'POST',
      url: `/v1/deliveries/${delivery.id}/replay`,
      payload: { reason: 'test' },
    });
    const again = await eventually(() => hooksFor(callback, id, 'onboarding.failed')[1]);
    expectMasked(again, 'the replayed delivery');
    expect(again).toBe(first);
  });

  it('is told of a cancel', async () => {
    const given = await onboardInVain();
    await service.call({
      method: 'POST',
      url: `/v1/onboardings/${given.id}/cancel`,
      payload: { reason: 'test' },
    });
    expectMasked(
      await eventually(() => hooksFor(callback, given.id, 'onboarding.cancelled')[0]),
      'the delivery',
    );
  });
});

describe('a database role that may call onboarding.accept', () => {
  it('gets the onboarding that is there', async () => {
    const caller = await connectGranted(service.databaseUrl);
    const answer = await acceptInTransaction(caller, withoutCallback() as TransactionalRequest);
    expect(answer).toMatchObject({ kind: 'existing', onboarding: { id } });
    expectMasked(JSON.stringify(answer), 'acceptInTransaction');
    const { rows } = await caller.query('select onboarding.accept($1)', [JSON.stringify(withoutCallback())]);
    expectMasked(JSON.stringify(rows), 'onboarding.accept');
  });
});

describe('Redis', () => {
  it('gives a producer of the intake queue an id, and holds nothing that AWS said', async () => {
    const queue = new Queue('onboarding-intake', {
      connection: { url: service.redis.url },
      prefix: '{onboard}',
    });
    onTestFinished(async () => queue.close());
    const { id: jobId } = await queue.add('onboard', { v: 1, request: withoutCallback() });
    const job = await eventually(async () => {
      const found = await queue.getJob(jobId!);
      return found?.finishedOn === undefined ? undefined : found;
    });
    expect({ reason: job.failedReason, id: job.returnvalue as unknown }).toEqual({ id });
    const contents = await redisContents(service.redis.url);
    expect(contents).toContain('InvalidParameter(an account)Exception');
    expectUnnamed(contents, 'Redis');
  });
});

it('the ledger holds what is masked, in every spelling', async () => {
  const [row] = await queryDatabase<{ message: string }>(
    service.databaseUrl,
    `select error ->> 'message' as message from onboarding.onboardings where id = '${id}'`,
  );
  for (const spelling of SPELLINGS) {
    expect(row?.message).toContain(spelling);
    expect(plain(spelling)).toContain(FOREIGN);
  }
});
