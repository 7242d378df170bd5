import {
  CreatePartnerEventSourceCommand,
  DeletePartnerEventSourceCommand,
  DescribePartnerEventSourceCommand,
  ListPartnerEventSourceAccountsCommand,
  ListPartnerEventSourcesCommand,
  PutPartnerEventsCommand,
  type EventBridgeClient,
} from '@aws-sdk/client-eventbridge';
import { describe, expect, it } from 'vitest';
import type { PartnerName } from '../../src/domain/source-name.ts';
import { eventually } from '../support/eventually.ts';
import { sandboxForTest, sdkClient } from '../support/sandbox.ts';

const ACME = '000000000101';
const OTHER = '222222222222';
const source = (lastSegment: string): string => `aws.partner/acme.example/tenant-1/${lastSegment}`;

const create = (client: EventBridgeClient, lastSegment: string, account = ACME) =>
  client.send(new CreatePartnerEventSourceCommand({ Name: source(lastSegment), Account: account }));

const remove = (client: EventBridgeClient, lastSegment: string, account = ACME) =>
  client.send(new DeletePartnerEventSourceCommand({ Name: source(lastSegment), Account: account }));

const describeSource = (client: EventBridgeClient, lastSegment: string) =>
  client.send(new DescribePartnerEventSourceCommand({ Name: source(lastSegment) }));

const accounts = (client: EventBridgeClient, lastSegment: string, NextToken?: string) =>
  client.send(new ListPartnerEventSourceAccountsCommand({ EventSourceName: source(lastSegment), NextToken }));

/** What the SDK made of a call: `ok`, `{}` for an answer without ARN, or name and status of its error. */
async function told(call: Promise<{ EventSourceArn?: string | undefined }>): Promise<string> {
  try {
    const { EventSourceArn } = await call;
    return EventSourceArn === undefined ? '{}' : 'ok';
  } catch (error) {
    const { name, $metadata } = error as Error & { $metadata?: { httpStatusCode?: number } };
    return `${name} ${$metadata?.httpStatusCode ?? '-'}`;
  }
}

/** Refuses with the name and message of the SDK's error. */
const failure = async (call: Promise<unknown>): Promise<Error> =>
  call.then(
    () => new Error('the call went through'),
    (error: unknown) => error as Error,
  );

describe('creating', () => {
  it.each([
    ['us-east-1', 'aws'],
    ['cn-north-1', 'aws-cn'],
    ['us-gov-west-1', 'aws-us-gov'],
  ])('gives sources in %s an ARN of partition %s with an empty account', async (region, partition) => {
    const client = sdkClient(await sandboxForTest(), region);
    const reply = await create(client, 'orders');
    expect(reply.EventSourceArn).toBe(
      `arn:${partition}:events:${region}::event-source/aws.partner/acme.example/tenant-1/orders`,
    );
    expect(reply.$metadata.requestId).toMatch(/^[0-9a-f-]{36}$/);
  });

  it('makes a pending source that expires in seven days', async () => {
    const client = sdkClient(await sandboxForTest({ now: () => Date.now() }));
    await create(client, 'orders');
    const { PartnerEventSourceAccounts: [record, ...rest] = [] } = await accounts(client, 'orders');
    expect(rest).toEqual([]);
    expect(record).toMatchObject({ Account: ACME, State: 'PENDING' });
    expect(record!.ExpirationTime!.getTime() - record!.CreationTime!.getTime()).toBe(7 * 24 * 3_600_000);
    expect(await describeSource(client, 'orders')).toMatchObject({ Name: source('orders') });
  });

  it('refuses a name that is taken, by the same account and by another, and keeps the first account', async () => {
    const client = sdkClient(await sandboxForTest());
    await create(client, 'orders');
    expect(await told(create(client, 'orders'))).toBe('ResourceAlreadyExistsException 400');
    expect(await told(create(client, 'orders', OTHER))).toBe('ResourceAlreadyExistsException 400');
    const { PartnerEventSourceAccounts } = await accounts(client, 'orders');
    expect(PartnerEventSourceAccounts?.map(({ Account }) => Account)).toEqual([ACME]);
  });

  it('holds the same name once per Region', async () => {
    const sandbox = await sandboxForTest();
    expect(await told(create(sdkClient(sandbox, 'us-east-1'), 'orders'))).toBe('ok');
    expect(await told(create(sdkClient(sandbox, 'eu-west-1'), 'orders', OTHER))).toBe('ok');
    expect(sandbox.books.sources().map(({ region, account }) => [region, account])).toEqual([
      ['us-east-1', ACME],
      ['eu-west-1', OTHER],
    ]);
  });

  it('takes only the names of the partner it was started for', async () => {
    const client = sdkClient(await sandboxForTest({ partner: 'acme.example' as PartnerName }));
    const foreign = new CreatePartnerEventSourceCommand({
      Name: 'aws.partner/acme.examples/a',
      Account: ACME,
    });
    expect(await told(create(client, 'orders'))).toBe('ok');
    expect(await told(client.send(foreign))).toBe('AccessDeniedException 403');
  });
});

