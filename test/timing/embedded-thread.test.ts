import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { monitorEventLoopDelay } from 'node:perf_hooks';
import type { PostgresPool } from 'kysely';
import { beforeAll, describe, expect, test } from 'vitest';
import { LedgerUnavailableError } from '../../src/domain/unavailable.ts';
import { openEmbeddedDatabase } from '../../src/ledger/embedded/embedded-database.ts';
import type { EmbeddedSession } from '../../src/ledger/embedded/embedded-session.ts';
import { copyMadeLedger } from '../support/data-dir.ts';
import { recordingLog } from '../support/recording-log.ts';

const ENDLESS = 'do $$ begin loop end loop; end $$';
/** Neither is reached by a statement of these tests but the endless one. */
const PATIENT = { turnWithinMs: 60_000, statementWithinMs: 60_000 };
const IMPATIENT = { turnWithinMs: 60_000, statementWithinMs: 1_500 };

async function rowsOf(pool: PostgresPool, statement: string): Promise<readonly unknown[]> {
  const client = await pool.connect();
  try {
    return (await client.query<unknown>(statement, [])).rows;
  } finally {
    client.release();
  }
}

describe('the thread of the embedded database', { timeout: 120_000 }, () => {
  const log = recordingLog();
  let dir: string;
  let session: EmbeddedSession;
  let pool: PostgresPool;

  beforeAll(async () => {
    const folder = await mkdtemp(join(tmpdir(), 'onboard-test-'));
    dir = join(folder, 'ledger');
    await copyMadeLedger(dir);
    session = await openEmbeddedDatabase(dir, { log });
    pool = session.pool(PATIENT);
    await rowsOf(pool, 'create table kept (n integer)');
    return async () => {
      await pool.end();
      await rm(folder, { recursive: true, force: true });
    };
  }, 120_000);

  test('a statement that never ends is ended with its transaction, and the next caller finds all that was committed', async () => {
    await rowsOf(pool, 'insert into kept values (1)');
    const unlucky = await session.pool(IMPATIENT).connect();
    await unlucky.query('begin', []);
    await unlucky.query('insert into kept values (2)', []);
    const next = rowsOf(pool, 'select n from kept');
    await expect(unlucky.query(ENDLESS, [])).rejects.toThrow(
      new LedgerUnavailableError(
        "The embedded ledger's thread did not respond to a statement within 1500 ms. It is being restarted.",
      ),
    );
    unlucky.release();
    expect(await next).toEqual([{ n: 1 }]);
    expect(log.lines.map(({ message }) => message)).toEqual([
      'ledger.thread_ended',
      'ledger.thread_restarted',
    ]);
  });

  test('the event loop continues while a statement never ends', async () => {
    const client = await session.pool(IMPATIENT).connect();
    const delay = monitorEventLoopDelay({ resolution: 5 });
    delay.enable();
    await expect(client.query(ENDLESS, [])).rejects.toThrow('within 1500 ms');
    delay.disable();
    client.release();
    // Nanoseconds. In one thread with the database the loop would stand still for all of the 1.5 s.
    expect(delay.max / 1e6).toBeLessThan(1_000);
  });

  test('an error of PostgreSQL keeps its SQLSTATE, and carries no parameter', async () => {
    const client = await pool.connect();
    const error: unknown = await client
      .query('select $1::integer', ['not a number'])
      .catch((thrown: unknown) => thrown);
    client.release();
    expect(error).toMatchObject({ code: '22P02' });
    expect(Object.keys(error as object)).toEqual(['code']);
  });

  test('closing does not wait for a statement that never ends', async () => {
    await copyMadeLedger(`${dir}-other`);
    const other = await openEmbeddedDatabase(`${dir}-other`, { log });
    const its = other.pool(PATIENT);
    const client = await its.connect();
    await client.query('select 1', []);
    const endless = expect(client.query(ENDLESS, [])).rejects.toThrow(LedgerUnavailableError);
    await its.end();
    await endless;
    client.release();
    await expect(its.connect()).rejects.toThrow('is closed');
  });
});
