import { afterEach, beforeEach, describe, expect, onTestFinished, test } from 'vitest';
import type { PartnerGateway } from '../../src/ports.ts';
import { gatewayAt, openGate, SOURCE } from '../support/aws-gateway.ts';
import {
  awsError,
  json,
  raw,
  REQUEST_ID,
  startFakeEventBridge,
  type FakeEventBridge,
} from '../support/fake-eventbridge.ts';
import { startForwardProxy } from '../support/forward-proxy.ts';
import { freePort } from '../support/free-port.ts';
import { recordingLog } from '../support/recording-log.ts';

const ARN = `arn:aws:events:eu-west-1::event-source/${SOURCE.sourceName}`;

let fake: FakeEventBridge;
let gateway: PartnerGateway;
let gate: ReturnType<typeof openGate>;
let log: ReturnType<typeof recordingLog>;
const { signal } = new AbortController();

beforeEach(async () => {
  fake = await startFakeEventBridge();
  gate = openGate();
  log = recordingLog();
  gateway = gatewayAt(fake.endpoint, { rateGate: gate, log });
});

afterEach(async () => {
  gateway.close();
  await fake.close();
});

/** Headers of what answers in AWS's place. */
const NOT_OF_AWS = { 'x-amzn-requestid': '' };

describe('create', () => {
  test('sends name and account as they are, leading zeros included, in one request', async () => {
    fake.script(json(200, { EventSourceArn: ARN }));
    const reply = await gateway.create(SOURCE, signal);
    expect(reply).toEqual({
      kind: 'created',
      eventSourceArn: ARN,
      requestId: REQUEST_ID,
      durationMs: expect.any(Number) as number,
    });
    expect(fake.requests.map(({ operation, body }) => ({ operation, body }))).toEqual([
      { operation: 'CreatePartnerEventSource', body: { Name: SOURCE.sourceName, Account: '000000000101' } },
    ]);
    expect(gate.taken).toEqual(['eu-west-1']);
  });

  test.each([
    ['an object without members', json(200, {})],
    ['no body', raw(200, '')],
    ['an ARN of null', json(200, { EventSourceArn: null })],
    ['an empty ARN', json(200, { EventSourceArn: '' })],
    ['only members that are unknown', json(200, { Surprise: true })],
  ])('answered with %s is created without an ARN', async (_, answer) => {
    fake.script(answer);
    const reply = await gateway.create(SOURCE, signal);
    expect(reply.kind).toBe('created');
    expect(reply).not.toHaveProperty('eventSourceArn');
  });

  test.each([
    ['an object without members', '{}'],
    ['no body', ''],
    ['JSON of something else', '{"status":"ok"}'],
    ['an ARN of null', '{"EventSourceArn":null}'],
  ])('answered 200 with %s, and no request id of AWS, is not a success', async (_, body) => {
    for (const status of [200, 201, 204]) {
      fake.script(raw(status, status === 204 ? '' : body, NOT_OF_AWS));
      expect(await gateway.create(SOURCE, signal), String(status)).toMatchObject({
        kind: 'fault',
        fault: { kind: 'transient', code: 'UnreadableResponse' },
      });
    }
  });

  test.each([
    ['null', 'null'],
    ['a list', '[]'],
    ['a text', '"OK"'],
    ['a number', '5'],
    ['plain words', 'OK'],
    ['half an object', '{"EventSourceArn":"arn:aws:ev'],
    ['an HTML page', '<html><body>Welcome</body></html>'],
    ['an ARN that is a number', '{"EventSourceArn":5}'],
    ['an ARN that is an object', '{"EventSourceArn":{"a":1}}'],
    ['an ARN of another source', JSON.stringify({ EventSourceArn: `${ARN}/else` })],
    ['an ARN of another Region', JSON.stringify({ EventSourceArn: ARN.replace('eu-west-1', 'us-east-1') })],
    ['an ARN with more after it', JSON.stringify({ EventSourceArn: `${ARN}\u0000\u001b[31m` })],
    ['two megabytes', JSON.stringify({ EventSourceArn: 'a'.repeat(2 ** 21) })],
    ['an ARN, and lists within lists', `{"EventSourceArn":"${ARN}","a":${'['.repeat(40)}${']'.repeat(40)}}`],
    ['an ARN, and many values', `{"EventSourceArn":"${ARN}","a":[${Array(200_000).fill('0').join(',')}]}`],
  ])('answered 200 with %s is never taken for a success', async (_, body) => {
    fake.script(raw(200, body));
    expect(await gateway.create(SOURCE, signal)).toMatchObject({
      kind: 'fault',
      requestId: REQUEST_ID,
      fault: { kind: 'transient', code: 'UnreadableResponse', requestId: REQUEST_ID },
    });
  });

  test.each([['x'.repeat(129)], ['with space'], ['\u00e9']])(
    'a request id that looks like none is left out: %s',
    async (id) => {
      fake.script(json(200, { EventSourceArn: ARN }, { 'x-amzn-requestid': id }));
      expect(await gateway.create(SOURCE, signal)).toEqual({
        kind: 'created',
        eventSourceArn: ARN,
        durationMs: expect.any(Number) as number,
      });
    },
  );

  test('tells an existing name apart, with AWS’s own words', async () => {
    fake.script(awsError('ResourceAlreadyExistsException', { message: 'Already there.' }));
    expect(await gateway.create(SOURCE, signal)).toMatchObject({
      kind: 'alreadyExists',
      code: 'ResourceAlreadyExistsException',
      message: 'Already there.',
      requestId: REQUEST_ID,
    });
    expect(fake.requests).toHaveLength(1);
  });

  test.each([
    ['ConcurrentModificationException', 400, 'transient'],
    ['InternalException', 500, 'transient'],
    ['LimitExceededException', 400, 'quota'],
    ['OperationDisabledException', 400, 'regionOff'],
    ['ThrottlingException', 400, 'throttled'],
    ['TooManyRequestsException', 429, 'throttled'],
    ['AccessDeniedException', 403, 'operatorFault'],
    ['ExpiredTokenException', 403, 'operatorFault'],
    ['UnrecognizedClientException', 403, 'operatorFault'],
    ['ValidationException', 400, 'rejected'],
    ['ServiceUnavailable', 503, 'transient'],
    ['NeverHeardOfException', 400, 'transient'],
  ])('%s (HTTP %i) is one request and a %s fault', async (name, status, kind) => {
    fake.script(awsError(name, { status, message: 'because' }));
    expect(await gateway.create(SOURCE, signal)).toMatchObject({
      kind: 'fault',
      fault: { kind, code: name, message: 'because', requestId: REQUEST_ID },
    });
    expect(fake.requests).toHaveLength(1);
  });

  test.each([
    ['the body, with a namespace', json(400, { __type: 'com.amazonaws.eventbridge#LimitExceededException' })],
    ['a header, with an address', json(400, {}, { 'x-amzn-errortype': 'LimitExceededException:http://x/' })],
  ])('the name is found in %s', async (_, answer) => {
    fake.script(answer);
    expect(await gateway.create(SOURCE, signal)).toMatchObject({ fault: { code: 'LimitExceededException' } });
  });

  test('a refusal that the operation does not have is a fault, and is warned of', async () => {
    fake.script(awsError('ResourceNotFoundException'));
    expect(await gateway.create(SOURCE, signal)).toMatchObject({
      kind: 'fault',
      fault: { kind: 'transient', code: 'ResourceNotFoundException' },
    });
    expect(log.lines).toContainEqual(
      expect.objectContaining({ level: 'warn', message: 'aws.unknown_error' }),
    );
  });

  test('an unknown name is warned of once', async () => {
    fake.script(awsError('NeverHeardOfException'));
    await gateway.create(SOURCE, signal);
    await gateway.create(SOURCE, signal);
    fake.script(awsError('AnotherOneException'));
    await gateway.create(SOURCE, signal);
    const warned = log.lines.filter(({ message }) => message === 'aws.unknown_error');
    expect(warned.map((line) => line.fields['error_name'])).toEqual([
      'NeverHeardOfException',
      'AnotherOneException',
    ]);
  });
});

