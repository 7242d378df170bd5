import { createServer } from 'node:net';
import type { AddressInfo, Socket } from 'node:net';
import { describe, expect, onTestFinished, test } from 'vitest';
import { verifyWebhook } from '../../src/client/verify-webhook.ts';
import type { Destination } from '../../src/domain/delivery.ts';
import type { SendResult } from '../../src/domain/delivery-policy.ts';
import { deliveryId } from '../../src/domain/ids.ts';
import { createSender, type SenderOptions } from '../../src/webhooks/send.ts';
import type { Resolve } from '../../src/webhooks/address.ts';
import { freePort } from '../support/free-port.ts';
import { startForwardProxy } from '../support/forward-proxy.ts';
import { holdTime } from '../support/held-time.ts';
import { OLD_SECRET, SECRET, signatureOf, startReceiver } from '../support/webhook-receiver.ts';

const ID = deliveryId(1_770_000_000_000, new Uint8Array(16).fill(7));
const BODY = JSON.stringify({ type: 'onboarding.failed', timestamp: 'x', data: { note: 'Grüße 🏭' } });
const NEVER = new AbortController().signal;

function send(
  url: string,
  {
    destination = 'webhook',
    signal = NEVER,
    ...options
  }: Partial<SenderOptions> & { destination?: Destination; signal?: AbortSignal } = {},
): Promise<SendResult> {
  const sendOne = createSender({
    secrets: [SECRET],
    allowHosts: [],
    timeoutMs: 10_000,
    userAgent: 'test/1',
    clock: { now: () => Date.now() },
    ...options,
  });
  return sendOne({ id: ID, url, destination, body: BODY }, signal);
}

