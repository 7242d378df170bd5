import { inject } from 'vitest';
import { makeDatabase, type TestDatabase } from './make-database.ts';

/** A new, empty database in this run's throw-away cluster. */
export function createTestDatabase(): Promise<TestDatabase> {
  return makeDatabase(inject('postgresUrl'));
}