describe('scripted faults', () => {
  it.each<[token: string, answers: string[], applied: number]>([
    ['cme-2', ['ConcurrentModificationException 400', 'ConcurrentModificationException 400', 'ok'], 1],
    ['internal-1', ['InternalException 500', 'ok'], 1],
    ['throttle-1', ['ThrottlingException 400', 'ok'], 1],
    ['expired-1', ['ExpiredTokenException 403', 'ok'], 1],
    ['unavailable-1', ['ServiceUnavailable 503', 'ok'], 1],
    ['html-1', ['SyntaxError 503', 'ok'], 1],
    ['garbage-1', ['SyntaxError 200', 'ResourceAlreadyExistsException 400'], 1],
    ['reset-1', ['TimeoutError -', 'ok'], 1],
    ['applied-1', ['TimeoutError -', 'ResourceAlreadyExistsException 400'], 1],
    ['applied-2', ['TimeoutError -', 'TimeoutError -', 'ResourceAlreadyExistsException 400'], 1],
    [
      'cme-1.applied-1',
      ['ConcurrentModificationException 400', 'TimeoutError -', 'ResourceAlreadyExistsException 400'],
      1,
    ],
    ['limit', ['LimitExceededException 400', 'LimitExceededException 400'], 0],
    ['disabled', ['OperationDisabledException 400', 'OperationDisabledException 400'], 0],
    ['denied', ['AccessDeniedException 403', 'AccessDeniedException 403'], 0],
    ['unknown', ['UnforeseenPartnerException 400', 'UnforeseenPartnerException 400'], 0],
    ['invalid', ['ValidationException 400', 'ValidationException 400'], 0],
    ['noarn', ['{}', 'ResourceAlreadyExistsException 400'], 1],
    ['mine', ['ResourceAlreadyExistsException 400', 'ResourceAlreadyExistsException 400'], 0],
    ['other', ['ResourceAlreadyExistsException 400', 'ResourceAlreadyExistsException 400'], 0],
    ['gone', ['ResourceAlreadyExistsException 400', 'ResourceAlreadyExistsException 400'], 0],
    ['internal-1.mine', ['InternalException 500', 'ResourceAlreadyExistsException 400'], 0],
  ])('%s answers creates with %j', async (token, expected, applied) => {
    const sandbox = await sandboxForTest();
    const client = sdkClient(sandbox);
    const answers: string[] = [];
    while (answers.length < expected.length) answers.push(await told(create(client, `orders.${token}`)));
    expect(answers).toEqual(expected);
    const calls = sandbox.books.calls({ name: source(`orders.${token}`) });
    expect(calls.creates).toBe(expected.length);
    expect(calls.recent.filter((call) => call.applied)).toHaveLength(applied);
  });

  it('hang-1 never answers, holds nothing after the client gave up, and lets the next create through', async () => {
    const sandbox = await sandboxForTest();
    const client = sdkClient(sandbox);
    const abort = new AbortController();
    const hanging = client.send(
      new CreatePartnerEventSourceCommand({ Name: source('hang-1'), Account: ACME }),
      { abortSignal: abort.signal },
    );
    const outcome = failure(hanging);
    await eventually(() => sandbox.books.calls().recent.some(({ answer }) => answer === 'hang'));
    abort.abort();
    expect((await outcome).name).toBe('AbortError');
    expect(await told(create(client, 'hang-1'))).toBe('ok');
  });

  it('cuts hanging calls when it closes', async () => {
    const sandbox = await sandboxForTest();
    const outcome = failure(create(sdkClient(sandbox), 'hang-1'));
    await eventually(() => sandbox.books.calls().recent.length === 1);
    await sandbox.close();
    expect((await outcome).name).toBe('TimeoutError');
  });

  it.each<[token: string, account: string, state: string]>([
    ['mine', ACME, 'PENDING'],
    ['other', '999999999999', 'PENDING'],
    ['gone', ACME, 'DELETED'],
  ])('%s shows account %s as %s', async (token, account, state) => {
    const client = sdkClient(await sandboxForTest());
    await told(create(client, token));
    const { PartnerEventSourceAccounts } = await accounts(client, token);
    expect(PartnerEventSourceAccounts).toMatchObject([{ Account: account, State: state }]);
  });

  it.each([
    ['mine', ACME],
    ['other', '999999999999'],
    ['gone', ACME],
  ])('lets a create through once %s was deleted for its account', async (token, account) => {
    const client = sdkClient(await sandboxForTest());
    await told(create(client, token));
    await remove(client, token, account);
    expect(await told(create(client, token))).toBe('ok');
  });

  it('after-N names the seconds to wait on a throttled answer', async () => {
    const error = await failure(create(sdkClient(await sandboxForTest()), 'throttle-1.after-7'));
    const { $response } = error as Error & { $response: { headers: Record<string, string> } };
    expect($response.headers['retry-after']).toBe('7');
  });

  it('listfail-N and describefail-N fail the reads and not the create', async () => {
    const client = sdkClient(await sandboxForTest());
    const name = 'orders.listfail-1.describefail-1';
    expect(await told(create(client, name))).toBe('ok');
    expect((await failure(accounts(client, name))).name).toBe('InternalException');
    expect((await failure(describeSource(client, name))).name).toBe('InternalException');
    expect((await accounts(client, name)).PartnerEventSourceAccounts).toHaveLength(1);
    expect((await describeSource(client, name)).Name).toBe(source(name));
  });

  it('pages-N puts empty pages before the account record', async () => {
    const client = sdkClient(await sandboxForTest());
    await create(client, 'pages-2');
    const sizes: number[] = [];
    let token: string | undefined;
    do {
      const page = await accounts(client, 'pages-2', token);
      sizes.push(page.PartnerEventSourceAccounts!.length);
      token = page.NextToken;
    } while (token !== undefined);
    expect(sizes).toEqual([0, 0, 1]);
  });
});

