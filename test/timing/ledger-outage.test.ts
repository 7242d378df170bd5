import pg from 'pg';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { LedgerUnavailableError } from '../../src/domain/unavailable.ts';
import type { OpenLedger } from '../../src/ledger/ledger.ts';
import { openLedger } from '../../src/ledger/open-ledger.ts';
import { systemClock } from '../../src/runtime/clock.ts';
import { eventually } from '../support/eventually.ts';
import { AT, later, newAttempt, newOnboarding, present, roundWrite } from '../support/ledger-fixtures.ts';
import type { TestDatabase } from '../support/make-database.ts';
import { createTestDatabase } from '../support/postgres.ts';
import { recordingLog } from '../support/recording-log.ts';
import { newReplay } from '../support/replay-fixtures.ts';
import { startFailingProxy, type FailingProxy } from '../support/failing-proxy.ts';

const MAX_CONNECTIONS = 4;

let database: TestDatabase;
let proxy: FailingProxy;
let ledger: OpenLedger;
let log: ReturnType<typeof recordingLog>;
/** Goes past the proxy. */
let direct: pg.Client;

beforeEach(async () => {
  database = await createTestDatabase();
  const url = new URL(database.url);
  proxy = await startFailingProxy(Number(url.port));
  direct = new pg.Client({ connectionString: database.url });
  await direct.connect();
  url.port = String(proxy.port);
  log = recordingLog();
  ledger = await openLedger(
    { kind: 'postgres', url: url.href, maxConnections: MAX_CONNECTIONS },
    { awsMode: 'sandbox', partner: 'acme.example', clock: systemClock, log },
  );
});
afterEach(async () => {
  await proxy.restore();
  await ledger.close();
  await direct.end();
  await proxy.close();
  await database.drop();
});

const { id } = newOnboarding();
const REPLAY = { from: 'failed', actor: 'alice', reason: 'again', at: later(9) } as const;

const CALLS: Record<string, () => Promise<unknown>> = {
  accept: async () => ledger.accept([newOnboarding()]),
  markQueued: async () => ledger.markQueued([{ id, replays: 0 }], AT),
  get: async () => ledger.get(id),
  getMany: async () => ledger.getMany([id]),
  loadRun: async () => ledger.loadRun(id),
  saveRound: async () => ledger.saveRound(roundWrite({ id, replays: 0 }, 'provisioned')),
  list: async () => ledger.list({}, { limit: 10 }),
  attempts: async () => ledger.attempts(id),
  replay: async () => ledger.replay(id, REPLAY),
  counts: async () => ledger.counts(),
  acceptedBatch: async () => ledger.acceptedBatch({ untouchedSince: AT, limit: 1 }),
  openBatch: async () => ledger.openBatch({ untouchedSince: AT, limit: 1 }),
  cancel: async () => ledger.cancel(id, { replays: 0, actor: 'alice', reason: 'gone', at: later(9) }),
  listAudit: async () => ledger.listAudit({}, { limit: 1 }),
  takeLifts: async () => ledger.takeLifts(AT, 1),
  getImport: async () => ledger.getImport('imp_x' as never),
  saveRejects: async () => ledger.saveRejects('imp_x' as never, []),
  importRejects: async () => ledger.importRejects('imp_x' as never, { after: 0, limit: 1 }),
  saveImport: async () =>
    ledger.saveImport({
      report: {
        id: 'imp_x' as never,
        rows: 0,
        accepted: 0,
        duplicates: 0,
        rejected: 0,
        cleaned: 0,
        ignoredColumns: [],
        createdAt: AT,
      },
      file: { delimiter: ',', columns: [] },
      actor: 'alice',
    }),
  previewReplay: async () => ledger.previewReplay({ status: 'failed' }),
  createReplay: async () => ledger.createReplay(newReplay()),
  createReplayKeyed: async () =>
    ledger.createReplayKeyed(newReplay(), { key: 'k', fingerprint: 'f', answer: () => '' }),
  listReplays: async () => ledger.listReplays({}, { limit: 10 }),
  leaseReplays: async () => ledger.leaseReplays('process', 5_000),
  replaysToQueue: async () => ledger.replaysToQueue('process', 1),
  moveReplayBatch: async () =>
    ledger.moveReplayBatch(newReplay().id, { holder: 'process', limit: 1, at: AT }),
  ping: async () => ledger.ping(),
};

async function expectUnavailable(call: () => Promise<unknown>): Promise<LedgerUnavailableError> {
  const startedAt = performance.now();
  const error: unknown = await call().then(
    () => 'an answer',
    (thrown: unknown) => thrown,
  );
  expect(error).toBeInstanceOf(LedgerUnavailableError);
  expect(performance.now() - startedAt).toBeLessThan(2_000);
  return error as LedgerUnavailableError;
}

