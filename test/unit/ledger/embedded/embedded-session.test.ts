import { expect, test } from 'vitest';
import { LedgerUnavailableError } from '../../../../src/domain/unavailable.ts';
import type { DatabaseThread } from '../../../../src/ledger/embedded/database-thread.ts';
import { createEmbeddedSession } from '../../../../src/ledger/embedded/embedded-session.ts';
import { recordingLog } from '../../../support/recording-log.ts';

const BOUNDS = { turnWithinMs: 60_000, statementWithinMs: 15_000 };
const RESULT = { command: 'UPDATE', rowCount: 2, rows: [] };

/** Threads that answer every statement but `stuck`, which ends them. */
function createThreads() {
  const statements: string[] = [];
  let started = 0;
  const start = (): Promise<DatabaseThread> => {
    started += 1;
    let alive = true;
    return Promise.resolve({
      isAlive: () => alive,
      query(statement, _parameters, withinMs) {
        statements.push(statement);
        if (statement !== 'stuck') return Promise.resolve(RESULT);
        alive = false;
        return Promise.reject(new LedgerUnavailableError(`no answer within ${withinMs} ms`));
      },
      close() {
        alive = false;
        statements.push('close');
        return Promise.resolve();
      },
    });
  };
  return { start, statements, started: () => started };
}

function createSession(threads = createThreads(), beforeWrite = () => Promise.resolve()) {
  const log = recordingLog();
  return { ...threads, log, session: createEmbeddedSession({ start: threads.start, beforeWrite, log }) };
}

test('the next caller gets the session when the one before releases it, in the order of asking', async () => {
  const { session, statements } = createSession();
  const pool = session.pool(BOUNDS);
  const first = await pool.connect();
  const others = ['second', 'third'].map(async (name) => {
    const client = await session.pool(BOUNDS).connect();
    await client.query(name, []);
    client.release();
  });
  await first.query('first', []);
  await first.query('first again', []);
  expect(statements).toEqual(['first', 'first again']);
  first.release();
  await Promise.all(others);
  expect(statements).toEqual(['first', 'first again', 'second', 'third']);
});

test('a caller whose turn does not come in time is refused, and its statement never runs', async () => {
  const { session, statements } = createSession();
  const holder = await session.pool(BOUNDS).connect();
  const late = session.pool({ ...BOUNDS, turnWithinMs: 1 }).connect();
  const patient = session.pool(BOUNDS).connect();
  await expect(late).rejects.toThrow('could not start within 1 ms');
  holder.release();
  const client = await patient;
  await client.query('patient', []);
  expect(statements).toEqual(['patient']);
});

test('closing waits for the caller who has the session, and refuses later ones', async () => {
  const { session, statements } = createSession();
  const pool = session.pool(BOUNDS);
  const client = await pool.connect();
  const ended = pool.end();
  await expect(session.pool(BOUNDS).connect()).rejects.toThrow('is closed');
  await client.query('last', []);
  client.release();
  await ended;
  expect(statements).toEqual(['last', 'close']);
});

test('a session is closed once, whichever of its pools ends first', async () => {
  const { session, statements } = createSession();
  const [one, other] = [session.pool(BOUNDS), session.pool(BOUNDS)];
  (await one.connect()).release();
  await Promise.all([one.end(), other.end()]);
  expect(statements).toEqual(['close']);
});

test('after its thread ended a caller can do nothing more, and the next one gets a new thread', async () => {
  const { session, started, statements, log } = createSession();
  const unlucky = await session.pool(BOUNDS).connect();
  await expect(unlucky.query('stuck', [])).rejects.toThrow(LedgerUnavailableError);
  await expect(unlucky.query('rollback', [])).rejects.toThrow('no answer within 15000 ms');
  unlucky.release();
  const next = await session.pool(BOUNDS).connect();
  await next.query('next', []);
  next.release();
  expect({ started: started(), statements }).toEqual({ started: 2, statements: ['stuck', 'next'] });
  expect(log.lines.map(({ message }) => message)).toEqual(['ledger.thread_ended', 'ledger.thread_restarted']);
});

test('a thread that cannot be started fails its caller, and callers right behind it without another try', async () => {
  let tries = 0;
  const start = (): Promise<DatabaseThread> => {
    tries += 1;
    return Promise.reject(new LedgerUnavailableError('did not open'));
  };
  const session = createEmbeddedSession({ start, beforeWrite: () => Promise.resolve(), log: recordingLog() });
  const pool = session.pool(BOUNDS);
  const calls = [pool.connect(), pool.connect(), pool.connect()];
  for (const call of calls) await expect(call).rejects.toThrow('did not open');
  expect(tries).toBe(1);
});

test('a write is refused before it is sent, a read is not', async () => {
  const { session, statements } = createSession(createThreads(), () =>
    Promise.reject(new Error('disk full')),
  );
  const client = await session.pool(BOUNDS).connect();
  for (const write of ['insert into x', 'with y as (update z) select', 'select onboarding.accept($1)'])
    await expect(client.query(write, [])).rejects.toThrow('disk full');
  await client.query('select 1', []);
  expect(statements).toEqual(['select 1']);
});

test('a result looks as it does from pg', async () => {
  const client = await createSession().session.pool(BOUNDS).connect();
  expect(await client.query('update', [])).toEqual(RESULT);
});
