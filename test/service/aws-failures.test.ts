import { getEventListeners } from 'node:events';
import { rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, onTestFinished, test, vi } from 'vitest';
import { resolveEndpoint } from '../../src/aws/region-clients.ts';
import { createPartnerGateway, type PartnerGatewayOptions } from '../../src/aws/partner-gateway.ts';
import type { Region } from '../../src/domain/region.ts';
import type { PartnerGateway } from '../../src/ports.ts';
import { eventually } from '../support/eventually.ts';
import { gatewayAt, openGate, SOURCE } from '../support/aws-gateway.ts';
import {
  awsError,
  garbage,
  hang,
  hangInBody,
  json,
  raw,
  reset,
  startFakeEventBridge,
  type FakeEventBridge,
} from '../support/fake-eventbridge.ts';
import { freePort } from '../support/free-port.ts';
import { holdTime } from '../support/held-time.ts';
import { recordingLog } from '../support/recording-log.ts';
import { temporaryFolder } from '../support/temp-folder.ts';

const { signal } = new AbortController();
let fake: FakeEventBridge;

beforeEach(async () => {
  fake = await startFakeEventBridge();
});

afterEach(async () => {
  vi.unstubAllEnvs();
  await fake.close();
});

function gatewayHere(
  overrides: Partial<PartnerGatewayOptions> = {},
  endpoint = fake.endpoint,
): PartnerGateway {
  const gateway = gatewayAt(endpoint, overrides);
  onTestFinished(() => gateway.close());
  return gateway;
}

const create = (overrides?: Partial<PartnerGatewayOptions>, endpoint?: string) =>
  gatewayHere(overrides, endpoint).create(SOURCE, signal);

describe('answers that are none of AWS’s', () => {
  const page = '<html><body><h1>Nothing to see</h1></body></html>';

  test.each([
    [400, 'transient'],
    [403, 'operatorFault'],
    [429, 'throttled'],
    [503, 'transient'],
  ])('an HTML page with HTTP %i is judged by its status and not quoted', async (status, kind) => {
    fake.script(raw(status, page));
    const reply = await create();
    expect(reply).toMatchObject({ kind: 'fault', fault: { kind, code: 'UnreadableResponse' } });
    expect(JSON.stringify(reply)).not.toMatch(/html|Nothing/);
  });

  test.each([
    ['a truncated 200', raw(200, '{"EventSourceArn":"arn:aws:even')],
    ['an error without a body', raw(500, '')],
    ['an error that is a list', raw(400, '[]')],
    ['a redirect', raw(301, '', { location: 'http://127.0.0.1:1/' })],
    ['bytes that are no HTTP', garbage],
  ])('%s is a transient unreadable response', async (_, answer) => {
    fake.script(answer);
    expect(await create()).toMatchObject({
      kind: 'fault',
      fault: { kind: 'transient', code: 'UnreadableResponse' },
    });
    expect(fake.requests).toHaveLength(1);
  });

  test('a wish to wait is read from an HTML page too', async () => {
    fake.script(raw(503, page, { 'retry-after': '9' }));
    expect(await create()).toMatchObject({ fault: { retryAfterMs: 9_000 } });
  });
});

