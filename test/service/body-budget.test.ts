import { fastify, type FastifyInstance } from 'fastify';
import { describe, expect, it, onTestFinished } from 'vitest';
import { registerBodyBudget, type BodyBudget } from '../../src/api/http/body-limits.ts';
import { openFrontDoor, type FrontDoor } from '../../src/api/http/front-door.ts';
import { eventually } from '../support/eventually.ts';
import { openRawConnection, type RawConnection } from '../support/raw-http.ts';

const KB = 1_024;
const BUDGET: BodyBudget = { bytes: 500 * KB, bytesPerToken: 300 * KB, heldAtMostMs: 60_000 };

interface Opened extends FrontDoor {
  /** Calls that have been handled; `/waits` is answered by `letGo` alone. */
  readonly handled: string[];
  letGo(): void;
}

/** An app behind a real door, whose callers say in a header which token is theirs. */
async function openApp(budget = BUDGET): Promise<Opened> {
  const app: FastifyInstance = fastify({ bodyLimit: 1_000 * KB });
  const handled: string[] = [];
  let letGo = (): void => undefined;
  const free = new Promise<void>((resolve) => (letGo = resolve));
  app.decorateRequest('tokenSha256', '');
  app.addHook('onRequest', (request, _reply, done) => {
    request.tokenSha256 = String(request.headers['x-token']);
    done();
  });
  registerBodyBudget(app, budget);
  app.addContentTypeParser('text/csv', (_request, payload, done) => done(null, payload));
  app.post('/json', (request) => {
    handled.push(request.url);
    return { length: String(request.body).length };
  });
  app.post('/waits', async (request) => {
    handled.push(request.url);
    await free;
    return 'done';
  });
  app.post('/streamed', { config: { streamed: true } }, async (request) => {
    let bytes = 0;
    for await (const chunk of request.body as AsyncIterable<Buffer>) bytes += chunk.length;
    return { bytes };
  });
  await app.ready();
  onTestFinished(() => app.close());
  const door = await openFrontDoor('127.0.0.1', 0);
  onTestFinished(() => door.close(0));
  door.admit((request, response) => app.routing(request, response));
  return { ...door, handled, letGo };
}

const head = (path: string, framing: string, token: string, type = 'text/plain'): string =>
  `POST ${path} HTTP/1.1\r\nhost: here\r\nx-token: ${token}\r\ncontent-type: ${type}\r\n${framing}\r\n\r\n`;
const chunk = (kb: number): string => `${(kb * KB).toString(16)}\r\n${'x'.repeat(kb * KB)}\r\n`;

/** Announces a body on a connection of its own, and sends all of it but its last byte. */
async function begin(door: Opened, kb: number, token = 'a', path = '/json'): Promise<RawConnection> {
  const connection = await openRawConnection(door.url);
  connection.socket.write(head(path, `content-length: ${kb * KB}`, token));
  connection.socket.write('x'.repeat(kb * KB - 1));
  return connection;
}

/** Waits for the answer's status; 0: the connection was ended without one. */
async function statusOf(connection: RawConnection): Promise<number> {
  const seen = await eventually(() => {
    const [, status] = /^HTTP\/1.1 (\d{3})/.exec(connection.received()) ?? [];
    return status ?? (connection.socket.closed ? '0' : undefined);
  });
  return Number(seen);
}

async function send(door: Opened, kb: number, token = 'a'): Promise<number> {
  const connection = await begin(door, kb, token);
  connection.socket.write('x');
  const status = await statusOf(connection);
  connection.socket.destroy();
  return status;
}

const accepted = (door: Opened, kb: number, token = 'a'): Promise<boolean> =>
  eventually(async () => (await send(door, kb, token)) === 200);