/** A server below HTTP; gone after the test. */
async function startRaw(onSocket: (socket: Socket) => void): Promise<string> {
  const sockets = new Set<Socket>();
  const server = createServer((socket) => {
    sockets.add(socket);
    socket.on('error', () => undefined);
    onSocket(socket);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  onTestFinished(async () => {
    for (const socket of sockets) socket.destroy();
    await new Promise((resolve) => server.close(resolve));
  });
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}/`;
}

/** Gives each answer once, the last one for ever, and counts. */
function scriptedResolve(...answers: readonly string[]): Resolve & { readonly asked: string[] } {
  const asked: string[] = [];
  const resolve: Resolve = (hostname) => {
    const address = answers[Math.min(asked.length, answers.length - 1)] ?? '';
    asked.push(hostname);
    return Promise.resolve([{ address, family: address.includes(':') ? 6 : 4 }]);
  };
  return Object.assign(resolve, { asked });
}

describe('what is sent', () => {
  test('is the body as it is, signed so that others and our own helper verify it', async () => {
    const receiver = await startReceiver();
    expect(await send(`${receiver.url}/hooks?a=b`)).toMatchObject({ kind: 'answered', statusCode: 204 });
    const [hook, ...others] = receiver.received;
    expect(others).toEqual([]);
    expect(hook).toMatchObject({
      path: '/hooks?a=b',
      body: BODY,
      headers: { 'webhook-id': ID, 'content-type': 'application/json', 'user-agent': 'test/1' },
    });
    expect(Math.abs(Number(hook!.headers['webhook-timestamp']) - Date.now() / 1_000)).toBeLessThan(60);
    expect(hook!.headers['webhook-signature']).toBe(signatureOf(SECRET, hook!));
    const verified = await verifyWebhook({ headers: hook!.headers, body: hook!.body, secrets: [SECRET] });
    expect(verified).toMatchObject({ ok: true, id: ID });
  });

  test('is signed with every secret, so that a receiver may hold the old or the new one', async () => {
    const receiver = await startReceiver();
    await send(receiver.url, { secrets: [SECRET, OLD_SECRET] });
    const [hook] = receiver.received;
    expect(hook!.headers['webhook-signature']).toBe(
      `${signatureOf(SECRET, hook!)} ${signatureOf(OLD_SECRET, hook!)}`,
    );
    for (const secrets of [[SECRET], [OLD_SECRET]])
      expect(await verifyWebhook({ ...hook!, secrets })).toMatchObject({ ok: true });
  });

  test('is nothing without a secret', async () => {
    const receiver = await startReceiver();
    expect(await send(receiver.url, { secrets: [] })).toMatchObject({ code: 'NoSigningSecret' });
    expect(receiver.received).toEqual([]);
  });

  test('of an alert is unsigned, with or without a secret, and may go to an address inside', async () => {
    const receiver = await startReceiver();
    for (const secrets of [[], [SECRET]]) {
      const result = await send(receiver.url, { destination: 'alert', secrets });
      expect(result).toMatchObject({ kind: 'answered', statusCode: 204 });
    }
    expect(receiver.received).toHaveLength(2);
    for (const { body, headers } of receiver.received) {
      expect(body).toBe(BODY);
      expect(Object.keys(headers).filter((name) => name.startsWith('webhook-'))).toEqual([]);
    }
  });

  test('carries the credentials of the operator’s own address', async () => {
    const receiver = await startReceiver();
    await send(receiver.url.replace('//', '//user:pass%20word@'));
    expect(receiver.received[0]?.headers['authorization']).toBe(`Basic ${btoa('user:pass word')}`);
  });
});

describe('an answer', () => {
  test.each([200, 301, 302, 307, 404, 410, 500])(
    'of %i is told as it is, and leads nowhere else',
    async (status) => {
      const [receiver, elsewhere] = await Promise.all([startReceiver(), startReceiver()]);
      receiver.answer(() => (response) => response.writeHead(status, { location: elsewhere.url }).end('x'));
      expect(await send(receiver.url)).toMatchObject({
        kind: 'answered',
        statusCode: status,
        bodyStart: 'x',
      });
      expect(elsewhere.received).toEqual([]);
    },
  );

  test.each([
    ['7', 7_000],
    ['soon', undefined],
    [undefined, undefined],
  ])('with Retry-After %s asks for a wait of %s ms', async (wish, expected) => {
    const receiver = await startReceiver();
    receiver.answer(() => (response) => {
      response.writeHead(429, wish === undefined ? {} : { 'retry-after': wish }).end();
    });
    const result = await send(receiver.url);
    expect('retryAfterMs' in result ? result.retryAfterMs : undefined).toBe(expected);
  });

  test('without end is read to a bound, and only its beginning kept', async () => {
    const receiver = await startReceiver();
    let written = 0;
    receiver.answer(() => (response) => {
      const more = (): void => {
        while (!response.destroyed && response.write('ä'.repeat(8_192))) written += 16_384;
        if (!response.destroyed) response.once('drain', more);
      };
      more();
    });
    const result = await send(receiver.url);
    expect(result).toMatchObject({ kind: 'answered', statusCode: 200, bodyStart: 'ä'.repeat(512) });
    expect(written).toBeLessThan(64 * 1_048_576);
  });

  test('that breaks off has been given all the same', async () => {
    const url = await startRaw((socket) =>
      socket.once('data', () => socket.write('HTTP/1.1 204 OK\r\n\r\n', () => socket.destroy())),
    );
    expect(await send(url)).toMatchObject({ kind: 'answered', statusCode: 204 });
  });

  test('that stops in the middle of its body has been given all the same', async () => {
    const time = holdTime();
    let wrote = (): void => undefined;
    const written = new Promise<void>((resolve) => (wrote = resolve));
    const url = await startRaw((socket) =>
      socket.once('data', () => socket.write('HTTP/1.1 200 OK\r\ncontent-length: 9\r\n\r\nhalf', wrote)),
    );
    const sending = send(url, { timeoutMs: 700 });
    await written;
    expect(await time.pass(699, sending)).toBe('pending');
    await time.pass(1, sending);
    expect(await sending).toMatchObject({ kind: 'answered', statusCode: 200 });
  });
});

describe('no answer', () => {
  test.each([
    ['a closed port', async () => `http://127.0.0.1:${await freePort()}/`, 'ConnectionFailed'],
    ['a connection that is cut', () => startRaw((socket) => socket.destroy()), 'ConnectionFailed'],
    ['what is not HTTP', () => startRaw((socket) => socket.end('SSH-2.0-x\r\n')), 'UnreadableResponse'],
    [
      'TLS where there is none',
      async () => (await startReceiver()).url.replace('http', 'https'),
      'ConnectionFailed',
    ],
    [
      'one that answers byte by byte',
      () =>
        startRaw((socket) => {
          const timer = setInterval(() => socket.write('H'), 50);
          socket.on('close', () => clearInterval(timer));
        }),
      'UnreadableResponse',
    ],
    ['a name that nobody has', () => Promise.resolve('http://nobody.invalid/'), 'NameNotResolved'],
  ])('from %s is a value that says so', async (_what, open, code) => {
    expect(await send(await open())).toMatchObject({ kind: 'unanswered', code });
  });

  test('within the bound, when the server never answers', async () => {
    const result = await send(await startRaw(() => undefined), { timeoutMs: 100 });
    expect(result).toMatchObject({ kind: 'unanswered', code: 'Timeout' });
  });

  test('within the bound, also while the name is being asked for', async () => {
    const resolve: Resolve = () => new Promise(() => undefined);
    const result = await send('http://slow.example/', { timeoutMs: 100, resolve });
    expect(result).toMatchObject({ kind: 'unanswered', code: 'Timeout' });
  });

  test('when the caller stops: its own reason is thrown', async () => {
    const url = await startRaw(() => undefined);
    const stopping = new AbortController();
    const sending = send(url, { signal: stopping.signal });
    stopping.abort(new Error('the process stops'));
    await expect(sending).rejects.toThrow('the process stops');
  });
});

