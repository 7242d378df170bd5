import { sql } from 'kysely';
import { closeToPublic, isClosedToPublic } from './close-to-public.ts';
import { SCHEMA, type LedgerDatabase } from '../database/database.ts';
import { MIGRATIONS } from './all-migrations.ts';
import type { Migration } from './migration.ts';
import { noteRegions, readStamp, writeStamp, type Stamp, type StampRequest } from './stamp.ts';

/** The database was migrated by a later release: running on it would write rows that the later one misreads. */
export class LedgerTooNewError extends Error {
  override readonly name = 'LedgerTooNewError';
}

/** The ledger's migrations are not those of this release: a build from before the first release made it. */
export class LedgerTooOldError extends Error {
  override readonly name = 'LedgerTooOldError';
}

export interface MigrationRequest extends StampRequest {
  /** The folder of an embedded ledger, for error messages. */
  readonly dir?: string;
}

/** One lock per database for all that start at once: `onboard` in ASCII. */
const MIGRATION_LOCK = '31365091469390436';

/**
 * Brings the schema up to date and stamps it, in one transaction under a lock: a second process waits and
 * then finds everything done, and whatever fails leaves nothing behind. A ledger that is not ours to change (newer,
 * older than the baseline, or of another partner or mode) is refused before anything is touched: LedgerTooNewError,
 * LedgerTooOldError, LedgerStampMismatchError.
 */
export async function migrate(
  db: LedgerDatabase,
  request: MigrationRequest,
  migrations: readonly Migration[] = MIGRATIONS,
): Promise<Stamp> {
  return db.transaction().execute(async (transaction) => {
    await sql`select pg_advisory_xact_lock(${sql.lit(MIGRATION_LOCK)}::bigint)`.execute(transaction);
    await makeMigrationTable(transaction);
    const pending = await pendingMigrations(transaction, request, migrations);
    const stamp = pending.length < migrations.length ? await readStamp(transaction, request) : undefined;
    for (const migration of pending) await apply(transaction, migration);
    await closeToPublic(transaction);
    const known = stamp ?? (await writeStamp(transaction, request));
    await noteRegions(transaction, request);
    return known;
  });
}

/**
 * The stamp of a ledger that needs no migration; undefined when there is something to migrate. Without the lock, so that
 * no start waits for another. Refuses what {@link migrate} refuses.
 */
export async function findMigrated(
  db: LedgerDatabase,
  request: StampRequest,
  migrations: readonly Migration[] = MIGRATIONS,
): Promise<Stamp | undefined> {
  const { rows } = await sql<{ made: boolean }>`
    select to_regclass('onboarding.migrations') is not null as made`.execute(db);
  if (rows[0]?.made !== true) return undefined;
  const pending = await pendingMigrations(db, request, migrations);
  if (pending.length > 0 || !(await isClosedToPublic(db))) return undefined;
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

/** How the migrations that were applied to a ledger compare with those of a release. */
export function compareMigrations(
  applied: readonly Pick<Migration, 'number' | 'name'>[],
  known: readonly Migration[],
): 'current' | 'behind' | 'newer' | 'older' {
  const names = new Map(applied.map(({ number, name }) => [number, name]));
  const newest = Math.max(0, ...names.keys());
  if (known.slice(0, newest).some(({ number, name }) => names.get(number) !== name)) return 'older';
  if (newest === known.length) return 'current';
  return newest < known.length ? 'behind' : 'newer';
}

async function pendingMigrations(
  db: LedgerDatabase,
  request: MigrationRequest,
  known: readonly Migration[],
): Promise<readonly Migration[]> {
  const applied = await db.selectFrom('migrations').select(['number', 'name']).execute();
  switch (compareMigrations(applied, known)) {
    case 'current':
    case 'behind':
      return known.slice(applied.length);
    case 'newer':
      throw new LedgerTooNewError(
        `The ledger is at migration ${applied.length}, but this release has only ${known.length}. Start the release that migrated it, or a later one. Migrations cannot be reverted.`,
      );
    case 'older':
      throw await tooOld(db, request);
  }
}

async function tooOld(db: LedgerDatabase, { dir }: MigrationRequest): Promise<LedgerTooOldError> {
  const { rows } = await sql<{ name: string }>`select current_database() as name`.execute(db);
  const [place, fresh] =
    dir === undefined
      ? [`the database "${rows[0]?.name ?? ''}"`, 'an empty database']
      : [`the folder ${dir}`, 'an empty DATA_DIR'];
  return new LedgerTooOldError(
    `The ledger in ${place} was created by a build from before the first release and cannot be upgraded. ` +
      `Export your data with the build that created it (onboard list), start this release with ${fresh}, and import the data again.`,
  );
}

async function apply(transaction: LedgerDatabase, migration: Migration): Promise<void> {
  for (const statement of migration.statements) await sql.raw(statement).execute(transaction);
  await transaction
    .insertInto('migrations')
    .values({ number: migration.number, name: migration.name })
    .execute();
}