describe('while the database is down', () => {
  test('every call says so within two seconds, and works again once it is back', async () => {
    await Promise.all(Object.values(CALLS).map(async (call) => call()));
    await proxy.cut();
    for (const call of Object.values(CALLS)) {
      const error = await expectUnavailable(call);
      expect(error.cause).toBeInstanceOf(Error);
    }
    await proxy.restore();
    for (const call of Object.values(CALLS)) await call();
    expect(log.lines.map(({ message }) => message)).toContain('ledger.connection_lost');
  });

  test('calls that are under way end as unavailable when the connection breaks', async () => {
    await direct.query('begin; lock table onboarding.onboardings');
    const calls = [CALLS['accept']!, CALLS['replay']!, CALLS['saveRound']!].map(expectUnavailable);
    await waitingForALock();
    await proxy.cut();
    await Promise.all(calls);
    await direct.query('rollback');
  });
});

describe('while the database does not answer', () => {
  test('every call says so within two seconds, all at once, and works again once it is back', async () => {
    await ledger.ping();
    await proxy.freeze();
    await Promise.all(Object.values(CALLS).map(expectUnavailable));
    await proxy.restore();
    await eventually(async () =>
      ledger.ping().then(
        () => true,
        () => false,
      ),
    );
    await Promise.all(Object.values(CALLS).map(async (call) => call()));
  });

  test('connections that went dead without a word are replaced', async () => {
    await Promise.all(Array.from({ length: MAX_CONNECTIONS }, async () => ledger.counts()));
    proxy.abandon();
    await Promise.all(
      Array.from({ length: MAX_CONNECTIONS }, async () => expectUnavailable(async () => ledger.ping())),
    );
    await eventually(async () =>
      ledger.ping().then(
        () => true,
        () => false,
      ),
    );
  });

  test('waiting for a connection and then for a statement is still one wait', async () => {
    await direct.query('begin; lock table onboarding.onboardings');
    // Two at a time: single ones would go out together, over one connection.
    const accepting = async (): Promise<unknown> => ledger.accept([newOnboarding(), newOnboarding()]);
    const blocking = Array.from({ length: MAX_CONNECTIONS }, async () => expectUnavailable(accepting));
    await waitingForALock(MAX_CONNECTIONS);
    await expectUnavailable(accepting);
    await Promise.all(blocking);
    await direct.query('rollback');
  });

  test('a statement that waits for a lock is given up, and never takes effect later', async () => {
    const request = newOnboarding();
    await direct.query('begin; lock table onboarding.onboardings');
    await expectUnavailable(async () => ledger.accept([request]));
    await direct.query('rollback');
    await eventually(async () => (await lockWaiters()) === 0);
    expect(await ledger.get(request.id)).toBeUndefined();
  });
});

describe('when a connection dies in the middle', () => {
  test('a replay that was half written is not there', async () => {
    const request = newOnboarding();
    await ledger.accept([request]);
    await ledger.saveRound(roundWrite({ ...request, replays: 0 }, 'failed', { attempts: [newAttempt()] }));
    const before = await present(ledger, request);
    await direct.query('begin; lock table onboarding.audit');
    const replaying = expectUnavailable(async () => ledger.replay(request.id, REPLAY));
    await waitingForALock();
    await direct.query(
      `select pg_terminate_backend(pid) from pg_stat_activity
       where datname = current_database() and wait_event_type = 'Lock'`,
    );
    await replaying;
    await direct.query('rollback');
    expect(await present(ledger, request)).toEqual(before);
    expect((await direct.query('select from onboarding.audit')).rowCount).toBe(0);
    expect(await ledger.replay(request.id, REPLAY)).toMatchObject({ kind: 'queued' });
  });
});

test('a bug is not taken for an outage', async () => {
  const request = newOnboarding({ account: 'not an account' });
  const error: unknown = await ledger.accept([request]).catch((thrown: unknown) => thrown);
  expect(error).not.toBeInstanceOf(LedgerUnavailableError);
  expect(error).toMatchObject({ constraint: 'onboardings_account_check' });
});

async function lockWaiters(): Promise<number> {
  // Within a transaction the view shows for ever what it showed first.
  await direct.query('select pg_stat_clear_snapshot()');
  const { rows } = await direct.query<{ count: string }>(
    `select count(*) from pg_stat_activity where datname = current_database() and wait_event_type = 'Lock'`,
  );
  return Number(rows[0]?.count);
}

async function waitingForALock(atLeast = 1): Promise<void> {
  await eventually(async () => (await lockWaiters()) >= atLeast);
}
