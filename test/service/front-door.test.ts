import { fastify, type FastifyInstance } from 'fastify';
import { setTimeout as delay } from 'node:timers/promises';
import { describe, expect, it, onTestFinished } from 'vitest';
import { registerBodyPace } from '../../src/api/http/body-limits.ts';
import { openFrontDoor, type FrontDoor } from '../../src/api/http/front-door.ts';
import { eventually } from '../support/eventually.ts';
import { openRawConnection, type RawConnection } from '../support/raw-http.ts';

const QUICK = { headersTimeoutMs: 300, checkEveryMs: 50, silenceTimeoutMs: 60_000 };
const PACE = { windowMs: 400, leastBytes: 2_000 };

async function openDoor(limits = QUICK): Promise<FrontDoor> {
  const door = await openFrontDoor('127.0.0.1', 0, { limits });
  onTestFinished(() => door.close(0));
  return door;
}

/** A door with an app behind it that reads JSON, streams, and refuses before it reads. */
async function openApp(limits = QUICK): Promise<FrontDoor> {
  const app: FastifyInstance = fastify();
  registerBodyPace(app, PACE);
  app.addContentTypeParser('text/csv', (_request, payload, done) => done(null, payload));
  app.post('/json', () => 'read');
  app.post(
    '/refused',
    { config: { streamed: true }, onRequest: async (_request, reply) => reply.code(401).send('no') },
    () => 'never',
  );
  app.post('/streamed', { config: { streamed: true } }, async (request) => {
    let bytes = 0;
    for await (const chunk of request.body as AsyncIterable<Buffer>) bytes += chunk.length;
    return { bytes };
  });
  app.post('/slow-reader', { config: { streamed: true } }, async (request) => {
    // Longer than a window, without reading.
    await delay(2.5 * PACE.windowMs);
    let bytes = 0;
    for await (const chunk of request.body as AsyncIterable<Buffer>) bytes += chunk.length;
    return { bytes };
  });
  await app.ready();
  onTestFinished(() => app.close());
  const door = await openDoor(limits);
  door.admit((request, response) => app.routing(request, response));
  return door;
}

const head = (path: string, type: string, more = 'transfer-encoding: chunked'): string =>
  `POST ${path} HTTP/1.1\r\nhost: here\r\ncontent-type: ${type}\r\n${more}\r\n\r\n`;
const chunk = (text: string): string => `${text.length.toString(16)}\r\n${text}\r\n`;
const LAST = '0\r\n\r\n';

/** Writes a chunk every so often until told to stop or cut off. */
function dribble(connection: RawConnection, bytes: number, everyMs: number): () => void {
  const timer = setInterval(() => {
    if (connection.socket.writable) connection.socket.write(chunk('x'.repeat(bytes)));
  }, everyMs);
  onTestFinished(() => clearInterval(timer));
  return () => clearInterval(timer);
}

const problemIn = (answer: string): unknown => JSON.parse(answer.slice(answer.indexOf('\r\n\r\n')));

it('answers health checks below a path while the service starts', async () => {
  const door = await openFrontDoor('127.0.0.1', 0, { basePath: '/onboard' });
  onTestFinished(() => door.close(0));
  const statusOf = async (path: string): Promise<number> => (await fetch(door.url + path)).status;
  expect(await statusOf('/onboard/healthz')).toBe(200);
  expect(await statusOf('/healthz')).toBe(200);
  expect(await statusOf('/other/healthz')).toBe(503);
});