describe('reading and deleting', () => {
  it('pages through the sources of a prefix, each once and in order', async () => {
    const client = sdkClient(await sandboxForTest());
    const names = Array.from({ length: 25 }, (_, index) => `orders-${String(index).padStart(2, '0')}`);
    for (const name of names.toReversed()) await create(client, name);
    await create(client, 'other-orders');
    await remove(client, 'orders-10');
    const seen: string[] = [];
    let NextToken: string | undefined;
    do {
      const page = await client.send(
        new ListPartnerEventSourcesCommand({ NamePrefix: source('orders-'), Limit: 7, NextToken }),
      );
      seen.push(...page.PartnerEventSources!.map(({ Name }) => Name!));
      expect(page.PartnerEventSources!.length).toBeLessThanOrEqual(7);
      NextToken = page.NextToken;
    } while (NextToken !== undefined);
    expect(seen).toEqual(names.filter((name) => name !== 'orders-10').map(source));
  });

  it('sends no token with a page that ends exactly at the limit', async () => {
    const client = sdkClient(await sandboxForTest());
    await create(client, 'a');
    await create(client, 'b');
    const page = await client.send(new ListPartnerEventSourcesCommand({ NamePrefix: source(''), Limit: 2 }));
    expect([page.PartnerEventSources?.length, page.NextToken]).toEqual([2, undefined]);
  });

  it('lists a source that was created after the last listing', async () => {
    const client = sdkClient(await sandboxForTest());
    const list = async () =>
      (await client.send(new ListPartnerEventSourcesCommand({ NamePrefix: source('') }))).PartnerEventSources;
    await create(client, 'b');
    expect(await list()).toHaveLength(1);
    await create(client, 'a');
    expect(await list()).toMatchObject([{ Name: source('a') }, { Name: source('b') }]);
  });

  it('refuses a page token that it did not make', async () => {
    const client = sdkClient(await sandboxForTest());
    await create(client, 'orders');
    const list = new ListPartnerEventSourcesCommand({ NamePrefix: source(''), NextToken: 'cGFnZQ' });
    expect((await failure(client.send(list))).name).toBe('InvalidToken');
    expect((await failure(accounts(client, 'orders', 'nonsense'))).name).toBe('InvalidToken');
  });

  it('knows nothing of a source that was deleted, and deletes a missing one without complaint', async () => {
    const client = sdkClient(await sandboxForTest());
    await create(client, 'orders');
    await remove(client, 'orders');
    await remove(client, 'orders');
    expect((await failure(describeSource(client, 'orders'))).name).toBe('ResourceNotFoundException');
    expect((await failure(accounts(client, 'orders'))).name).toBe('ResourceNotFoundException');
    expect(await told(create(client, 'orders', OTHER))).toBe('ok');
  });
});

