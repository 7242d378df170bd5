import pg from 'pg';
import { afterAll, beforeAll, describe, expect, it, onTestFinished } from 'vitest';
import { STREAMS_PER_TOKEN } from '../../src/api/http/event-streams.ts';
import { openFrontDoor, type FrontDoor } from '../../src/api/http/front-door.ts';
import type { Onboarding } from '../../src/domain/onboarding.ts';
import { onboardingOf, openEventClient, type EventClient } from '../support/event-client.ts';
import { eventually } from '../support/eventually.ts';
import { parseExposition } from '../support/exposition.ts';
import {
  idOf,
  request,
  startService,
  TOKENS,
  type RunningOptions,
  type RunningService,
} from '../support/running-service.ts';
import { openTcpProxy } from '../support/tcp-proxy.ts';

interface Listening extends RunningService {
  readonly door: FrontDoor;
  /** Goes past the service. */
  readonly sql: pg.Client;
  follow(options?: { path?: string; lastEventId?: string | undefined }): Promise<EventClient>;
}

/** A service that listens on a port, with a connection to its database. */
async function startListening(options: RunningOptions = {}): Promise<Listening> {
  let url = '';
  const service = await startService({
    ...options,
    databaseThrough(address) {
      url = address;
      return options.databaseThrough?.(address) ?? address;
    },
  });
  const door = await openFrontDoor('127.0.0.1', 0);
  door.admit((incoming, response) => service.app.routing(incoming, response));
  onTestFinished(() => door.close(0));
  const sql = new pg.Client({ connectionString: url });
  await sql.connect();
  sql.on('error', () => undefined);
  onTestFinished(() => sql.end());
  const follow: Listening['follow'] = async (more) =>
    openEventClient(door.url, { token: TOKENS.viewer, ...more });
  return { ...service, door, sql, follow };
}

const isEnd = (id: string) => (events: readonly { data: unknown }[]) =>
  events.some(({ data }) => {
    const { id: which, status } = data as Onboarding;
    return which === id && ['provisioned', 'failed'].includes(status);
  });

const numbers = (first: number, last: number): readonly number[] =>
  Array.from({ length: last - first + 1 }, (_, index) => first + index);

