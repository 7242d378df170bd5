import { setTimeout as delay } from 'node:timers/promises';
import { sql } from 'kysely';
import { LedgerUnavailableError } from '../../domain/unavailable.ts';
import type { Log } from '../../ports.ts';
import { openDatabase, type LedgerDatabase } from '../database/database.ts';
import { findMigrated, migrate } from './migrate.ts';
import { createPostgresPool } from '../database/postgres-pool.ts';
import { isTextIndexDone, makeTextIndex } from '../search/text-index.ts';
import type { Stamp, StampRequest } from './stamp.ts';
import { LedgerRefusedError } from '../database/refused.ts';
import type { Sessions } from '../database/session-settings.ts';
import { isCut, isUnreachable, messageOf } from '../database/unreachable.ts';

const CONNECT_WITHIN_MS = 5_000;
const LOOK_WITHIN_MS = 5_000;
const LOOK_EVERY_MS = 2_000;
/** One that is still being opened is not there yet, for CONNECT_WITHIN_MS at the most. */
const MISSED_AT_MOST = 2;

/**
 * Brings the schema of a database up to date, and makes the index of its texts. Most starts find that done, by statements
 * that are bounded. What is to be done may take as long as it needs; but a session that is gone at the server is given
 * up as a LedgerUnavailableError, though its connection looks as well as ever: something between the two may have lost
 * the other half of it (a failover behind a balancer), and all other starts would wait for the lock as long as this one.
 */
export async function bringUpToDate(
  url: string,
  options: StampRequest & {
    readonly sessions: Sessions;
    readonly name?: string | undefined;
    readonly log: Log;
    readonly signal?: AbortSignal | undefined;
  },
): Promise<Stamp> {
  const { log, signal, sessions, name } = options;
  const bounds = { url, sessions, name, maxConnections: 1, connectWithinMs: CONNECT_WITHIN_MS, log };
  const looking = openDatabase(createPostgresPool({ ...bounds, statementWithinMs: LOOK_WITHIN_MS }));
  try {
    const stamp = await findMigrated(looking, options);
    if (stamp !== undefined && (await isTextIndexDone(looking))) return stamp;
    const working = openDatabase(createPostgresPool(bounds));
    try {
      const work = async (): Promise<Stamp> => {
        const made = stamp ?? (await uncut(() => migrate(working, options)));
        // Behind a pooler there is no session that could hold a lock: all in one transaction.
        await makeTextIndex(working, { log, concurrently: sessions === 'kept' });
        return made;
      };
      // A pooler's session may be any, and its own end is the pooler's to tell.
      if (sessions === 'shared') return await work();
      return await whileThere(work, { working, looking, signal });
    } finally {
      // Not awaited: it may still be waiting for a server that never answers.
      void working.destroy();
    }
  } finally {
    void looking.destroy();
  }
}

/** Our sessions have no limits, so these come from the URL or an administrator, and would come again. */
async function uncut<T>(work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (error) {
    if (!isCut(error)) throw error;
    throw new LedgerRefusedError(
      `The migration of the schema was cut off: ${messageOf(error)}. Nothing was changed. Remove statement_timeout and lock_timeout from the address of the database, end what holds locks, and start again.`,
      { cause: error },
    );
  }
}

/** Does the work on its one connection, while another one looks whether the server still knows of it. */
async function whileThere<T>(
  work: () => Promise<T>,
  {
    working,
    looking,
    signal,
  }: { working: LedgerDatabase; looking: LedgerDatabase; signal: AbortSignal | undefined },
): Promise<T> {
  const over = new AbortController();
  const ended = signal === undefined ? over.signal : AbortSignal.any([over.signal, signal]);
  let session: number | undefined;
  const begin = async (): Promise<T> => {
    const { rows } = await sql<{ pid: number }>`select pg_backend_pid() as pid`.execute(working);
    session = rows[0]?.pid;
    return work();
  };
  const lost = async (): Promise<never> => {
    for (let missed = 0; missed <= MISSED_AT_MOST;) {
      await delay(LOOK_EVERY_MS, undefined, { signal: ended });
      missed = (await isThere(looking, session)) ? 0 : missed + 1;
    }
    throw new LedgerUnavailableError('The session that migrates the schema was lost.');
  };
  try {
    return await Promise.race([begin(), lost()]);
  } finally {
    over.abort();
  }
}

/** While the server cannot be asked, nothing is known of it, and the session is taken to be there. */
async function isThere(looking: LedgerDatabase, session: number | undefined): Promise<boolean> {
  try {
    const { rows } = await sql`select from pg_stat_activity where pid = ${session ?? null}`.execute(looking);
    return rows.length > 0;
  } catch (error) {
    if (isUnreachable(error)) return true;
    throw error;
  }
}
