import { describe } from 'vitest';
import type { OpenLedger } from '../../src/ledger/ledger.ts';
import { openLedger } from '../../src/ledger/open-ledger.ts';
import { createPostgresPool } from '../../src/ledger/database/postgres-pool.ts';
import { systemClock } from '../../src/runtime/clock.ts';
import { RECEIVERS, type LedgerUnderTest } from '../support/ledger-fixtures.ts';
import { createTestDatabase } from '../support/postgres.ts';
import { recordingLog } from '../support/recording-log.ts';
import { exerciseLedger } from './ledger.contract.ts';

async function openOnPostgres(): Promise<LedgerUnderTest> {
  const database = await createTestDatabase();
  const { url } = database;
  const log = recordingLog();
  const open = async (receivers = {}): Promise<OpenLedger> =>
    openLedger(
      { kind: 'postgres', url },
      { awsMode: 'sandbox', partner: 'acme.example', clock: systemClock, log, receivers },
    );
  const ledger = await open(RECEIVERS);
  const quiet = await open();
  const pool = createPostgresPool({ url, maxConnections: 1, connectWithinMs: 5_000, log });
  return {
    ledger,
    quiet,
    async sql(statement) {
      const client = await pool.connect();
      try {
        return (await client.query<Record<string, unknown>>(statement, [])).rows;
      } finally {
        client.release();
      }
    },
    async close() {
      await ledger.close();
      await quiet.close();
      await pool.end();
      await database.drop();
    },
  };
}

describe('the ledger on Postgres', () => exerciseLedger(openOnPostgres));