describe('a callback', () => {
  const to = (url: string, options: Partial<SenderOptions> = {}): Promise<SendResult> =>
    send(url, { destination: 'callback', ...options });

  test.each([
    'http://hooks.example/',
    'https://127.0.0.1/',
    'https://127.1/',
    'https://0x7f000001/',
    'https://2130706433/',
    'https://[::1]/',
    'https://[::ffff:127.0.0.1]/',
    'https://[64:ff9b::a00:1]/',
    'https://169.254.169.254/latest/meta-data/',
    'https://0.0.0.0/',
    'https://localhost/',
  ])('does not go to %s', async (url) => {
    expect(await to(url)).toMatchObject({ kind: 'unanswered', code: 'AddressRefused' });
  });

  test('does not go where one of several addresses is refused', async () => {
    const resolve: Resolve = () =>
      Promise.resolve([
        { address: '93.184.216.34', family: 4 },
        { address: '10.0.0.1', family: 4 },
      ]);
    expect(await to('https://both.example/', { resolve })).toMatchObject({ code: 'AddressRefused' });
  });

  test('goes to an allowed host, by http too, and to no other port of it', async () => {
    const [receiver, neighbour] = await Promise.all([startReceiver(), startReceiver()]);
    const allowHosts = [receiver.host];
    expect(await to(receiver.url, { allowHosts })).toMatchObject({ statusCode: 204 });
    expect(await to(neighbour.url, { allowHosts })).toMatchObject({ code: 'AddressRefused' });
    expect(neighbour.received).toEqual([]);
    expect(await to(neighbour.url, { allowHosts: ['127.0.0.1'] })).toMatchObject({ statusCode: 204 });
  });

  test('goes to what was judged, when the name is answered otherwise a moment later', async () => {
    const inside = await startReceiver();
    const port = inside.host.split(':')[1];
    // The name leads outside while it is judged, and inside ever after.
    const resolve = scriptedResolve('93.184.216.34', '127.0.0.1');
    const result = await to(`https://rebind.example:${port}/`, { resolve, timeoutMs: 700 });
    expect(result).toMatchObject({ kind: 'unanswered' });
    expect(result).not.toMatchObject({ code: 'AddressRefused' });
    expect(resolve.asked).toEqual(['rebind.example']);
    expect(inside.received).toEqual([]);
  });

  test('connects to the address that it was given first, and asks once', async () => {
    const port = await freePort();
    const first = await startReceiver('127.0.0.1', port);
    const second = await startReceiver('127.0.0.2', port);
    const resolve = scriptedResolve('127.0.0.2', '127.0.0.1');
    const allowHosts = [`rebind.example:${port}`];
    expect(await to(`http://rebind.example:${port}/`, { resolve, allowHosts })).toMatchObject({
      statusCode: 204,
    });
    expect(resolve.asked).toHaveLength(1);
    expect([first, second].map(({ received }) => received.length)).toEqual([0, 1]);
  });
});