describe('connections', () => {
  test('a socket that is cut before the answer is one request and a failed connection', async () => {
    fake.script(reset);
    expect(await create()).toMatchObject({
      kind: 'fault',
      fault: { kind: 'transient', code: 'ConnectionFailed' },
    });
    expect(fake.requests).toHaveLength(1);
  });

  test('a socket that is cut in the middle of the body is a failed connection', async () => {
    fake.script((response, request) => {
      hangInBody(response, request);
      setImmediate(() => response.socket?.destroy());
    });
    expect(await create()).toMatchObject({ fault: { kind: 'transient', code: 'ConnectionFailed' } });
  });

  test('a port that nobody listens on is a failed connection', async () => {
    const reply = await create({}, `http://127.0.0.1:${await freePort()}`);
    expect(reply).toMatchObject({ fault: { kind: 'transient', code: 'ConnectionFailed' } });
    expect(JSON.stringify(reply)).toContain('ECONNREFUSED');
  });

  test('a name that does not resolve is a failed connection', async () => {
    expect(await create({}, 'http://eventbridge.invalid')).toMatchObject({
      fault: { kind: 'transient', code: 'ConnectionFailed' },
    });
  });

  test('TLS to a port that speaks none is a failed connection', async () => {
    expect(await create({}, fake.endpoint.replace('http:', 'https:'))).toMatchObject({
      fault: { kind: 'transient', code: 'ConnectionFailed' },
    });
  });

  test('is kept from call to call', async () => {
    const gateway = gatewayHere({ maxSockets: 1 });
    const ports = new Set<number | undefined>();
    fake.script((response, request) => {
      ports.add(response.socket?.remotePort);
      json(200, {})(response, request);
    });
    for (let call = 0; call < 5; call += 1) await gateway.create(SOURCE, signal);
    expect(ports.size).toBe(1);
  });

  test('as many calls run at a time as there are sockets', async () => {
    const gateway = gatewayHere({ maxSockets: 80, timeoutMs: 2_000 });
    fake.script(hang);
    const stop = new AbortController();
    const calls = Array.from({ length: 80 }, () =>
      gateway.create(SOURCE, stop.signal).catch(() => 'stopped'),
    );
    await fake.arrived(80);
    stop.abort();
    expect(await Promise.all(calls)).toEqual(Array(80).fill('stopped'));
  });
});

describe('the bound on the whole call', () => {
  const TIMEOUT = { kind: 'fault', fault: { kind: 'transient', code: 'Timeout' } };

  test.each([
    ['no byte comes', hang],
    ['the body stops in its middle', hangInBody],
  ])('cuts when %s', async (_, answer) => {
    const time = holdTime();
    fake.script(answer);
    const reply = create({ timeoutMs: 100 });
    await fake.arrived(1);
    expect(await time.pass(99, reply)).toBe('pending');
    expect(await time.pass(1, reply)).toMatchObject({ ...TIMEOUT, durationMs: 100 });
  });

  test('closes the connection that it cut', async () => {
    const time = holdTime();
    const closed = new Promise((resolve) => {
      fake.script((response) => {
        response.socket?.once('close', resolve);
      });
    });
    const reply = create({ timeoutMs: 50 });
    await fake.arrived(1);
    expect(await time.pass(50, reply)).toMatchObject(TIMEOUT);
    await closed;
  });

  test('covers the wait for a socket, and leaves the pool usable', async () => {
    const time = holdTime();
    const gate = openGate();
    const gateway = gatewayHere({ maxSockets: 1, timeoutMs: 300, rateGate: gate });
    fake.script(hang);
    const first = gateway.create(SOURCE, signal);
    await fake.arrived(1);
    await time.pass(200, first);
    const second = gateway.create(SOURCE, signal);
    await eventually(() => gate.taken.length === 2);
    expect(await time.pass(100, first)).toMatchObject({ ...TIMEOUT, durationMs: 300 });
    // The second one has the socket now, and a third of its time has passed.
    await fake.arrived(2);
    expect(await time.pass(199, second)).toBe('pending');
    expect(await time.pass(1, second)).toMatchObject({ ...TIMEOUT, durationMs: 300 });
    fake.script(json(200, {}));
    expect(await gateway.create(SOURCE, signal)).toMatchObject({ kind: 'created' });
  });

  test('covers credentials that never come', async () => {
    const never = () => new Promise<never>(() => undefined);
    expect(await create({ timeoutMs: 50, credentials: never })).toMatchObject(TIMEOUT);
    expect(fake.requests).toHaveLength(0);
  });

  test('does not count the wait for a slot', async () => {
    const time = holdTime();
    let open = (): void => undefined;
    const opened = new Promise<void>((resolve) => (open = resolve));
    let takers = 0;
    const take = (): Promise<void> => ((takers += 1), opened);
    const reply = create({ timeoutMs: 100, rateGate: { ...openGate(), take } });
    await eventually(() => takers === 1);
    expect(await time.pass(60_000, reply)).toBe('pending');
    open();
    expect(await reply).toMatchObject({ kind: 'created', durationMs: 0 });
  });
});

