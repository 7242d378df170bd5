import { CreatePartnerEventSourceCommand, type EventBridgeClient } from '@aws-sdk/client-eventbridge';
import { describe, expect, it } from 'vitest';
import type { Sandbox } from '../../src/sandbox/server.ts';
import { control, sandboxForTest, sdkClient } from '../support/sandbox.ts';

const NAME = 'aws.partner/acme.example/tenant-1/orders';
/** All that a create needs, and one byte in an ignored field that is no UTF-8. */
const BAD_UTF8 = Uint8Array.from([
  ...Buffer.from(`{"Name":"${NAME}","Account":"123456789012","Note":"`),
  0xff,
  ...Buffer.from('"}'),
]);
const GOOD_BODY = JSON.stringify({ Name: NAME, Account: '123456789012' });

const scope = (rest: string): string =>
  `AWS4-HMAC-SHA256 Credential=x/20270101/${rest}, SignedHeaders=host, Signature=0`;

/** A create below the SDK, with whatever headers and body. */
async function send(
  sandbox: Sandbox,
  body: string | Uint8Array<ArrayBuffer>,
  headers: Record<string, string> = {},
) {
  const response = await fetch(sandbox.url, {
    method: 'POST',
    body,
    headers: {
      authorization: scope('us-east-1/events/aws4_request'),
      'x-amz-date': `${new Date().toISOString().slice(0, 19).replaceAll(/[-:]/g, '')}Z`,
      'x-amz-target': 'AWSEvents.CreatePartnerEventSource',
      ...headers,
    },
  });
  const { __type, message } = (await response.json()) as { __type?: string; message?: string };
  return { status: response.status, name: __type, message };
}

const create = (client: EventBridgeClient) =>
  client.send(new CreatePartnerEventSourceCommand({ Name: NAME, Account: '123456789012' }));

describe('signatures', () => {
  it.each<[what: string, headers: Record<string, string>, status: number, error: string]>([
    ['none', { authorization: '' }, 403, 'MissingAuthenticationTokenException'],
    ['a bearer token', { authorization: 'Bearer x' }, 403, 'MissingAuthenticationTokenException'],
    ['no credential', { authorization: 'AWS4-HMAC-SHA256 Signature=0' }, 403, 'IncompleteSignature'],
    ['no Region', { authorization: scope('nowhere/events/aws4_request') }, 403, 'InvalidSignatureException'],
    [
      'another service',
      { authorization: scope('us-east-1/sqs/aws4_request') },
      403,
      'InvalidSignatureException',
    ],
    ['no readable date', { 'x-amz-date': 'yesterday' }, 403, 'InvalidSignatureException'],
    ['an old date', { 'x-amz-date': '20200101T000000Z' }, 403, 'InvalidSignatureException'],
    ['an impossible date', { 'x-amz-date': '20269999T000000Z' }, 403, 'InvalidSignatureException'],
  ])('with %s are refused', async (_, headers, status, name) => {
    const sandbox = await sandboxForTest();
    expect(await send(sandbox, GOOD_BODY, headers)).toMatchObject({ status, name });
    expect(sandbox.books.sources()).toEqual([]);
  });

  it.each([6 * 60_000, -6 * 60_000])(
    'of a clock that is %i ms off are refused with the right date, from which the SDK learns',
    async (skewMs) => {
      const sandbox = await sandboxForTest();
      const client = sdkClient(sandbox);
      await control(sandbox, 'clock', { skewMs });
      await expect(create(client)).rejects.toMatchObject({
        name: 'InvalidSignatureException',
        message: expect.stringMatching(
          skewMs > 0 ? /^Signature expired/ : /^Signature not yet current/,
        ) as string,
        $metadata: { httpStatusCode: 403 },
      });
      expect((await create(client)).EventSourceArn).toBeDefined();
    },
  );

  it('within five minutes are good, and so are those after the book clock was moved', async () => {
    const sandbox = await sandboxForTest();
    await control(sandbox, 'clock', { skewMs: 4 * 60_000, advanceMs: 30 * 24 * 3_600_000 });
    expect((await create(sdkClient(sandbox))).EventSourceArn).toBeDefined();
  });
});

const withMore = (json: string): string =>
  `{"Name":"aws.partner/acme.example/more","Account":"000000000101","More":${json}}`;

describe('hostile requests', () => {
  it.each<[what: string, body: string | Uint8Array<ArrayBuffer>, status: number, error: string]>([
    ['no JSON', 'Name=x', 400, 'SerializationException'],
    ['a list', '[]', 400, 'SerializationException'],
    ['null', 'null', 400, 'SerializationException'],
    ['an empty body', '', 400, 'ValidationException'],
    ['bytes that are no UTF-8', BAD_UTF8, 400, 'SerializationException'],
    ['half a million brackets', '['.repeat(500_000), 400, 'SerializationException'],
    [
      'a good request, and lists within lists',
      withMore('['.repeat(40) + ']'.repeat(40)),
      400,
      'SerializationException',
    ],
    [
      'a good request, and many values',
      withMore(`[${Array(200_000).fill('{}').join(',')}]`),
      400,
      'SerializationException',
    ],
    [
      'nested half a million deep',
      `{"Name":${'['.repeat(400_000)}${']'.repeat(400_000)}}`,
      400,
      'SerializationException',
    ],
    ['prototype keys', '{"__proto__":{"Name":"x"},"constructor":{"Name":"x"}}', 400, 'ValidationException'],
    [
      'names of inherited members',
      '{"Name":"__proto__","Account":"constructor"}',
      400,
      'ValidationException',
    ],
    [
      'traversal',
      '{"Name":"aws.partner/a/../../etc/passwd%00","Account":"123456789012"}',
      400,
      'ValidationException',
    ],
  ])('%s are refused and change nothing', async (_, body, status, name) => {
    const sandbox = await sandboxForTest();
    expect(await send(sandbox, body)).toMatchObject({ status, name });
    expect(sandbox.books.sources()).toEqual([]);
    expect(await send(sandbox, GOOD_BODY)).toMatchObject({ status: 200 });
  });

  it('a body over the limit is refused or cut, and the next request is served', async () => {
    const sandbox = await sandboxForTest();
    const outcome = await send(sandbox, 'x'.repeat(10_000_000)).then(
      ({ status }) => status,
      () => 'cut',
    );
    expect([413, 'cut']).toContain(outcome);
    expect(await send(sandbox, GOOD_BODY)).toMatchObject({ status: 200 });
  });

  it.each([
    ['GET', '/'],
    ['POST', '/elsewhere'],
    ['DELETE', '//%%%'],
    ['PUT', '/__sandboxes'],
  ])('%s %s is no operation', async (method, path) => {
    const { url } = await sandboxForTest();
    const response = await fetch(url + path, { method });
    expect([response.status, response.headers.get('x-amzn-requestid')]).toEqual([404, expect.any(String)]);
  });
});
