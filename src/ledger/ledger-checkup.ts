import { sql } from 'kysely';
import { broken, doubtful, judgeSkew, wellFound, type Finding } from '../domain/finding.ts';
import type { Clock, Log } from '../ports.ts';
import type { Checkup } from '../ports/doctor.ts';
import { openDatabase, type LedgerDatabase } from './database/database.ts';
import { compareMigrations } from './migrations/migrate.ts';
import { MIGRATIONS } from './migrations/all-migrations.ts';
import { createPostgresPool } from './database/postgres-pool.ts';
import { cureFor } from './database/refused.ts';
import { messageOf } from './database/unreachable.ts';

interface Facts {
  readonly version: string;
  readonly version_number: string;
  readonly encoding: string;
  readonly read_only: string;
  readonly synchronous_commit: string;
  readonly fsync: string;
  readonly now_ms: string;
}

/** PostgreSQL 13 is what the SQL function for callers' own transactions needs. */
const LEAST_VERSION = 130_000;
const WITHIN_MS = 3_000;

/** A look at an open database. @param embedded PGlite in this process: what a server has to promise is no question there */
export function createLedgerCheckup(
  db: LedgerDatabase,
  { clock, embedded }: { clock: Pick<Clock, 'now'>; embedded: boolean },
): Checkup {
  return async () => {
    try {
      const askedAt = clock.now();
      const facts = await factsOf(db);
      const ahead = Number(facts.now_ms) - (askedAt + clock.now()) / 2;
      return [
        versionOf(facts, embedded),
        ...(embedded ? [] : serverOf(facts)),
        await migrationsOf(db),
        ...(embedded ? [] : [judgeSkew({ check: 'ledger.clock' }, 'PostgreSQL’s clock', ahead)]),
      ];
    } catch (error) {
      return [unreachable(error)];
    }
  };
}

/** The same for a ledger that is not opened: nothing is migrated or made there. */
export function createLedgerCheckupOf(
  url: string,
  { clock, log }: { clock: Pick<Clock, 'now'>; log: Log },
): Checkup {
  return async (signal) => {
    const pool = createPostgresPool({
      url,
      maxConnections: 1,
      connectWithinMs: WITHIN_MS,
      statementWithinMs: WITHIN_MS,
      // Works with and without a pooler.
      sessions: 'shared',
      log,
    });
    const db = openDatabase(pool);
    try {
      return await createLedgerCheckup(db, { clock, embedded: false })(signal);
    } finally {
      // Not awaited: it may still be waiting for a server that never answers.
      void db.destroy();
    }
  };
}

async function factsOf(db: LedgerDatabase): Promise<Facts> {
  const { rows } = await sql<Facts>`
    select current_setting('server_version') as version, current_setting('server_version_num') as version_number,
      current_setting('server_encoding') as encoding, current_setting('transaction_read_only') as read_only,
      current_setting('synchronous_commit') as synchronous_commit, current_setting('fsync') as fsync,
      (extract(epoch from clock_timestamp()) * 1000)::text as now_ms`.execute(db);
  const [facts] = rows;
  if (facts === undefined) throw new Error('The database answered nothing.');
  return facts;
}

function versionOf({ version, version_number: number }: Facts, embedded: boolean): Finding {
  const look = { check: 'ledger.version' };
  if (embedded)
    return doubtful(
      look,
      `Embedded PGlite (PostgreSQL ${version}): it survives a killed process but not a power failure.`,
      'For production, set DATABASE_URL to a PostgreSQL server.',
    );
  return Number(number) >= LEAST_VERSION
    ? wellFound(look, `PostgreSQL ${version}.`)
    : broken(look, `PostgreSQL ${version} is too old.`, 'Upgrade to PostgreSQL 13 or later.');
}

function serverOf(facts: Facts): readonly Finding[] {
  const isSafe = facts.fsync === 'on' && facts.synchronous_commit !== 'off';
  return [
    facts.read_only === 'off'
      ? wellFound({ check: 'ledger.writable' }, 'The database accepts writes.')
      : broken(
          { check: 'ledger.writable' },
          'The database is read-only: a replica, or a failover in progress.',
          'Point DATABASE_URL at the primary.',
        ),
    isSafe
      ? wellFound({ check: 'ledger.durability' }, 'Committed data survives a power failure.')
      : doubtful(
          { check: 'ledger.durability' },
          `A power failure may lose committed data (fsync ${facts.fsync}, synchronous_commit ${facts.synchronous_commit}).`,
          'Set fsync and synchronous_commit to on.',
        ),
    facts.encoding === 'UTF8'
      ? wellFound({ check: 'ledger.encoding' }, 'The encoding is UTF-8.')
      : doubtful(
          { check: 'ledger.encoding' },
          `The encoding is ${facts.encoding}: non-Latin names cannot be stored.`,
          'Create a database with ENCODING UTF8.',
        ),
  ];
}

async function migrationsOf(db: LedgerDatabase): Promise<Finding> {
  const look = { check: 'ledger.migrations' };
  const { rows } = await sql<{
    there: string | null;
  }>`select to_regclass('onboarding.migrations')::text as there`.execute(db);
  if (rows[0]?.there == null)
    return doubtful(look, 'The ledger does not exist yet.', 'Start the service once to create it.');
  const applied = await db.selectFrom('migrations').select(['number', 'name']).execute();
  switch (compareMigrations(applied, MIGRATIONS)) {
    case 'current':
      return wellFound(look, `All ${MIGRATIONS.length} migrations are applied.`);
    case 'behind':
      return doubtful(
        look,
        `${MIGRATIONS.length - applied.length} of ${MIGRATIONS.length} migrations are not applied.`,
        'Start this release of the service to apply them.',
      );
    case 'newer':
      return broken(
        look,
        `The ledger is at migration ${applied.length}, but this release has only ${MIGRATIONS.length}.`,
        'Run the release that migrated it, or a later one. Migrations cannot be reverted.',
      );
    case 'older':
      return broken(
        look,
        'The ledger was created by a build from before the first release and cannot be upgraded.',
        'Export your data with the build that created it, start with an empty database, and import the data again.',
      );
  }
}

/** The driver's words name hosts at the most; the address with its password is in none of them. */
function unreachable(error: unknown): Finding {
  return broken(
    { check: 'ledger.reachable' },
    `The ledger cannot be used: ${messageOf(error)}`,
    `${cureFor(error, 'DATABASE_URL') ?? 'Start PostgreSQL, and check DATABASE_URL and its privileges.'} No onboardings are accepted until then.`,
  );
}
