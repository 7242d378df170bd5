import { sql } from 'kysely';
import { closeToPublic, isClosedToPublic } from './close-to-public.ts';
import { SCHEMA, type LedgerDatabase } from './database.ts';
import { MIGRATIONS } from './migrations/all-migrations.ts';
import type { Migration } from './migrations/migration.ts';
import { noteRegions, readStamp, writeStamp, type Stamp, type StampRequest } from './stamp.ts';

/** The database was migrated by a later release: running on it would write rows that the later one misreads. */
export class LedgerTooNewError extends Error {
  override readonly name = 'LedgerTooNewError';
}

/** One lock per database for all that start at once: `onboard` in ASCII. */
const MIGRATION_LOCK = '31365091469390436';

/**
 * Brings the schema up to date and stamps it, in one transaction under a lock: whoever comes second waits and
 * then finds everything done, and whatever fails leaves nothing behind. A ledger that is not ours to change
 * (newer, or of another partner or mode) is refused before anything is touched.
 */
export async function migrate(
  db: LedgerDatabase,
  request: StampRequest,
  migrations: readonly Migration[] = MIGRATIONS,
): Promise<Stamp> {
  return db.transaction().execute(async (transaction) => {
    await sql`select pg_advisory_xact_lock(${sql.lit(MIGRATION_LOCK)}::bigint)`.execute(transaction);
    await makeMigrationTable(transaction);
    const applied = await transaction.selectFrom('migrations').select('number').execute();
    const newest = Math.max(0, ...applied.map(({ number }) => number));
    refuseNewer(newest, migrations.length);
    const stamp = newest > 0 ? await readStamp(transaction, request) : undefined;
    for (const migration of migrations.slice(newest)) await apply(transaction, migration);
    await closeToPublic(transaction);
    const known = stamp ?? (await writeStamp(transaction, request));
    await noteRegions(transaction, request);
    return known;
  });
}

/**
 * The stamp of a ledger that needs no migration; undefined when there is something to migrate. Without the lock, so that
 * nobody's start waits for anybody else's. Refuses what {@link migrate} refuses.
 */
export async function findMigrated(
  db: LedgerDatabase,
  request: StampRequest,
  migrations: readonly Migration[] = MIGRATIONS,
): Promise<Stamp | undefined> {
  const { rows } = await sql<{ made: boolean }>`
    select to_regclass('onboarding.migrations') is not null as made`.execute(db);
  if (rows[0]?.made !== true) return undefined;
  const { newest } = await db
    .selectFrom('migrations')
    .select(({ fn }) => fn.max('number').as('newest'))
    .executeTakeFirstOrThrow();
  refuseNewer(newest, migrations.length);
  if (newest !== migrations.length || !(await isClosedToPublic(db))) return undefined;
  const stamp = await readStamp(db, request);
  if (stamp !== undefined) await noteRegions(db, request);
  return stamp;
}

/** A schema that a database administrator has made for us is used as it is: making one needs a right of its own. */
async function makeMigrationTable(transaction: LedgerDatabase): Promise<void> {
  const { rows } = await sql`select from pg_namespace where nspname = ${SCHEMA}`.execute(transaction);
  if (rows.length === 0) await sql`create schema ${sql.id(SCHEMA)}`.execute(transaction);
  await sql`
    create table if not exists onboarding.migrations (
      number integer primary key,
      name text not null,
      applied_at timestamptz(3) not null default now()
    )`.execute(transaction);
}

function refuseNewer(newest: number, known: number): void {
  if (newest <= known) return;
  throw new LedgerTooNewError(
    `The ledger is at migration ${newest}, this release knows ${known}: start the release that migrated it, or a later one. Migrations only go forward.`,
  );
}

async function apply(transaction: LedgerDatabase, migration: Migration): Promise<void> {
  for (const statement of migration.statements) await sql.raw(statement).execute(transaction);
  await transaction
    .insertInto('migrations')
    .values({ number: migration.number, name: migration.name })
    .execute();
}