describe('a large body', () => {
  it('beyond one token’s share is refused before it is sent, and told when to come again', async () => {
    const door = await openApp();
    const first = await begin(door, 200);
    const second = await openRawConnection(door.url);
    second.socket.write(head('/json', `content-length: ${101 * KB}`, 'a'));
    expect(await statusOf(second)).toBe(429);
    const answer = await eventually(() => (second.received().endsWith('}') ? second.received() : undefined));
    expect(answer).toMatch(/\r\nretry-after: 2\r\n/);
    expect(answer).toContain('"code":"too_many_requests"');
    expect(await send(door, 100)).toBe(200);
    expect(first.received()).toBe('');
    first.socket.write('x');
    expect(await statusOf(first)).toBe(200);
    expect(await accepted(door, 300)).toBe(true);
  });

  it('of another token has room until the budget of all is spent', async () => {
    const door = await openApp();
    await begin(door, 250, 'a');
    await begin(door, 200, 'b');
    expect(await send(door, 90, 'c')).toBe(429);
    expect(await send(door, 65, 'c')).toBe(429);
  });

  it('leaves small ones alone, and any number of them goes through', async () => {
    const door = await openApp();
    await begin(door, 250, 'a');
    await begin(door, 250, 'b');
    for (let n = 0; n < 20; n += 1) await begin(door, 60, 'a');
    expect(await send(door, 64)).toBe(200);
  });

  it('counts until it is answered', async () => {
    const door = await openApp();
    const held = await begin(door, 300, 'a', '/waits');
    held.socket.write('x');
    await eventually(() => door.handled.length === 1);
    expect(await send(door, 100)).toBe(429);
    door.letGo();
    expect(await statusOf(held)).toBe(200);
    expect(await accepted(door, 300)).toBe(true);
  });

  it.each([
    ['in the middle of its body', ''],
    ['while its call is at work', 'x'],
  ])('counts no longer when its sender leaves: %s', async (_when, rest) => {
    const door = await openApp();
    const held = await begin(door, 300, 'a', '/waits');
    held.socket.write(rest);
    if (rest !== '') await eventually(() => door.handled.length === 1);
    expect(await send(door, 100)).toBe(429);
    held.socket.destroy();
    expect(await accepted(door, 300)).toBe(true);
  });

  it('counts no longer when its sender leaves before the answer of an earlier call', async () => {
    const door = await openApp();
    const held = await begin(door, 10, 'a', '/waits');
    held.socket.write(`x${head('/json', `content-length: ${300 * KB}`, 'a')}${'x'.repeat(300 * KB)}`);
    await eventually(() => door.handled.length === 2);
    expect(await send(door, 100)).toBe(429);
    held.socket.destroy();
    expect(await accepted(door, 300)).toBe(true);
  });

  it('is cut when body, work and answer take longer than anyone may hold a share', async () => {
    const door = await openApp({ ...BUDGET, heldAtMostMs: 300 });
    const held = await begin(door, 300);
    expect(await held.ended()).toBe('');
    expect(await accepted(door, 300)).toBe(true);
  });

  it('over the limit of its route is refused for its size, and counts for nothing', async () => {
    const door = await openApp();
    const over = await openRawConnection(door.url);
    over.socket.write(head('/json', `content-length: ${2_000 * KB}`, 'a'));
    expect(await statusOf(over)).toBe(413);
    expect(await send(door, 300)).toBe(200);
  });
});

describe('a body without a content-length', () => {
  it('is read whole, whatever its size', async () => {
    const door = await openApp();
    for (const kb of [1, 63, 64, 65, 300]) {
      const connection = await openRawConnection(door.url);
      connection.socket.write(`${head('/json', 'transfer-encoding: chunked', 'a')}${chunk(kb)}0\r\n\r\n`);
      const answer = await eventually(() =>
        connection.received().endsWith('}') ? connection.received() : undefined,
      );
      expect(answer).toContain(`{"length":${kb * KB}}`);
      connection.socket.destroy();
    }
  });

  it('counts as it comes, and is cut where it leaves the budget', async () => {
    const door = await openApp();
    const dribbled = await openRawConnection(door.url);
    dribbled.socket.write(head('/json?dribbled', 'transfer-encoding: chunked', 'a'));
    for (let sent = 0; sent < 200; sent += 20) dribbled.socket.write(chunk(20));
    await eventually(async () => (await send(door, 150)) === 429);
    expect(await send(door, 100)).toBe(200);
    dribbled.socket.write(chunk(200));
    const answer = await dribbled.ended();
    expect(answer).toMatch(/^HTTP\/1.1 429 /);
    expect(answer).toContain('"code":"too_many_requests"');
    expect(door.handled).not.toContain('/json?dribbled');
    expect(await accepted(door, 300)).toBe(true);
  });
});

it('a streamed body counts for nothing, as it is never in memory', async () => {
  const door = await openApp();
  const held = await begin(door, 300);
  const streamed = await openRawConnection(door.url);
  streamed.socket.write(
    `${head('/streamed', 'transfer-encoding: chunked', 'a', 'text/csv')}${chunk(900)}0\r\n\r\n`,
  );
  expect(await statusOf(streamed)).toBe(200);
  expect(held.received()).toBe('');
});