describe('requests that AWS would refuse', () => {
  it.each<[what: string, input: Record<string, unknown>, error: string, text: RegExp]>([
    ['no name', { Account: ACME }, 'ValidationException', /Value null at 'name'.*not be null/],
    ['nothing at all', {}, 'ValidationException', /2 validation errors.*'name'.*'account'/],
    ['a null account', { Name: source('a'), Account: null }, 'ValidationException', /null at 'account'/],
    ['one segment', { Name: 'aws.partner/acme.example', Account: ACME }, 'ValidationException', /pattern/],
    ['a trailing slash', { Name: source(''), Account: ACME }, 'ValidationException', /pattern/],
    ['a space', { Name: source('a b'), Account: ACME }, 'ValidationException', /pattern/],
    ['a line break at the end', { Name: source('a\n'), Account: ACME }, 'ValidationException', /pattern/],
    ['an empty name', { Name: '', Account: ACME }, 'ValidationException', /greater than or equal to 1/],
    ['a long name', { Name: source('a'.repeat(256)), Account: ACME }, 'ValidationException', /equal to 256/],
    ['11 digits', { Name: source('a'), Account: '12345678901' }, 'ValidationException', /equal to 12/],
    ['letters', { Name: source('a'), Account: '12345678901a' }, 'ValidationException', /pattern/],
    [
      'account as number',
      { Name: source('a'), Account: 123456789012 },
      'SerializationException',
      /NUMBER_VALUE/,
    ],
    ['name as list', { Name: [source('a')], Account: ACME }, 'SerializationException', /START_ARRAY/],
    ['name as object', { Name: { a: 1 }, Account: ACME }, 'SerializationException', /START_OBJECT/],
    ['name as boolean', { Name: true, Account: ACME }, 'SerializationException', /TRUE_VALUE/],
  ])('%s', async (_, input, name, text) => {
    const sandbox = await sandboxForTest();
    const command = new CreatePartnerEventSourceCommand(input as never);
    const error = await failure(sdkClient(sandbox).send(command));
    expect(error).toMatchObject({
      name,
      message: expect.stringMatching(text) as string,
      $metadata: { httpStatusCode: 400 },
    });
    expect(sandbox.books.sources()).toEqual([]);
  });

  it.each<[what: string, input: Record<string, unknown>, text: RegExp]>([
    ['a prefix without the slash after the partner', { NamePrefix: 'aws.partner/acme.example' }, /pattern/],
    ['no prefix', {}, /null at 'namePrefix'/],
    ['a page of nothing', { NamePrefix: source(''), Limit: 0 }, /greater than or equal to 1/],
    ['a page of 101', { NamePrefix: source(''), Limit: 101 }, /less than or equal to 100/],
  ])('a listing with %s', async (_, input, text) => {
    const client = sdkClient(await sandboxForTest());
    const error = await failure(client.send(new ListPartnerEventSourcesCommand(input as never)));
    expect(error).toMatchObject({
      name: 'ValidationException',
      message: expect.stringMatching(text) as string,
    });
  });

  it('an operation that the sandbox does not have', async () => {
    const client = sdkClient(await sandboxForTest());
    const error = await failure(client.send(new PutPartnerEventsCommand({ Entries: [] })));
    expect(error).toMatchObject({ name: 'UnknownOperationException', $metadata: { httpStatusCode: 404 } });
  });
});
