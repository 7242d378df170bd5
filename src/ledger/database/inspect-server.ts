import { sql } from 'kysely';
import type { Log } from '../../ports.ts';
import { openDatabase } from './database.ts';
import { createPostgresPool } from './postgres-pool.ts';
import { isStartupRefused, LedgerRefusedError } from './refused.ts';
import { MARK, type Sessions } from './session-settings.ts';

const WITHIN_MS = 5_000;

/**
 * Connects once, to learn whether a transaction pooler stands before the server: PgBouncer refuses our start-up options,
 * or drops them where `ignore_startup_parameters` says so. Throws LedgerRefusedError for a database that is not UTF-8.
 */
export async function inspectServer(
  url: string,
  { variable, log }: { variable: string; log: Log },
): Promise<Sessions> {
  const look = async (sessions: Sessions): Promise<Sessions> => {
    const bounds = { maxConnections: 1, connectWithinMs: WITHIN_MS, statementWithinMs: WITHIN_MS };
    const db = openDatabase(createPostgresPool({ ...bounds, url, sessions, log }));
    try {
      const { rows } = await sql<{ mark: string | null; encoding: string; name: string }>`
        select current_setting(${MARK}, true) as mark, current_setting('server_encoding') as encoding,
          current_database() as name`.execute(db);
      const [{ mark, encoding, name } = { mark: null, encoding: '', name: '' }] = rows;
      if (encoding !== 'UTF8') {
        throw new LedgerRefusedError(
          `UTF-8 is needed, but the encoding of the database "${name}" is ${encoding}. Create one with ` +
            `CREATE DATABASE … ENCODING 'UTF8' TEMPLATE template0, and name it in ${variable}.`,
        );
      }
      return mark === 'kept' ? 'kept' : 'shared';
    } finally {
      // Not awaited: it may still be waiting for a server that never answers.
      void db.destroy();
    }
  };
  try {
    return await look('kept');
  } catch (error) {
    if (isStartupRefused(error)) return look('shared');
    throw error;
  }
}