describe('describe', () => {
  test.each([
    ['an ARN', { Arn: ARN, Name: SOURCE.sourceName }, { eventSourceArn: ARN }],
    ['no ARN', { Name: SOURCE.sourceName }, {}],
    ['an empty ARN', { Arn: '' }, {}],
  ])('found with %s', async (_, body, value) => {
    fake.script(json(200, body));
    const reply = await gateway.describe(SOURCE, signal);
    expect(reply).toMatchObject({ kind: 'found', value });
    expect(fake.requests[0]).toMatchObject({
      operation: 'DescribePartnerEventSource',
      body: { Name: SOURCE.sourceName },
    });
    expect(gate.taken).toHaveLength(1);
  });

  test('a success without an ARN and without a request id of AWS is not one', async () => {
    fake.script(raw(200, '{"Name":"x"}', NOT_OF_AWS));
    expect(await gateway.describe(SOURCE, signal)).toMatchObject({ fault: { code: 'UnreadableResponse' } });
  });

  test('a missing source is an answer, not a fault', async () => {
    fake.script(awsError('ResourceNotFoundException'));
    expect(await gateway.describe(SOURCE, signal)).toMatchObject({ kind: 'notFound', requestId: REQUEST_ID });
  });

  test('a throttled read says so', async () => {
    fake.script(awsError('ThrottlingException', { headers: { 'retry-after': '2' } }));
    expect(await gateway.describe(SOURCE, signal)).toMatchObject({
      kind: 'fault',
      fault: { kind: 'throttled', retryAfterMs: 2_000 },
    });
  });
});