describe('whoever connects', () => {
  it('and says nothing is let go', async () => {
    const connection = await openRawConnection((await openDoor()).url);
    expect(await connection.ended(3_000)).toContain('408');
  });

  it('and dribbles headers is told 408 and cut', async () => {
    const connection = await openRawConnection((await openDoor()).url);
    const timer = setInterval(() => connection.socket.write('x: y\r\n'), 50);
    onTestFinished(() => clearInterval(timer));
    connection.socket.write('GET / HTTP/1.1\r\n');
    const answer = await connection.ended(3_000);
    expect(answer).toMatch(/^HTTP\/1.1 408 Request Timeout\r\n/);
    expect(answer).toContain('content-type: application/problem+json');
    expect(problemIn(answer)).toMatchObject({ status: 408, code: 'request_timeout' });
  });

  it('and falls silent in the middle is cut', async () => {
    const door = await openApp({ ...QUICK, silenceTimeoutMs: 300 });
    const connection = await openRawConnection(door.url);
    connection.socket.write(head('/json', 'application/json', 'content-length: 5'));
    expect(await connection.ended(3_000)).toBe('');
  });

  it.each([
    ['16 KB of headers', `GET / HTTP/1.1\r\nhost: here\r\nx: ${'y'.repeat(17_000)}\r\n\r\n`],
    ['16 KB of address', `GET /${'y'.repeat(17_000)} HTTP/1.1\r\nhost: here\r\n\r\n`],
    ['100 headers', `GET / HTTP/1.1\r\nhost: here\r\n${'x: y\r\n'.repeat(100)}\r\n`],
  ])('and sends more than %s is told 431 and cut', async (_what, bytes) => {
    const connection = await openRawConnection((await openDoor()).url);
    connection.socket.write(bytes);
    const answer = await connection.ended();
    expect(answer).toMatch(/^HTTP\/1.1 431 /);
    expect(answer).toContain('x-content-type-options: nosniff');
    expect(problemIn(answer)).toMatchObject({ status: 431, code: 'headers_too_large' });
  });

  it.each([
    ['words', 'hello there\r\n\r\n'],
    ['two lengths', 'POST / HTTP/1.1\r\nhost: a\r\ncontent-length: 3\r\ncontent-length: 4\r\n\r\nabc'],
    [
      'a length and chunks',
      `POST / HTTP/1.1\r\nhost: a\r\ncontent-length: 3\r\ntransfer-encoding: chunked\r\n\r\n${LAST}`,
    ],
    ['NUL in a header', 'GET / HTTP/1.1\r\nhost: a\r\nx: a\0b\r\n\r\n'],
    ['HTTP/2', 'PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n'],
  ])('and does not speak HTTP is told so and cut: %s', async (_what, bytes) => {
    const connection = await openRawConnection((await openDoor()).url);
    connection.socket.write(bytes);
    expect(problemIn(await connection.ended())).toMatchObject({ status: 400, code: 'invalid_request' });
  });
});

describe('a body', () => {
  it('that dribbles is cut after one window with 408', async () => {
    const connection = await openRawConnection((await openApp()).url);
    connection.socket.write(head('/json', 'application/json'));
    dribble(connection, 3_000, 50);
    const answer = await connection.ended(3_000);
    expect(problemIn(answer)).toMatchObject({ status: 408, code: 'request_timeout', field: 'body' });
  });

  it('whose call was refused cannot be sent on for ever', async () => {
    const connection = await openRawConnection((await openApp()).url);
    connection.socket.write(head('/refused', 'text/csv'));
    dribble(connection, 3_000, 50);
    expect(await connection.ended(3_000)).toContain('401');
  });

  it('that is streamed may take many windows while it makes progress', async () => {
    const connection = await openRawConnection((await openApp()).url);
    connection.socket.write(head('/streamed', 'text/csv'));
    const before = Date.now();
    const stop = dribble(connection, 1_000, 50);
    await eventually(() => Date.now() - before > 3 * PACE.windowMs);
    stop();
    connection.socket.write(LAST);
    const answer = await eventually(() => connection.received() || undefined);
    expect(answer).toContain('200 OK');
    expect(answer).toMatch(/"bytes":\d{5}/);
  });

  it('that is streamed and dribbles is cut', async () => {
    const connection = await openRawConnection((await openApp()).url);
    connection.socket.write(head('/streamed', 'text/csv'));
    dribble(connection, 10, 50);
    expect(problemIn(await connection.ended(3_000))).toMatchObject({ code: 'request_timeout' });
  });

  it('that waits for us is not cut', async () => {
    const connection = await openRawConnection((await openApp()).url);
    const bytes = 1_000_000;
    connection.socket.write(head('/slow-reader', 'text/csv', `content-length: ${bytes}`));
    connection.socket.write('x'.repeat(bytes));
    const answer = await eventually(() => connection.received() || undefined);
    expect(answer).toContain(`"bytes":${bytes}`);
  });
});
