import { afterAll, beforeAll, describe, expect, it, onTestFinished } from 'vitest';
import { openFrontDoor } from '../../src/api/http/front-door.ts';
import { eventually } from '../support/eventually.ts';
import { exchange, openRawConnection } from '../support/raw-http.ts';
import { startService, TOKENS, type RunningService } from '../support/running-service.ts';

let service: RunningService;
beforeAll(async () => {
  service = await startService({ workers: [], stopWith: afterAll });
});

const LISTS = ['/v1/onboardings', '/v1/replays', '/v1/deliveries', '/v1/audit'];

/** What the fuzz of the interface once broke something with. */
describe('a hostile call', () => {
  it.each([
    ['NUL in an import’s id', '/v1/imports/%00', 404],
    ['NUL in the id before its errors', '/v1/imports/a%00b/errors', 404],
    ['an offset that PostgreSQL does not take', '/v1/onboardings?from=2026-01-01T00:00:00-20:39', 200],
    ['the year 0', '/v1/onboardings?from=0000-01-01T00:00:00Z', 400],
    ['a year before the year 0', '/v1/onboardings?from=0000-01-01T00:00:00%2B10:00', 400],
    ['a year with five digits', '/v1/onboardings?to=9999-12-31T23:59:59-10:00', 400],
  ])('with %s is answered: %s', async (_what, url, status) => {
    const reply = await service.call({ url });
    expect(reply.statusCode, reply.body).toBe(status);
    expect(service.log.lines.filter(({ message }) => message === 'http.failed')).toEqual([]);
  });

  it.each(['NaN', 'Infinity', '-1', '1e400', '5s', '5&PARAMETER=6'])(
    'with %s for a number is refused, whichever parameter it is',
    async (text) => {
      for (const url of ['/v1/onboardings/onb_1?wait', ...LISTS.map((list) => `${list}?limit`)]) {
        const parameter = url.split('?')[1] ?? '';
        const reply = await service.call({ url: `${url}=${text.replace('PARAMETER', parameter)}` });
        expect([url, reply.statusCode]).toEqual([url, 400]);
        expect(JSON.parse(reply.body)).toMatchObject({ code: 'invalid_request', field: parameter });
      }
    },
  );

  it('with a body’s header on a GET is answered as any other', async () => {
    const headers = { 'content-encoding': 'gzip', 'content-type': 'text/plain' };
    expect((await service.call({ url: '/v1/stats', headers })).statusCode).toBe(200);
  });

  it('filters in whatever zone the caller writes', async () => {
    const page = await service.call({
      url: '/v1/onboardings?from=2026-01-01T00:00:00%2B14:00&to=9998-01-01T00:00:00-12:00',
    });
    expect(page.statusCode).toBe(200);
  });
});

describe('a request that cannot be read', () => {
  it.each([
    ['GET', /^\{.*"code":"invalid_request"/],
    ['HEAD', /^$/],
  ])(
    'is answered with what is wrong, and without a body where it asks for none: %s',
    async (method, body) => {
      const door = await openFrontDoor('127.0.0.1', 0);
      onTestFinished(() => door.close(0));
      const answer = await exchange(
        door.url,
        Buffer.from(`${method} v1/stats HTTP/1.1\r\nhost: here\r\n\r\n`),
      );
      expect(answer?.status).toBe(400);
      expect(Number(answer?.headers['content-length'])).toBeGreaterThan(0);
      expect(answer?.body).toMatch(body);
    },
  );
});

describe('an upload that breaks before all of it is there', () => {
  it.each([
    ['application/x-ndjson', Buffer.from('PK\x03\x04'), '400', 'invalid_request'],
    ['text/csv', Buffer.from('account,name\n'), '400', 'invalid_request'],
  ])('is answered with what is wrong: %s', async (type, bytes, status, code) => {
    const door = await openFrontDoor('127.0.0.1', 0);
    onTestFinished(() => door.close(0));
    door.admit((incoming, response) => service.app.routing(incoming, response));
    const connection = await openRawConnection(door.url);
    const { socket } = connection;
    const rest = 100_000;
    const head = [
      'POST /v1/imports HTTP/1.1',
      'host: here',
      'connection: close',
      `authorization: Bearer ${TOKENS.admin}`,
      `content-type: ${type}`,
      `content-length: ${bytes.length + rest}`,
    ];
    socket.write(`${head.join('\r\n')}\r\n\r\n`);
    socket.write(bytes);
    await eventually(() => connection.received().includes('\r\n\r\n{'));
    socket.write('x'.repeat(rest));
    const answer = await connection.ended();
    expect(answer.slice(0, 12)).toBe(`HTTP/1.1 ${status}`);
    expect(answer).toContain(`"code":"${code}"`);
  });
});
