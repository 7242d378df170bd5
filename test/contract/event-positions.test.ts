import pg from 'pg';
import { afterEach, beforeEach, describe, expect, onTestFinished, test } from 'vitest';
import type { OnboardingEvent } from '../../src/domain/onboarding.ts';
import type { OpenLedger } from '../../src/ledger/ledger.ts';
import { openLedger } from '../../src/ledger/open-ledger.ts';
import { createFollowing } from '../../src/operations/following.ts';
import { systemClock } from '../../src/runtime/clock.ts';
import { eventually } from '../support/eventually.ts';
import { newOnboarding } from '../support/ledger-fixtures.ts';
import type { TestDatabase } from '../support/make-database.ts';
import { createTestDatabase } from '../support/postgres.ts';
import { recordingLog } from '../support/recording-log.ts';

/** What only several connections can show. */
let database: TestDatabase;
beforeEach(async () => {
  database = await createTestDatabase();
});
afterEach(async () => database.drop());

async function open(): Promise<OpenLedger & { log: ReturnType<typeof recordingLog> }> {
  const log = recordingLog();
  const ledger = await openLedger(
    { kind: 'postgres', url: database.url, maxConnections: 4 },
    { awsMode: 'sandbox', partner: 'acme.example', clock: systemClock, log },
  );
  onTestFinished(() => ledger.close());
  return { ...ledger, log };
}

function keepPositions({ events }: OpenLedger): void {
  const stopping = new AbortController();
  const kept = events.keepPositions(stopping.signal);
  onTestFinished(async () => {
    stopping.abort();
    await kept;
  });
}

async function connect(): Promise<pg.Client> {
  const client = new pg.Client({ connectionString: database.url });
  await client.connect();
  client.on('error', () => undefined);
  onTestFinished(() => client.end());
  return client;
}

/** Everything that the one reader of a process tells, from the moment when it has begun. */
async function follow({
  events: feed,
  log,
}: Awaited<ReturnType<typeof open>>): Promise<readonly OnboardingEvent[]> {
  const seen: OnboardingEvent[] = [];
  let begun = false;
  const leave = createFollowing({ feed, clock: systemClock, log }).follow({
    begins: () => (begun = true),
    events: (events) => seen.push(...events),
    reset: (position) => {
      throw new Error(`reset to ${position}`);
    },
  });
  onTestFinished(leave);
  await eventually(() => begun);
  return seen;
}

const touch = (id: string, note: string): string =>
  `update onboarding.onboardings set customer_id = '${note}', attempts = attempts + 1 where id = '${id}'`;

describe('positions', () => {
  test('are given after commit, so that a reader misses nothing of what commits out of order', async () => {
    const ledger = await open();
    keepPositions(ledger);
    const [early, late] = [newOnboarding(), newOnboarding()];
    await ledger.accept([early, late]);
    await eventually(async () => (await ledger.events.newest()) === 2);
    const seen = await follow(ledger);
    const [first, second] = await Promise.all([connect(), connect()]);
    await first.query('begin');
    await first.query(touch(early.id, 'changed first'));
    await second.query(touch(late.id, 'changed second, committed first'));
    await eventually(() => seen.length === 1);
    expect(seen[0]).toMatchObject({ position: 3, onboarding: { id: late.id } });
    await first.query(touch(early.id, 'changed again'));
    await first.query('commit');
    await eventually(() => seen.length === 3);
    expect(seen.map(({ position, onboarding: { id, attempts } }) => [position, id, attempts])).toEqual([
      [3, late.id, 1],
      [4, early.id, 1],
      [5, early.id, 2],
    ]);
  });

  test('are each given once and without a gap by processes that write, give and read at the same time', async () => {
    const processes = await Promise.all([open(), open(), open()]);
    processes.forEach(keepPositions);
    const readers = await Promise.all(processes.map(follow));
    const requests = Array.from({ length: 30 }, () => newOnboarding());
    await processes[0].accept(requests);
    const writers = await Promise.all(Array.from({ length: 6 }, connect));
    // Beside the processes, so that giving collides all the time.
    const givers = await Promise.all(Array.from({ length: 4 }, connect));
    let written = false;
    const giving = givers.map(async (giver) => {
      while (!written) await giver.query('select onboarding.give_positions(3)');
    });
    await Promise.all(
      writers.map(async (writer) => {
        for (let turn = 0; turn < 40; turn += 1) {
          const some = [...requests].sort(() => Math.random() - 0.5).slice(0, 3);
          const ids = some.map(({ id }) => id).sort();
          await writer.query('begin');
          for (const id of ids) await writer.query(touch(id, 'x'));
          await writer.query(turn % 5 === 0 ? 'rollback' : 'commit');
        }
      }),
    );
    written = true;
    await Promise.all(giving);
    const total = 30 + 6 * 32 * 3;
    for (const seen of readers) {
      await eventually(() => seen.length >= total, { withinMs: 90_000 });
      expect(seen.map(({ position }) => position)).toEqual(Array.from({ length: total }, (_, n) => n + 1));
      for (const { id } of requests) {
        const counts = seen
          .filter(({ onboarding }) => onboarding.id === id)
          .map((e) => e.onboarding.attempts);
        // Each onboarding's own changes come in the order in which they were made.
        expect(counts).toEqual(counts.map((_, index) => index));
      }
    }
  }, 60_000);

  test('are given by others when the connection that gives them hangs and dies', async () => {
    const [ledger, other] = await Promise.all([open(), open()]);
    const [request, next] = [newOnboarding(), newOnboarding()];
    await ledger.accept([request]);
    const hanging = await connect();
    await hanging.query('begin; select onboarding.give_positions(100)');
    [ledger, other].forEach(keepPositions);
    await other.accept([next]);
    await eventually(() => ledger.log.lines.some(({ message }) => message === 'events.waiting_for_ledger'));
    expect(await ledger.events.newest()).toBe(0);
    const { rows } = await hanging.query<{ pid: number }>('select pg_backend_pid() as pid');
    await (await connect()).query(`select pg_terminate_backend(${rows[0]!.pid})`);
    await eventually(async () => (await ledger.events.newest()) === 2);
    const page = await ledger.events.read(0, 10);
    expect(page.kind === 'events' && page.events.map((e) => [e.position, e.onboarding.id])).toEqual([
      [1, request.id],
      [2, next.id],
    ]);
  });

  test('that another process gave ring the readers of this one', async () => {
    const [reader, writer] = await Promise.all([open(), open()]);
    keepPositions(writer);
    const bell = reader.events.bell();
    onTestFinished(() => bell.close());
    // Listening begins with a ring.
    await bell.wait(20_000);
    await writer.accept([newOnboarding()]);
    // Longer than the test may take.
    await bell.wait(600_000);
    expect(await reader.events.newest()).toBe(1);
  });

  test('reach a reader that no notification reaches', async () => {
    const [deaf, writer] = await Promise.all([open(), open()]);
    keepPositions(writer);
    const seen = await follow({ ...deaf, events: { ...deaf.events, bell: () => deafBell } });
    await writer.accept([newOnboarding()]);
    await eventually(() => seen.length === 1);
  });
});

/** As behind a proxy that pools transactions: nothing rings, only time passes. */
const deafBell = { wait: (withinMs: number) => systemClock.sleep(withinMs), close: () => undefined };
