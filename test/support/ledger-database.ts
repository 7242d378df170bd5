import { Kysely, PostgresDialect } from 'kysely';
import { onTestFinished } from 'vitest';
import { SCHEMA, type LedgerDatabase, type LedgerTables } from '../../src/ledger/database/database.ts';
import { createPostgresPool } from '../../src/ledger/database/postgres-pool.ts';
import { recordingLog } from './recording-log.ts';

/** The ledger's tables without the ledger, on one connection; closed at the end of the test. */
export function openLedgerDatabase(url: string): LedgerDatabase {
  const pool = createPostgresPool({ url, maxConnections: 1, connectWithinMs: 5_000, log: recordingLog() });
  const db = new Kysely<LedgerTables>({ dialect: new PostgresDialect({ pool }) }).withSchema(SCHEMA);
  onTestFinished(() => db.destroy());
  return db;
}
