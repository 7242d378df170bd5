import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Kysely, PostgresDialect, sql } from 'kysely';
import { describe } from 'vitest';
import { SCHEMA, type LedgerTables } from '../../src/ledger/database/database.ts';
import { openEmbeddedDatabase } from '../../src/ledger/embedded/embedded-database.ts';
import { createLedger } from '../../src/ledger/ledger.ts';
import { makeTextIndex } from '../../src/ledger/search/text-index.ts';
import { migrate } from '../../src/ledger/migrations/migrate.ts';
import { systemClock } from '../../src/runtime/clock.ts';
import { copyMadeLedger } from '../support/data-dir.ts';
import { RECEIVERS, type LedgerUnderTest } from '../support/ledger-fixtures.ts';
import { recordingLog } from '../support/recording-log.ts';
import { exerciseDatabase } from './ledger.contract.ts';

/** Put together by hand as open-ledger.ts does it, because PGlite's one session is needed for looking into it too. */
async function openEmbedded(): Promise<LedgerUnderTest> {
  const folder = await mkdtemp(join(tmpdir(), 'onboard-test-'));
  await copyMadeLedger(join(folder, 'ledger'));
  const session = await openEmbeddedDatabase(join(folder, 'ledger'), { log: recordingLog() });
  const pool = session.pool({ turnWithinMs: Infinity, statementWithinMs: Infinity });
  const db = new Kysely<LedgerTables>({ dialect: new PostgresDialect({ pool }) }).withSchema(SCHEMA);
  const stamp = await migrate(db, { awsMode: 'sandbox', partner: 'acme.example' });
  await makeTextIndex(db, { log: recordingLog(), concurrently: false });
  const settings = { ...stamp, clock: systemClock, log: recordingLog(), answerWithinMs: Infinity };
  return {
    ledger: createLedger(db, { ...settings, receivers: RECEIVERS }),
    quiet: createLedger(db, settings),
    sql: async (statement) => (await sql.raw<Record<string, unknown>>(statement).execute(db)).rows,
    async close() {
      await db.destroy();
      await rm(folder, { recursive: true, force: true });
    },
  };
}

describe('the ledger on embedded PGlite', () => exerciseDatabase(openEmbedded));
