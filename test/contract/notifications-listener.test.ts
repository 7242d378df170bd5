import { once } from 'node:events';
import pg from 'pg';
import { afterEach, beforeEach, expect, onTestFinished, test } from 'vitest';
import {
  openNotificationsListener,
  type NotificationsListener,
  type NotificationsListenerOptions,
} from '../../src/ledger/database/notifications-listener.ts';
import { startChildProgram } from '../support/child-program.ts';
import { eventually } from '../support/eventually.ts';
import { startFailingProxy, type FailingProxy } from '../support/failing-proxy.ts';
import type { TestDatabase } from '../support/make-database.ts';
import { createEmptyDatabase } from '../support/postgres.ts';
import { recordingLog } from '../support/recording-log.ts';

let database: TestDatabase;
let proxy: FailingProxy;
let log: ReturnType<typeof recordingLog>;
/** Goes past the proxy. */
let direct: pg.Client;

beforeEach(async () => {
  database = await createEmptyDatabase();
  proxy = await startFailingProxy(Number(new URL(database.url).port));
  log = recordingLog();
  direct = new pg.Client({ connectionString: database.url });
  await direct.connect();
});
afterEach(async () => {
  await direct.end();
  await proxy.close();
  await database.drop();
});

function open(options: Partial<NotificationsListenerOptions> = {}): NotificationsListener {
  const url = new URL(database.url);
  url.port = String(proxy.port);
  const listener = openNotificationsListener({ url: url.href, log, ...options });
  onTestFinished(() => listener.close());
  return listener;
}

/** Counts its calls from the first one on, which says that listening has begun. */
async function counting(
  listener: NotificationsListener,
  channel: string,
): Promise<{ calls: number; end: () => void }> {
  const count = { calls: 0, end: (): void => undefined };
  count.end = listener.listen(channel, () => (count.calls += 1));
  await eventually(() => count.calls === 1);
  return count;
}

const messages = (): readonly string[] => log.lines.map(({ message }) => message);

test('wakes at the notifications of its own channel, as many channels as there are', async () => {
  const listener = open();
  const events = await counting(listener, 'test_events');
  const accepted = await counting(listener, 'test_accepted');
  await direct.query('notify test_accepted');
  await eventually(() => accepted.calls === 2);
  await direct.query('notify test_events');
  await eventually(() => events.calls === 2);
  expect(accepted.calls).toBe(2);
  accepted.end();
  await direct.query('notify test_accepted; notify test_events');
  await eventually(() => events.calls === 3);
  expect(accepted.calls).toBe(2);
});

test('tells a second one on a channel that listening has begun', async () => {
  const listener = open();
  const first = await counting(listener, 'test_events');
  const second = await counting(listener, 'test_events');
  const heard = first.calls;
  await direct.query('notify test_events');
  await eventually(() => second.calls === 2);
  expect(first.calls).toBe(heard + 1);
});

test('listens again after an outage, wakes since something may have been missed, and logs it once', async () => {
  const events = await counting(open(), 'test_events');
  await proxy.cut();
  await eventually(() => messages().includes('ledger.notifications_lost'));
  await proxy.restore();
  await eventually(() => events.calls >= 2);
  const heard = events.calls;
  await direct.query('notify test_events');
  await eventually(() => events.calls > heard);
  expect(messages()).toEqual(['ledger.notifications_lost', 'ledger.notifications_back']);
});

test('takes a connection that went dead without a word for lost', async () => {
  const events = await counting(open({ checkEveryMs: 50, answerWithinMs: 300 }), 'test_events');
  proxy.abandon();
  await eventually(() => events.calls >= 2);
  await direct.query('notify test_events');
  await eventually(() => events.calls >= 3);
  // A loaded machine may not answer within 300 ms either, and is then lost and found once more.
  expect(messages().slice(0, 2)).toEqual(['ledger.notifications_lost', 'ledger.notifications_back']);
});

test('begins once the server is there, whenever that is', async () => {
  await proxy.cut();
  const listener = open();
  let calls = 0;
  listener.listen('test_events', () => (calls += 1));
  await eventually(() => messages().includes('ledger.notifications_lost'));
  listener.listen('test_accepted', () => (calls += 1));
  await proxy.restore();
  await eventually(() => calls === 2);
  expect(messages()).toEqual(['ledger.notifications_lost', 'ledger.notifications_back']);
});

test('calls nobody once it is closed', async () => {
  const listener = open();
  const events = await counting(listener, 'test_events');
  listener.close();
  const other = await counting(open(), 'test_events');
  await direct.query('notify test_events');
  await eventually(() => other.calls === 2);
  expect(events.calls).toBe(1);
  expect(messages()).toEqual([]);
});

test('refuses a name that would have to be quoted', () => {
  const listener = open();
  expect(() => listener.listen('x"; drop table', () => undefined)).toThrow('Not a channel');
});

test('does not keep the process alive', async () => {
  const program = startChildProgram('listen-alone.ts', [database.url]);
  onTestFinished(() => program.kill9());
  expect(await program.nextLine()).toBe('listening');
  program.child.stdin?.end();
  if (program.child.exitCode === null) await once(program.child, 'exit');
  expect(program.child.exitCode).toBe(0);
});
