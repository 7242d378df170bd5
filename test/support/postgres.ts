import { inject } from 'vitest';
import { makeDatabase, type TestDatabase } from './make-database.ts';

/** A new database in this run's throw-away cluster, with an empty ledger that nobody has opened yet. */
export function createTestDatabase(): Promise<TestDatabase> {
  return makeDatabase(inject('postgresUrl'), inject('ledgerTemplate'));
}

/** A new database in this run's throw-away cluster, without anything in it. */
export function createEmptyDatabase(): Promise<TestDatabase> {
  return makeDatabase(inject('postgresUrl'));
}