describe('listAccounts', () => {
  test.each(['{}', '{"PartnerEventSourceAccounts":[]}', ''])(
    'an empty list without a request id of AWS is none: %s',
    async (body) => {
      fake.script(raw(200, body, NOT_OF_AWS));
      expect(await gateway.listAccounts(SOURCE, signal)).toMatchObject({
        fault: { kind: 'transient', code: 'UnreadableResponse' },
      });
    },
  );

  test('maps the records, and takes states that are new as unknown', async () => {
    fake.script(
      json(200, {
        PartnerEventSourceAccounts: [
          { Account: '000000000101', State: 'PENDING', CreationTime: 1.79e9, ExpirationTime: 1795564800 },
          { Account: '000000000102', State: 'ACTIVE' },
          { Account: '000000000103', State: 'DELETED', ExpirationTime: 1e30 },
          { Account: '000000000104', State: 'DORMANT' },
          { Account: '000000000105' },
          // Milliseconds instead of seconds: a year that no ledger holds.
          { Account: '000000000106', State: 'PENDING', ExpirationTime: 1795564800000 },
        ],
      }),
    );
    expect(await gateway.listAccounts(SOURCE, signal)).toMatchObject({
      kind: 'found',
      value: [
        { account: '000000000101', state: 'pending', expiresAt: '2026-11-25T00:00:00.000Z' },
        { account: '000000000102', state: 'active' },
        { account: '000000000103', state: 'deleted' },
        { account: '000000000104', state: 'unknown' },
        { account: '000000000105', state: 'unknown' },
        { account: '000000000106', state: 'pending' },
      ],
    });
  });

  test('reads all pages, with a slot for each', async () => {
    const record = (account: string) => ({ Account: account, State: 'ACTIVE' });
    fake.script(
      json(200, { PartnerEventSourceAccounts: [record('000000000101')], NextToken: 'one' }),
      json(200, { PartnerEventSourceAccounts: [], NextToken: 'two' }),
      json(200, { PartnerEventSourceAccounts: [record('000000000102')], NextToken: '' }),
    );
    const reply = await gateway.listAccounts(SOURCE, signal);
    expect(reply).toMatchObject({
      kind: 'found',
      value: [{ account: '000000000101' }, { account: '000000000102' }],
    });
    expect(fake.requests.map(({ body }) => body['NextToken'])).toEqual([undefined, 'one', 'two']);
    expect(fake.requests[0]?.body).toMatchObject({ EventSourceName: SOURCE.sourceName, Limit: 100 });
    expect(gate.taken).toHaveLength(3);
  });

  test('a fault on a later page is the answer: half a list is none', async () => {
    fake.script(
      json(200, { PartnerEventSourceAccounts: [{ Account: '000000000101' }], NextToken: 'one' }),
      awsError('InternalException', { status: 500 }),
    );
    expect(await gateway.listAccounts(SOURCE, signal)).toMatchObject({
      kind: 'fault',
      fault: { kind: 'transient', code: 'InternalException' },
    });
  });

  test('a token that comes again ends the walk as a fault', async () => {
    fake.script(json(200, { PartnerEventSourceAccounts: [], NextToken: 'again' }));
    expect(await gateway.listAccounts(SOURCE, signal)).toMatchObject({
      kind: 'fault',
      fault: { kind: 'transient', code: 'UnreadableResponse' },
    });
    expect(fake.requests).toHaveLength(2);
  });

  test('a list that never ends is given up after 100 pages', async () => {
    let page = 0;
    fake.script((response, request) => json(200, { NextToken: `page-${(page += 1)}` })(response, request));
    expect(await gateway.listAccounts(SOURCE, signal)).toMatchObject({
      kind: 'fault',
      fault: { code: 'UnreadableResponse' },
    });
    expect(fake.requests).toHaveLength(100);
  });

  test('a missing source is an answer', async () => {
    fake.script(awsError('ResourceNotFoundException'));
    expect(await gateway.listAccounts(SOURCE, signal)).toMatchObject({ kind: 'notFound' });
  });

  test.each([
    ['records that are a text', { PartnerEventSourceAccounts: 'x' }],
    ['records that are an object', { PartnerEventSourceAccounts: { a: 1 } }],
    ['a record without an account', { PartnerEventSourceAccounts: [{ State: 'ACTIVE' }] }],
    ['a record that is null', { PartnerEventSourceAccounts: [null] }],
    ['an account that is a number', { PartnerEventSourceAccounts: [{ Account: 101 }] }],
    ['an account of 11 digits', { PartnerEventSourceAccounts: [{ Account: '00000000101' }] }],
    [
      'a time that is a word',
      { PartnerEventSourceAccounts: [{ Account: '000000000101', ExpirationTime: 'x' }] },
    ],
    ['a token that is a number', { NextToken: 5 }],
  ])('%s make the list unreadable', async (_, body) => {
    fake.script(json(200, body));
    expect(await gateway.listAccounts(SOURCE, signal)).toMatchObject({
      kind: 'fault',
      fault: { kind: 'transient', code: 'UnreadableResponse' },
    });
  });
});