describe('a stop by the caller', () => {
  test.each([
    ['no byte has come', hang],
    ['half the body has come', hangInBody],
  ])('rejects with its reason at once while %s', async (_, answer) => {
    fake.script(answer);
    const stop = new AbortController();
    const reason = new Error('stopping');
    const call = gatewayHere().create(SOURCE, stop.signal);
    await fake.arrived(1);
    stop.abort(reason);
    await expect(call).rejects.toBe(reason);
  });

  test('while waiting for a slot is the gate’s to heed', async () => {
    const stop = new AbortController();
    const reason = new Error('stopping');
    const take = (_: Region, heeded: AbortSignal): Promise<void> =>
      new Promise((_resolve, reject) => {
        heeded.addEventListener('abort', () => reject(reason));
        stop.abort(reason);
      });
    await expect(gatewayHere({ rateGate: { ...openGate(), take } }).create(SOURCE, stop.signal)).rejects.toBe(
      reason,
    );
    expect(fake.requests).toHaveLength(0);
  });
});

test('a rate gate that fails is not taken for a fault of AWS', async () => {
  const broken = new Error('Redis is gone');
  await expect(create({ rateGate: { ...openGate(), take: () => Promise.reject(broken) } })).rejects.toBe(
    broken,
  );
});

test('calls leave no listener on the signal that they share', async () => {
  const stop = new AbortController();
  const gateway = gatewayHere({ maxSockets: 20 });
  for (let batch = 0; batch < 10; batch += 1) {
    await Promise.all(Array.from({ length: 20 }, () => gateway.create(SOURCE, stop.signal)));
  }
  expect(fake.requests).toHaveLength(200);
  expect(getEventListeners(stop.signal, 'abort')).toEqual([]);
});

describe('a host whose clock is wrong', () => {
  const HOUR = 3_600_000;
  const skewed = () => ({ date: new Date(Date.now() - HOUR).toUTCString() });
  const expired = () =>
    awsError('InvalidSignatureException', {
      status: 403,
      message: 'Signature expired: 20261122T120000Z is now earlier than 20261122T125500Z',
      headers: skewed(),
    });
  const signedAt = (request: { headers: Record<string, unknown> } | undefined): number => {
    const [, year, month, day, hour, minute, second] = /^(\d{4})(\d\d)(\d\d)T(\d\d)(\d\d)(\d\d)Z$/
      .exec(String(request?.headers['x-amz-date']))!
      .map(Number);
    return Date.UTC(year!, month! - 1, day, hour, minute, second);
  };

  test('is corrected by one more request of the same call, with a slot of its own', async () => {
    const gate = openGate();
    const log = recordingLog();
    fake.script(expired(), json(200, {}, skewed()));
    const gateway = gatewayHere({ rateGate: gate, log });
    expect(await gateway.create(SOURCE, signal)).toMatchObject({ kind: 'created' });
    expect(fake.requests).toHaveLength(2);
    expect(gate.taken).toHaveLength(2);
    expect(signedAt(fake.requests[0]) - signedAt(fake.requests[1])).toBeGreaterThan(HOUR / 2);
    expect(log.lines).toContainEqual(expect.objectContaining({ message: 'aws.clock_corrected' }));
    await gateway.create(SOURCE, signal);
    expect(fake.requests).toHaveLength(3);
  });

  test('is corrected for all calls that were under way, refused in the same millisecond', async () => {
    vi.useFakeTimers({ toFake: ['Date'] });
    onTestFinished(() => void vi.useRealTimers());
    const gateway = gatewayHere();
    const held: (() => void)[] = [];
    fake.script((response, request) => {
      const correct = Math.abs(signedAt(request) - (Date.now() - HOUR)) < 60_000;
      if (correct) json(200, {}, skewed())(response, request);
      else {
        held.push(() => expired()(response, request));
        if (held.length === 3) for (const release of held) release();
      }
    });
    const replies = await Promise.all([1, 2, 3].map(() => gateway.create(SOURCE, signal)));
    expect(replies.map(({ kind }) => kind)).toEqual(['created', 'created', 'created']);
    expect(fake.requests).toHaveLength(6);
  });

  test('that is still refused is an operator fault, and costs one request from then on', async () => {
    fake.script(expired());
    const gateway = gatewayHere();
    const fault = { fault: { kind: 'operatorFault', code: 'InvalidSignatureException' } };
    expect(await gateway.create(SOURCE, signal)).toMatchObject(fault);
    expect(fake.requests).toHaveLength(2);
    expect(await gateway.create(SOURCE, signal)).toMatchObject(fault);
    expect(fake.requests).toHaveLength(3);
  });

  test('gets no second create for an error that is not about the signature', async () => {
    fake.script(awsError('LimitExceededException', { headers: skewed() }));
    expect(await create()).toMatchObject({ fault: { kind: 'quota' } });
    expect(fake.requests).toHaveLength(1);
  });

  test('stays within the one bound', async () => {
    const time = holdTime();
    let refuse = (): void => undefined;
    fake.script((response, request) => {
      refuse = () => expired()(response, request);
    }, hang);
    const reply = create({ timeoutMs: 1_000 });
    await fake.arrived(1);
    await time.pass(700, reply);
    refuse();
    await fake.arrived(2);
    expect(await time.pass(299, reply)).toBe('pending');
    expect(await time.pass(1, reply)).toMatchObject({ fault: { code: 'Timeout' }, durationMs: 1_000 });
  });
});