describe('a stream of events', () => {
  it('is given to one token fifty times and no more, and to another one all the same', async () => {
    const service = await startListening({ workers: [] });
    const streams = await Promise.all(Array.from({ length: STREAMS_PER_TOKEN }, () => service.follow()));
    expect(new Set(streams.map(({ response }) => response.statusCode))).toEqual(new Set([200]));
    const refused = await service.call({ url: '/v1/events', token: TOKENS.viewer });
    expect(refused.statusCode).toBe(429);
    expect(refused.headers['retry-after']).toBe('10');
    expect(JSON.parse(refused.body)).toMatchObject({
      code: 'too_many_requests',
      detail: expect.stringContaining('This token has 50 open streams') as string,
    });
    const other = await openEventClient(service.door.url, { token: TOKENS.operator });
    expect(other.response.statusCode).toBe(200);
  });

  it('opens at once, and tells every change of an onboarding from then on', async () => {
    const service = await startListening();
    const before = idOf(await service.post(request('before')));
    await service.until(before, 'provisioned');
    await eventually(async () => (await service.sql.query('select from onboarding.changes')).rowCount === 0);
    const client = await service.follow();
    expect(client.response.headers).toMatchObject({
      'content-type': 'text/event-stream; charset=utf-8',
      'cache-control': 'no-store',
      'x-accel-buffering': 'no',
    });
    await eventually(() => client.lastEventId() !== undefined);
    expect(client.lines.slice(0, 3)).toEqual([': connected', 'retry: 2000', '']);
    const from = Number(client.lastEventId());
    const id = idOf(await service.post(request('cme-4', { customerId: 'ünïcödé', metadata: { a: 'b' } })));
    const events = await client.until(isEnd(id));
    expect(events.map((event) => event.id)).toEqual(numbers(from + 1, from + events.length));
    expect(new Set(events.map(({ name }) => name))).toEqual(new Set(['onboarding']));
    const told = events.map(onboardingOf);
    expect(told.map((onboarding) => onboarding.id)).toEqual(told.map(() => id));
    expect(told.map(({ status }) => status)).toEqual(
      expect.arrayContaining(['queued', 'retrying', 'provisioned']),
    );
    expect(told.at(-1)).toEqual(await service.onboarding(id));
  });

  it('is resumed without a gap or a repetition, however often it is cut while others write', async () => {
    const service = await startListening();
    const steady = await service.follow();
    await eventually(() => steady.lastEventId() !== undefined);
    let lastEventId = steady.lastEventId();
    const posted = Promise.all(
      Array.from({ length: 120 }, async (_, n) => {
        await eventually(() => steady.events.length >= 2 * (n - 20));
        return idOf(await service.post(request(n % 3 === 0 ? 'limit' : 'ok')));
      }),
    );
    const seen: number[] = [];
    const cuts = 6;
    for (let cut = 1; cut <= cuts; cut += 1) {
      // By turns in the header and in the address.
      const client = await service.follow(
        cut % 2 === 0 ? { lastEventId } : { path: `/v1/events?lastEventId=${lastEventId}` },
      );
      await client.until((events) => events.length >= 20);
      client.kill();
      await eventually(() => client.ended());
      seen.push(...client.events.map(({ id }) => id));
      lastEventId = client.lastEventId();
    }
    const ids = await posted;
    await steady.until((events) => ids.every((id) => isEnd(id)(events)));
    const last = await service.follow({ lastEventId });
    const through = steady.events.at(-1)!.id;
    await last.until((events) => events.some(({ id }) => id >= through));
    seen.push(...last.events.map(({ id }) => id));
    expect(seen).toEqual(numbers(seen[0]!, seen.at(-1)!));
    expect(steady.events.map(({ id }) => id)).toEqual(numbers(seen[0]!, through));
  });

  it('tells a client from before what is kept that it has missed some, and continues', async () => {
    const service = await startListening();
    await service.until(idOf(await service.post(request('ok'))), 'provisioned');
    await eventually(async () => (await service.sql.query('select from onboarding.changes')).rowCount === 0);
    const { rows } = await service.sql.query<{ given: string }>(
      'select given from onboarding.event_positions',
    );
    const given = Number(rows[0]!.given);
    expect(given).toBeGreaterThan(1);
    await service.sql.query(
      'update onboarding.event_positions set pruned = 2; delete from onboarding.events where position <= 2',
    );
    const [old, invented] = await Promise.all([
      service.follow({ lastEventId: '1' }),
      service.follow({ path: '/v1/events?lastEventId=987654321' }),
    ]);
    // The response begins before the position is read, which must not be that of a later end.
    await Promise.all([old, invented].map((client) => client.until((events) => events.length === 1)));
    const id = idOf(await service.post(request('ok')));
    for (const client of [old, invented]) {
      const [first, ...others] = await client.until(isEnd(id));
      expect(first).toEqual({ id: given, name: 'reset', data: { position: given } });
      expect(others.map((event) => event.id)).toEqual(numbers(given + 1, given + others.length));
    }
    const kept = await service.follow({ lastEventId: '2' });
    expect((await kept.until(isEnd(id)))[0]).toMatchObject({ id: 3, name: 'onboarding' });
  });

  it('tells only of one Region or status when asked so', async () => {
    const service = await startListening();
    const [there, failed] = await Promise.all([
      service.follow({ path: '/v1/events?region=eu-west-1&lastEventId=0' }),
      service.follow({ path: '/v1/events?status=failed&lastEventId=0' }),
    ]);
    const eu = idOf(await service.post(request('ok', { region: 'eu-west-1' })));
    const bad = idOf(await service.post(request('limit')));
    await there.until(isEnd(eu));
    await failed.until(isEnd(bad));
    expect(new Set(there.events.map((event) => onboardingOf(event).region))).toEqual(new Set(['eu-west-1']));
    expect(failed.events.map((event) => onboardingOf(event).id)).toEqual([bad]);
  });

  it('is cut when its client is a megabyte behind, and is resumed where the client was', async () => {
    const service = await startListening({ workers: [] });
    const note = 'x'.repeat(7_000);
    await Promise.all(
      Array.from({ length: 40 }, async () => service.post(request('ok', { metadata: { note } }))),
    );
    const slow = await service.follow();
    await eventually(() => slow.lastEventId() !== undefined);
    const from = Number(slow.lastEventId());
    slow.response.pause();
    const endOf = async (end: string): Promise<number> =>
      parseExposition((await service.call({ url: '/metrics' })).body).value(
        'onboard_event_streams_ended_total',
        { end },
      ) ?? 0;
    // What lies in the buffers of the operating system does not count, so it takes some more.
    await eventually(
      async () => {
        await service.sql.query('update onboarding.onboardings set updated_at = now()');
        return (await endOf('behind')) === 1;
      },
      { withinMs: 90_000 },
    );
    slow.response.resume();
    await eventually(() => slow.ended());
    const again = await service.follow({ lastEventId: slow.lastEventId() });
    const { rows } = await service.sql.query<{ given: string }>(
      'select given from onboarding.event_positions',
    );
    await again.until((events) => events.some(({ id }) => id >= Number(rows[0]!.given)));
    const seen = [...slow.events, ...again.events].map(({ id }) => id);
    // The first ones may have come while their position was being looked at.
    expect(seen[0]).toBeLessThanOrEqual(from + 1);
    expect(seen).toEqual(numbers(seen[0]!, seen.at(-1)!));
  });

  it('ends at once when the process stops, and so does its connection', async () => {
    const service = await startListening({ workers: [] });
    const clients = await Promise.all([
      service.follow(),
      service.follow(),
      service.follow({ lastEventId: '0' }),
    ]);
    await eventually(() => clients[0].lastEventId() !== undefined);
    const stopped = service.stop();
    // Longer than the test may take.
    await service.door.close(600_000);
    await eventually(() => clients.every((client) => client.ended()));
    expect(clients.map(({ response }) => response.complete)).toEqual([true, true, true]);
    await stopped;
  });

  it('stays open while the ledger is away, and misses nothing of that time', async () => {
    const proxy = await openTcpProxy();
    const service = await startListening({ databaseThrough: (url) => proxy.through(url), workers: [] });
    const { id } = JSON.parse((await service.post(request('ok'))).body) as Onboarding;
    const client = await service.follow();
    await eventually(() => client.lastEventId() !== undefined);
    proxy.cut();
    await eventually(() => service.log.lines.some(({ message }) => message === 'events.not_read'));
    const direct = service.sql;
    await direct.query(`update onboarding.onboardings set lane = 'bulk' where id = '${id}'`);
    proxy.heal();
    await client.until((events) => events.some((event) => onboardingOf(event).lane === 'bulk'));
    expect(client.ended()).toBe(false);
  });
});

describe('a request for events', () => {
  let service: RunningService;
  beforeAll(async () => {
    service = await startService({ workers: [], stopWith: afterAll });
  });

  it.each([
    ['/v1/events?lastEventId=x', 'lastEventId'],
    ['/v1/events?lastEventId=-1', 'lastEventId'],
    ['/v1/events?lastEventId=1234567890123456', 'lastEventId'],
    ['/v1/events?status=done', 'status'],
    ['/v1/events?since=1', 'since'],
  ])('is refused with the field: %s', async (url, field) => {
    const reply = await service.call({ url, token: TOKENS.viewer });
    expect(reply.statusCode).toBe(400);
    expect(JSON.parse(reply.body)).toMatchObject({ code: 'invalid_request', field });
  });

  it('is refused for a header that is no id', async () => {
    const reply = await service.call({ url: '/v1/events', headers: { 'last-event-id': 'abc' } });
    expect(reply.statusCode).toBe(400);
    expect(JSON.parse(reply.body)).toMatchObject({ code: 'invalid_request', field: 'last-event-id' });
  });
});