describe('an answer that takes long to parse', () => {
  const MANY = `{"__type":"LimitExceededException","a":[${Array(200_000).fill('{}').join(',')}]}`;
  const DEEP = `{"__type":"LimitExceededException","a":${'['.repeat(400_000)}${']'.repeat(400_000)}}`;

  test.each([
    ['create', 200, MANY],
    ['create', 400, DEEP],
    ['describe', 200, DEEP],
    ['describe', 400, MANY],
    ['listAccounts', 200, MANY],
    ['listAccounts', 500, DEEP],
  ] as const)('is not parsed: %s, status %i', async (operation, status, body) => {
    fake.script(raw(status, body));
    expect(await gateway[operation](SOURCE, signal)).toMatchObject({
      kind: 'fault',
      fault: { kind: 'transient', code: 'UnreadableResponse' },
    });
  });
});

describe('an aborted signal', () => {
  test.each(['create', 'describe', 'listAccounts'] as const)(
    'makes %s reject with its reason, without a request',
    async (operation) => {
      const reason = new Error('stopping');
      await expect(gateway[operation](SOURCE, AbortSignal.abort(reason))).rejects.toBe(reason);
      expect(fake.requests).toHaveLength(0);
    },
  );

  test('between two pages ends the walk with its reason', async () => {
    const stop = new AbortController();
    fake.script((response, request) => {
      json(200, { NextToken: 'more' })(response, request);
      response.once('finish', () => stop.abort('stopping'));
    });
    await expect(gateway.listAccounts(SOURCE, stop.signal)).rejects.toBe('stopping');
  });
});

test('a closed gateway makes no more calls', async () => {
  gateway.close();
  await expect(gateway.create(SOURCE, signal)).rejects.toThrow('closed');
});

describe('through a proxy', () => {
  test('a create is forwarded, and the log names the proxy without its password', async () => {
    const proxy = await startForwardProxy();
    const http = proxy.url.replace('//', '//user:pass@');
    const through = gatewayAt(fake.endpoint, { log, proxies: { http, https: undefined, none: [] } });
    onTestFinished(() => through.close());
    fake.script(json(200, { EventSourceArn: ARN }));
    expect(await through.create(SOURCE, signal)).toMatchObject({ kind: 'created', eventSourceArn: ARN });
    expect(proxy.asked).toEqual([`POST ${new URL('/', fake.endpoint).href}`]);
    expect(log.lines.map(({ fields }) => fields)).toContainEqual(
      expect.objectContaining({ proxy: proxy.url }),
    );
    expect(JSON.stringify(log.lines)).not.toContain('pass');
  });

  test('one that is down, or wants another password, is a failed connection', async () => {
    const refusing = await startForwardProxy({ refuses: 407 });
    const down = `http://127.0.0.1:${await freePort()}`;
    for (const https of [refusing.url, down]) {
      const through = gatewayAt('https://events.example', { proxies: { http: undefined, https, none: [] } });
      onTestFinished(() => through.close());
      expect(await through.create(SOURCE, signal)).toMatchObject({
        kind: 'fault',
        fault: { kind: 'transient', code: 'ConnectionFailed' },
      });
    }
    expect(refusing.asked).toEqual(['CONNECT events.example:443']);
  });
});