describe('through a proxy', () => {
  const proxied = (url: string, none: readonly string[] = []) => ({ http: url, https: url, none });
  const public_ = scriptedResolve('93.184.216.34');

  test('a webhook is forwarded, signed as ever, and the proxy gets its name and password', async () => {
    const receiver = await startReceiver();
    const proxy = await startForwardProxy();
    const proxies = proxied(proxy.url.replace('//', '//user:p%40ss@'));
    expect(await send(receiver.url, { proxies })).toMatchObject({ kind: 'answered', statusCode: 204 });
    expect(receiver.received).toHaveLength(1);
    expect(receiver.received[0]?.headers['webhook-id']).toBe(ID);
    expect(proxy.asked).toEqual([`POST ${new URL(receiver.url).href}`]);
    expect(proxy.authorizations).toEqual([`Basic ${Buffer.from('user:p@ss').toString('base64')}`]);
  });

  test('one that NO_PROXY names goes straight', async () => {
    const receiver = await startReceiver();
    const proxy = await startForwardProxy();
    expect(await send(receiver.url, { proxies: proxied(proxy.url, ['127.0.0.1']) })).toMatchObject({
      statusCode: 204,
    });
    expect(proxy.asked).toEqual([]);
  });

  test('a call to https asks for a tunnel', async () => {
    const proxy = await startForwardProxy({ refuses: 403 });
    const resolve = scriptedResolve('93.184.216.34');
    const options = { proxies: proxied(proxy.url), destination: 'callback', resolve } as const;
    expect(await send('https://hooks.example/x', options)).toMatchObject({ code: 'ConnectionFailed' });
    expect(proxy.asked).toEqual(['CONNECT hooks.example:443']);
  });

  test.each([
    ['https://10.0.0.1/', 'AddressRefused'],
    ['http://hooks.example/', 'AddressRefused'],
    ['https://inside.example/', 'AddressRefused'],
    ['https://nowhere.example/', 'NameNotResolved'],
  ])('a callback to %s is refused before the proxy hears of it: %s', async (url, code) => {
    const proxy = await startForwardProxy();
    const resolve: Resolve = (hostname) =>
      hostname === 'nowhere.example'
        ? Promise.resolve([])
        : Promise.resolve([{ address: '10.0.0.1', family: 4 }]);
    const options = { proxies: proxied(proxy.url), destination: 'callback', resolve } as const;
    expect(await send(url, options)).toMatchObject({ kind: 'unanswered', code });
    expect(proxy.asked).toEqual([]);
  });

  test('a proxy that is down is a failed connection', async () => {
    const proxies = proxied(`http://127.0.0.1:${await freePort()}`);
    expect(await send('https://hooks.example/', { proxies, resolve: public_ })).toMatchObject({
      code: 'ConnectionFailed',
    });
  });
});