describe('what the SDK reads from the environment', () => {
  function emptyEnvironment(): void {
    for (const name of Object.keys(process.env)) if (name.startsWith('AWS_')) vi.stubEnv(name, undefined);
    vi.stubEnv('AWS_EC2_METADATA_DISABLED', 'true');
    vi.stubEnv('AWS_CONFIG_FILE', '/nonexistent/config');
    vi.stubEnv('AWS_SHARED_CREDENTIALS_FILE', '/nonexistent/credentials');
  }

  /** Neither an endpoint nor credentials are given. */
  function bareGateway(log = recordingLog()): PartnerGateway {
    const gateway = createPartnerGateway({
      timeoutMs: 5_000,
      rateGate: openGate(),
      log,
      clock: { now: () => Date.now() },
    });
    onTestFinished(() => gateway.close());
    return gateway;
  }

  test('missing credentials are an operator fault, and nothing is sent', async () => {
    emptyEnvironment();
    vi.stubEnv('AWS_ENDPOINT_URL_EVENTBRIDGE', fake.endpoint);
    expect(await bareGateway().create(SOURCE, signal)).toMatchObject({
      kind: 'fault',
      fault: { kind: 'operatorFault', code: 'CredentialsUnavailable' },
    });
    expect(fake.requests).toHaveLength(0);
  });

  const keysIn = (id: string): string =>
    `[default]\naws_access_key_id = ${id}\naws_secret_access_key = secret\n`;

  /** A credentials file, which does not exist yet, and the endpoint of the fake. */
  async function credentialsFile(): Promise<string> {
    emptyEnvironment();
    const file = join(await temporaryFolder(), 'credentials');
    vi.stubEnv('AWS_SHARED_CREDENTIALS_FILE', file);
    vi.stubEnv('AWS_ENDPOINT_URL_EVENTBRIDGE', fake.endpoint);
    return file;
  }

  const keyOf = (call: number): string | undefined =>
    /Credential=(\w+)\//.exec(fake.requests[call]?.headers.authorization ?? '')?.[1];

  test.each([
    ['ExpiredTokenException'],
    ['UnrecognizedClientException'],
    ['InvalidSignatureException'],
    ['InvalidClientTokenId'],
  ])('after %s the credentials file is read again', async (name) => {
    const file = await credentialsFile();
    await writeFile(file, keysIn('AKIAOLD'));
    const gateway = bareGateway();
    fake.script(awsError(name, { status: 403 }), json(200, {}));
    expect(await gateway.create(SOURCE, signal)).toMatchObject({ fault: { kind: 'operatorFault' } });
    await writeFile(file, keysIn('AKIANEW'));
    expect(await gateway.create(SOURCE, signal)).toMatchObject({ kind: 'created' });
    expect([keyOf(0), keyOf(1)]).toEqual(['AKIAOLD', 'AKIANEW']);
  });

  test('a credentials file that is broken while it is renewed is read again at the next call', async () => {
    const file = await credentialsFile();
    await writeFile(file, keysIn('AKIAOLD'));
    const gateway = bareGateway();
    fake.script(awsError('ExpiredTokenException', { status: 403 }), json(200, {}));
    await gateway.create(SOURCE, signal);
    await rm(file);
    expect(await gateway.create(SOURCE, signal)).toMatchObject({ fault: { code: 'CredentialsUnavailable' } });
    await writeFile(file, keysIn('AKIANEW'));
    expect(await gateway.create(SOURCE, signal)).toMatchObject({ kind: 'created' });
    expect(fake.requests).toHaveLength(2);
    expect(keyOf(1)).toBe('AKIANEW');
  });

  test('a credentials file that is made after the start is found', async () => {
    const file = await credentialsFile();
    const gateway = bareGateway();
    expect(await gateway.create(SOURCE, signal)).toMatchObject({ fault: { code: 'CredentialsUnavailable' } });
    await writeFile(file, keysIn('AKIALATE'));
    expect(await gateway.create(SOURCE, signal)).toMatchObject({ kind: 'created' });
    expect(keyOf(0)).toBe('AKIALATE');
  });

  test('a denied call says nothing against the credentials: they are kept', async () => {
    const file = await credentialsFile();
    await writeFile(file, keysIn('AKIAOLD'));
    const gateway = bareGateway();
    fake.script(awsError('AccessDeniedException', { status: 403 }), json(200, {}));
    await gateway.create(SOURCE, signal);
    await writeFile(file, keysIn('AKIANEW'));
    await gateway.create(SOURCE, signal);
    expect([keyOf(0), keyOf(1)]).toEqual(['AKIAOLD', 'AKIAOLD']);
  });

  test('a web identity token that is missing is an operator fault, and nothing is sent', async () => {
    await credentialsFile();
    vi.stubEnv('AWS_WEB_IDENTITY_TOKEN_FILE', '/nonexistent/token');
    vi.stubEnv('AWS_ROLE_ARN', 'arn:aws:iam::000000000101:role/onboarding');
    expect(await bareGateway().create(SOURCE, signal)).toMatchObject({
      fault: {
        kind: 'operatorFault',
        code: 'CredentialsUnavailable',
        message: expect.stringContaining('/nonexistent/token') as string,
      },
    });
    expect(fake.requests).toHaveLength(0);
  });

  test('endpoint and credentials are taken, and a diverted endpoint is warned of once for each Region', async () => {
    emptyEnvironment();
    vi.stubEnv('AWS_ENDPOINT_URL_EVENTBRIDGE', fake.endpoint);
    vi.stubEnv('AWS_ACCESS_KEY_ID', 'AKIAFROMENV');
    vi.stubEnv('AWS_SECRET_ACCESS_KEY', 'secret');
    const log = recordingLog();
    const gateway = bareGateway(log);
    for (const region of ['eu-west-1', 'us-east-1', 'eu-west-1'] as Region[]) {
      expect(await gateway.create({ ...SOURCE, region }, signal)).toMatchObject({ kind: 'created' });
    }
    expect(fake.requests[0]?.headers.authorization).toContain('Credential=AKIAFROMENV/');
    expect(fake.requests[1]?.headers.authorization).toContain('/us-east-1/events/aws4_request');
    expect(log.lines).toEqual(
      ['eu-west-1', 'us-east-1'].map((region) => ({
        level: 'warn',
        message: 'aws.endpoint_diverted',
        fields: { region, endpoint: `${fake.endpoint}/` },
      })),
    );
  });

  test('AWS_MAX_ATTEMPTS does not bring the SDK’s retries back', async () => {
    vi.stubEnv('AWS_MAX_ATTEMPTS', '5');
    fake.script(awsError('InternalException', { status: 500 }));
    await create();
    expect(fake.requests).toHaveLength(1);
  });

  test('the endpoint is AWS’s own when nothing else is said', async () => {
    emptyEnvironment();
    expect(await resolveEndpoint('eu-west-1')).toBe('https://events.eu-west-1.amazonaws.com/');
    expect(await resolveEndpoint('cn-north-1')).toBe('https://events.cn-north-1.amazonaws.com.cn/');
  });

  test('the service’s own variable wins over the general one, and what is given wins over both', async () => {
    emptyEnvironment();
    vi.stubEnv('AWS_ENDPOINT_URL', 'http://general.test:81');
    expect(await resolveEndpoint('eu-west-1')).toBe('http://general.test:81/');
    vi.stubEnv('AWS_ENDPOINT_URL_EVENTBRIDGE', 'http://own.test:82/base');
    expect(await resolveEndpoint('eu-west-1')).toBe('http://own.test:82/base/');
    expect(await resolveEndpoint('eu-west-1', 'https://given.test')).toBe('https://given.test/');
  });

  test('an endpoint that is no URL is a bug of the configuration, not a fault that is retried', async () => {
    await expect(create({}, 'not a url')).rejects.toThrow(TypeError);
  });
});
