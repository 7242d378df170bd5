import { createHash, createHmac } from 'node:crypto';
import { EventBridgeClient, CreatePartnerEventSourceCommand } from '@aws-sdk/client-eventbridge';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { gatewayAt, SOURCE } from '../support/aws-gateway.ts';
import { json, startFakeEventBridge, type FakeEventBridge } from '../support/fake-eventbridge.ts';

const CREDENTIALS = {
  accessKeyId: 'AKIAEXAMPLE',
  secretAccessKey: 'secret',
  sessionToken: 'token/of+a=role',
};
const ARN = `arn:aws:events:eu-west-1::event-source/${SOURCE.sourceName}`;
const { signal } = new AbortController();

let fake: FakeEventBridge;

beforeEach(async () => {
  fake = await startFakeEventBridge();
});
afterEach(async () => {
  await fake.close();
});

type Wire = FakeEventBridge['requests'][number];

/** Signature version 4 (AWS General Reference), made again from what came over the wire. */
function signatureOf({ headers, body }: Wire): {
  signed: readonly string[];
  expected: string;
  given: string;
} {
  const authorization = String(headers.authorization);
  const [, date, region] = /Credential=[^/]+\/([^/]+)\/([^/]+)\/events\/aws4_request/.exec(authorization)!;
  const signed = /SignedHeaders=([^,]+)/.exec(authorization)![1]!.split(';');
  const sha256 = (text: string): string => createHash('sha256').update(text).digest('hex');
  const canonical = [
    'POST',
    '/',
    '',
    ...signed.map((name) => `${name}:${String(headers[name])}`),
    '',
    signed.join(';'),
    sha256(JSON.stringify(body)),
  ].join('\n');
  const scope = `${date}/${region}/events/aws4_request`;
  const toSign = ['AWS4-HMAC-SHA256', headers['x-amz-date'], scope, sha256(canonical)].join('\n');
  const key = [date!, region!, 'events', 'aws4_request'].reduce<Buffer | string>(
    (secret, part) => createHmac('sha256', secret).update(part).digest(),
    `AWS4${CREDENTIALS.secretAccessKey}`,
  );
  return {
    signed,
    expected: createHmac('sha256', key).update(toSign).digest('hex'),
    given: /Signature=([0-9a-f]+)/.exec(authorization)![1]!,
  };
}

test('what is signed is what goes over the wire, whichever way a call takes', async () => {
  fake.script(json(200, { EventSourceArn: ARN, Arn: ARN }));
  const gateway = gatewayAt(fake.endpoint, { credentials: CREDENTIALS });
  await gateway.create(SOURCE, signal);
  await gateway.describe(SOURCE, signal);
  gateway.close();
  expect(fake.requests).toHaveLength(2);
  for (const request of fake.requests) {
    const { signed, expected, given } = signatureOf(request);
    expect(given).toBe(expected);
    expect(signed).toEqual(
      expect.arrayContaining(['host', 'content-type', 'x-amz-date', 'x-amz-target', 'x-amz-security-token']),
    );
  }
});

test('a create says what the SDK’s own client would say', async () => {
  fake.script(json(200, { EventSourceArn: ARN }));
  const sdk = new EventBridgeClient({
    region: 'eu-west-1',
    endpoint: fake.endpoint,
    credentials: CREDENTIALS,
    maxAttempts: 1,
  });
  await sdk.send(new CreatePartnerEventSourceCommand({ Name: SOURCE.sourceName, Account: SOURCE.account }));
  sdk.destroy();
  const gateway = gatewayAt(fake.endpoint, { credentials: CREDENTIALS });
  await gateway.create(SOURCE, signal);
  await gateway.create(SOURCE, signal);
  gateway.close();
  const [theirs, ours, again] = fake.requests.map(({ headers, body }) => {
    const { 'x-amz-date': date, 'amz-sdk-invocation-id': id, connection, ...rest } = headers;
    const said = {
      ...rest,
      body,
      authorization: /SignedHeaders=[^,]+/.exec(String(headers.authorization))?.[0],
      // Its last part tells of the way to the credentials.
      'user-agent': String(headers['user-agent']).replace(/ m\/\S*/, ''),
    };
    return { said, id, varying: { date, connection } };
  });
  expect(ours?.said).toEqual(theirs?.said);
  expect(ours?.id).toMatch(/^[0-9a-f-]{36}$/);
  expect(again?.id).not.toBe(ours?.id);
});
